"""Merging: new vectors are made while the catalog is used."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from er_engine.errors import (
    CatalogError,
)
from er_engine.types import Entity
from index.builder import BuildOptions
from index.live.catalog import LiveCatalog
from index.live.creating import (
    import_index,
)
from tests.unit.index.builds import ENTITIES, build, content, many
from tests.unit.index.live.catalogs import (
    MODEL,
    NAME,
    NEW,
    assert_equals_fresh,
    ids,
    open_catalog,
)


def test_merging_gives_the_bytes_of_a_build(catalog: LiveCatalog, tmp_path: Path) -> None:
    """A snapshot of a changed catalog is the index that a build of its entities gives."""
    catalog.upsert(NEW)
    catalog.upsert(Entity("b1", "Delta", "book", ("Chip",)))
    catalog.delete("tv2")
    for _ in range(2):
        catalog.snapshot(tmp_path / "snapshot")
        build(tmp_path / "fresh", list(catalog.entities()))
        assert content(tmp_path / "snapshot") == content(tmp_path / "fresh")
        catalog.merge()
        assert_equals_fresh(catalog.view(), list(catalog.entities()))
    assert catalog.status().side_entities == catalog.status().gone == 0


def test_an_emptied_catalog_can_be_filled_again(catalog: LiveCatalog, data_dir: Path) -> None:
    """No entity is a state like any other: merged, closed and opened."""
    for entity in ENTITIES:
        catalog.delete(entity.id)
    catalog.merge()
    assert_equals_fresh(catalog.view(), [])
    with pytest.raises(CatalogError, match="no entities"):
        catalog.snapshot(data_dir / "snapshot")
    catalog.close()
    again = open_catalog(data_dir)
    try:
        assert again.view().all_entities() == []
        again.upsert(NEW)
        again.merge()
        assert_equals_fresh(again.view(), [NEW])
    finally:
        again.close()


def test_a_large_side_index_is_merged_by_itself(data_dir: Path) -> None:
    """Nobody has to ask for a merge."""
    catalog = LiveCatalog.open(data_dir, NAME, MODEL, merge_from=5)
    try:
        catalog.bulk(many(8))
        catalog.wait()
        status = catalog.status()
        assert (status.merged_sequence, status.side_entities) == (catalog.sequence, 0)
    finally:
        catalog.close()


def test_changes_during_a_merge_do_not_ask_for_another(data_dir: Path) -> None:
    """A change that comes while the side index is still large is not merged at once."""
    written, put = [], []

    def during(point: str) -> None:
        if point == "vectors: before writing":
            written.append(point)
        if point == "vectors: encode" and not put:
            put.append(catalog.upsert(NEW))

    catalog = LiveCatalog.open(data_dir, NAME, MODEL, merge_from=5, reached=during)
    try:
        catalog.bulk(many(8))
        catalog.wait()
        assert (len(written), len(put)) == (1, 1)
        assert catalog.status().side_entities == 1
        assert ids(catalog)[-1] == NEW.id
    finally:
        catalog.close()


@pytest.mark.parametrize("elsewhere_from", [0, 1_000], ids=["process", "thread"])
def test_queries_and_writes_go_on_during_a_merge(data_dir: Path, elsewhere_from: int) -> None:
    """What is put while new vectors are made is there at once, and after the swap."""
    seen = []

    def during(point: str) -> None:
        if point == "vectors: encode" and len(seen) < 1:
            thread = threading.Thread(target=lambda: seen.append(catalog.upsert(NEW)))
            thread.start()
            thread.join()
            assert ids(catalog)[-1] == NEW.id

    catalog = LiveCatalog.open(data_dir, NAME, MODEL, elsewhere_from=elsewhere_from, reached=during)
    try:
        catalog.delete("b1")
        catalog.merge()
        assert seen
        assert_equals_fresh(catalog.view(), list(catalog.entities()))
        assert catalog.status().side_entities == 1
    finally:
        catalog.close()


@pytest.mark.parametrize("kind", ["sq8", "ivf"])
def test_quantised_indexes_are_imported_with_their_vectors(tmp_path: Path, kind: str) -> None:
    """Every name is still nearest to itself after import, change and merge."""
    entities = many(1_200)
    build(tmp_path / "built", entities, BuildOptions(index_kind=kind))
    import_index(tmp_path / "built", tmp_path / "data", "big")
    catalog = open_catalog(tmp_path / "data", "big")
    try:
        catalog.upsert(NEW)
        catalog.merge()
        view = catalog.view()
        assert view.main.manifest.index_kind == kind  # type: ignore[attr-defined]
        vectors = MODEL.encoder.encode(view.forms(np.arange(20)))
        rows = view.searcher.search(vectors, 5)[1]
        assert all(row in line for row, line in zip(range(20), rows.tolist(), strict=True))
    finally:
        catalog.close()
