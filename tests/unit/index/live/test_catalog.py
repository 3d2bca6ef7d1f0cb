"""Live catalogs: changes, versions, merging, readers, snapshots and backups."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from er_engine.encoder.dummy import DummyEncoder
from er_engine.errors import (
    CatalogDamagedError,
    CatalogError,
    CatalogExistsError,
    CatalogLockedError,
    CatalogNotReadyError,
    InputError,
    StorageError,
    UnknownCatalogError,
    UnknownEntityError,
    VersionConflictError,
)
from er_engine.model import Model
from er_engine.search import CatalogIndex, EntityStore, FloatArray, Searcher
from er_engine.types import Entity, SurfaceForm
from index.builder import BuildOptions
from index.live.catalog import LiveCatalog
from index.live.creating import (
    create_catalog,
    import_index,
    list_catalogs,
    remove_catalog,
    restore_catalog,
)
from index.live.layout import LIVE
from tests.unit.index.builds import ENTITIES, SpellingG2P, build, content, many
from tests.unit.index.live.catalogs import (
    MODEL,
    NAME,
    assert_equals_fresh,
    ids,
    new_catalog,
    open_catalog,
)

NEW = Entity("n1", "Alpha Bravo", "person")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder with one catalog."""
    return new_catalog(tmp_path / "data")


@pytest.fixture
def catalog(data_dir: Path) -> Iterator[LiveCatalog]:
    """The catalog, open for writing."""
    with_lock = open_catalog(data_dir)
    yield with_lock
    with_lock.close()


def test_an_imported_catalog_answers_like_the_index(catalog: LiveCatalog) -> None:
    """Importing changes nothing about the answers."""
    assert catalog.view().all_entities() == list(ENTITIES)
    assert_equals_fresh(catalog.view(), ENTITIES)


def test_a_view_keeps_the_protocols(catalog: LiveCatalog) -> None:
    """The resolver may take a view for an index."""
    catalog.upsert(NEW)
    view = catalog.view()
    assert isinstance(view, CatalogIndex)
    assert isinstance(view.searcher, Searcher)
    assert isinstance(view.entities, EntityStore)


def test_a_view_stays_as_it_is(catalog: LiveCatalog) -> None:
    """Changes and merges don't touch a view that somebody works with."""
    catalog.upsert(NEW)
    before = catalog.view()
    expected = before.all_entities()
    catalog.upsert(Entity("tv1", "Delta"))
    catalog.delete("b1")
    catalog.merge()
    assert before.all_entities() == expected
    assert before.entities.row_of("b1") is not None
    assert_equals_fresh(before, expected)


def test_versions_grow_and_are_never_used_twice(catalog: LiveCatalog) -> None:
    """A version from before a delete never fits what comes after it."""
    first = catalog.upsert(NEW)
    catalog.delete(NEW.id, if_version=first)
    second = catalog.upsert(NEW, if_version=0)
    assert catalog.sequence == second > first + 1
    with pytest.raises(VersionConflictError, match=f"version {first} was expected"):
        catalog.upsert(Entity(NEW.id, "Other"), if_version=first)
    with pytest.raises(VersionConflictError):
        catalog.delete(NEW.id, if_version=first)
    with pytest.raises(VersionConflictError, match="there is no such entity"):
        catalog.upsert(Entity("n9", "Other"), if_version=5)
    assert catalog.get(NEW.id) == (NEW, second)


def test_repeating_a_change_changes_nothing(catalog: LiveCatalog) -> None:
    """A request that is sent again after a lost answer is no conflict."""
    old = catalog.get("tv1")[1]
    changed = Entity("tv1", "Chip")
    version = catalog.upsert(changed, if_version=old)
    assert catalog.upsert(changed, if_version=old) == version == catalog.sequence


def test_what_is_not_there_cannot_be_read_or_deleted(catalog: LiveCatalog) -> None:
    """Unknown ids are named."""
    with pytest.raises(UnknownEntityError, match="'nobody'"):
        catalog.get("nobody")
    with pytest.raises(UnknownEntityError, match="'nobody'"):
        catalog.delete("nobody")
    assert catalog.sequence == len(ENTITIES)


def test_bulk_reports_each_entity(catalog: LiveCatalog) -> None:
    """A wrong entity is refused alone."""
    wrong = Entity("n2", "Bravo", pronunciations=("?!",))
    strange = Entity("n3", "\ud800")
    results = catalog.bulk([NEW, wrong, strange, Entity("n4", "Delta")])
    assert [result.version is None for result in results] == [False, True, True, False]
    assert "pronunciations" in (results[1].error or "")
    assert ids(catalog)[-2:] == ["n1", "n4"]


def test_a_single_wrong_entity_is_refused(catalog: LiveCatalog) -> None:
    """Nothing is stored of it."""
    with pytest.raises(CatalogError, match="can't be stored"):
        catalog.upsert(Entity("n3", "\ud800"))
    assert catalog.sequence == len(ENTITIES)


def test_pages_go_by_id(catalog: LiveCatalog) -> None:
    """Every entity is on exactly one page."""
    first = catalog.page(None, 3)
    rest = catalog.page(first[-1][0].id, 3)
    assert [entity.id for entity, _ in first + rest] == sorted(e.id for e in ENTITIES)
    assert all(catalog.get(entity.id) == (entity, version) for entity, version in first + rest)
    assert catalog.page(rest[-1][0].id, 3) == []


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


def test_a_second_writer_is_refused(catalog: LiveCatalog, data_dir: Path) -> None:
    """The message names the process that has the folder."""
    with pytest.raises(CatalogLockedError, match=r"process \d+ writes to it already"):
        LiveCatalog.open(data_dir, NAME, MODEL)


def test_a_reader_follows_the_writer(catalog: LiveCatalog, data_dir: Path) -> None:
    """It sees changes at once, and survives merges that remove what it opened."""
    reader = LiveCatalog.open_reader(data_dir, NAME, MODEL)
    try:
        for number in range(4):
            catalog.upsert(Entity(f"n{number}", "Alpha Bravo"))
            catalog.merge()
            assert reader.view().all_entities() == catalog.view().all_entities()
            assert reader.get(f"n{number}") == catalog.get(f"n{number}")
        assert reader.sequence == catalog.sequence
        assert_equals_fresh(reader.view(), list(catalog.entities()))
    finally:
        reader.close()


def test_another_encoder_makes_all_vectors_again(data_dir: Path) -> None:
    """Nothing is answered before; versions stay."""
    open_catalog(data_dir).close()
    other = Model(DummyEncoder(32), SpellingG2P())
    catalog = LiveCatalog.open(data_dir, NAME, other)
    try:
        catalog.wait()
        view = catalog.view()
        assert view.searcher.dimension == 32
        assert view.all_entities() == list(ENTITIES)
        assert catalog.sequence == len(ENTITIES)
        vectors = other.encoder.encode(view.forms(np.arange(3)))
        assert view.searcher.search(vectors, 1)[0] == pytest.approx(1.0)
    finally:
        catalog.close()


def test_a_reader_waits_until_there_are_vectors(catalog: LiveCatalog, tmp_path: Path) -> None:
    """It says so, and then follows."""
    catalog.backup(tmp_path / "backup.sqlite")
    restore_catalog(tmp_path / "backup.sqlite", tmp_path / "data", "two")
    reader = LiveCatalog.open_reader(tmp_path / "data", "two", MODEL)
    with pytest.raises(CatalogNotReadyError, match="waiting for the writer"):
        reader.view()
    writer = open_catalog(tmp_path / "data", "two")
    try:
        assert reader.view().all_entities() == list(ENTITIES)
    finally:
        writer.close()
        reader.close()


def test_a_backup_made_while_serving_is_restored(catalog: LiveCatalog, tmp_path: Path) -> None:
    """All entities, versions and feedback come back; later changes don't."""
    version = catalog.upsert(NEW)
    catalog.backup(tmp_path / "backup.sqlite")
    catalog.delete(NEW.id)
    restore_catalog(tmp_path / "backup.sqlite", tmp_path / "data", "two")
    restored = open_catalog(tmp_path / "data", "two")
    try:
        assert restored.get(NEW.id) == (NEW, version)
        assert_equals_fresh(restored.view(), [*ENTITIES, NEW])
    finally:
        restored.close()


def test_a_backup_leaves_other_files_alone(
    catalog: LiveCatalog, data_dir: Path, tmp_path: Path
) -> None:
    """It goes nowhere into the catalog's own folder, and removes nothing that is like its name."""
    (tmp_path / ".env.local").write_text("not ours")
    (tmp_path / ".env.1.part-of-backup").write_text("of a process that died")
    catalog.backup(tmp_path / "env")
    assert {path.name for path in tmp_path.glob(".env*")} == {".env.local"}
    database = data_dir / NAME / LIVE.database
    before = database.stat().st_ino
    for target in (database, data_dir / NAME / "vectors" / "backup", data_dir / NAME / "b"):
        with pytest.raises(InputError, match="folder of the catalog"):
            catalog.backup(target)
    assert database.stat().st_ino == before


def test_versions_are_not_used_again_by_a_catalog_of_the_same_name(
    catalog: LiveCatalog, data_dir: Path, tmp_path: Path
) -> None:
    """What was read of a removed catalog can't be taken for a version of its successor."""
    catalog.backup(tmp_path / "backup")
    stale = catalog.upsert(NEW)
    catalog.close()
    for make in (
        lambda: restore_catalog(tmp_path / "backup", data_dir, NAME),
        lambda: import_index(tmp_path / f"built-{NAME}", data_dir, NAME),
    ):
        remove_catalog(data_dir, NAME)
        make()
        again = open_catalog(data_dir)
        try:
            with pytest.raises(VersionConflictError):
                again.upsert(Entity("tv1", "Stale"), if_version=stale)
            stale = again.upsert(NEW)
            assert stale == again.sequence > len(ENTITIES) + 1
            again.merge()
            assert_equals_fresh(again.view(), list(again.entities()))
        finally:
            again.close()


def test_a_damaged_catalog_can_be_removed(catalog: LiveCatalog, data_dir: Path) -> None:
    """Its successor begins far above any version that it may have had."""
    catalog.close()
    (data_dir / NAME / LIVE.database).write_bytes(b"no database")
    remove_catalog(data_dir, NAME)
    assert list_catalogs(data_dir) == []
    new_catalog(data_dir)
    again = open_catalog(data_dir)
    assert again.sequence > 1_000_000
    again.close()


def test_a_reader_sees_vectors_that_are_made_without_a_change(
    catalog: LiveCatalog, data_dir: Path, tmp_path: Path
) -> None:
    """It answers as soon as they are there, also when nothing is written after."""
    catalog.backup(tmp_path / "backup")
    restore_catalog(tmp_path / "backup", data_dir, "two")
    go = threading.Event()
    writer = LiveCatalog.open(data_dir, "two", MODEL, reached=lambda point: _wait_for(go))
    reader = LiveCatalog.open_reader(data_dir, "two", MODEL)
    try:
        assert not reader.ready
        go.set()
        assert writer.wait(60)
        assert reader.ready
    finally:
        go.set()
        writer.close()
        reader.close()


def _wait_for(event: threading.Event) -> None:
    if threading.current_thread() is not threading.main_thread():
        event.wait(60)


class WaitingEncoder(DummyEncoder):
    """Waits before it encodes in the background."""

    def __init__(self) -> None:
        super().__init__(32)
        self.go = threading.Event()

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """See `Encoder.encode`."""
        if threading.current_thread() is not threading.main_thread():
            self.go.wait(60)
        return super().encode(forms, batch_size)


def test_no_snapshot_of_vectors_of_two_encoders(data_dir: Path, tmp_path: Path) -> None:
    """While a catalog is encoded again there is no snapshot that claims one encoder for all."""
    open_catalog(data_dir).close()
    encoder = WaitingEncoder()
    catalog = LiveCatalog.open(data_dir, NAME, Model(encoder, SpellingG2P()))
    try:
        catalog.upsert(NEW)
        with pytest.raises(StorageError, match="more than one encoder"):
            catalog.snapshot(tmp_path / "snapshot")
        encoder.go.set()
        assert catalog.wait(60)
        assert catalog.snapshot(tmp_path / "snapshot").entities == len(ENTITIES) + 1
    finally:
        encoder.go.set()
        catalog.close()


def test_a_damaged_backup_is_refused(catalog: LiveCatalog, tmp_path: Path) -> None:
    """Nothing is created from it, whichever byte of an entity is another one."""
    backup = tmp_path / "backup.sqlite"
    catalog.backup(backup)
    data = bytearray(backup.read_bytes())
    place = data.index(b"Schitt's Creek")
    data[place] ^= 1
    backup.write_bytes(data)
    with pytest.raises(CatalogDamagedError):
        restore_catalog(backup, tmp_path / "data", "two")
    with pytest.raises(UnknownCatalogError):
        restore_catalog(tmp_path / "nothing.sqlite", tmp_path / "data", "two")
    assert list_catalogs(tmp_path / "data") == [NAME]


def test_catalogs_come_and_go(data_dir: Path, tmp_path: Path) -> None:
    """Created, listed, refused when there is one of the name, and removed."""
    options = BuildOptions(templates=("{name} {city}",))
    create_catalog(ENTITIES, data_dir, "built", MODEL, options)
    assert list_catalogs(data_dir) == ["built", NAME]
    with pytest.raises(CatalogExistsError):
        create_catalog(ENTITIES, data_dir, "built", MODEL)
    with pytest.raises(CatalogExistsError):
        import_index(tmp_path / f"built-{NAME}", data_dir, NAME)
    catalog = open_catalog(data_dir, "built")
    try:
        catalog.upsert(Entity("c1", "Delta", attributes={"city": "Alpha"}))
        assert catalog.view().forms([len(catalog.view().form_entities) - 1])[0].text == (
            "Delta Alpha"
        )
        with pytest.raises(CatalogLockedError):
            remove_catalog(data_dir, "built")
    finally:
        catalog.close()
    remove_catalog(data_dir, "built")
    assert list_catalogs(data_dir) == [NAME]
    assert {path.name for path in data_dir.iterdir()} == {NAME, ".versions"}
    with pytest.raises(UnknownCatalogError):
        remove_catalog(data_dir, "built")
    with pytest.raises(UnknownCatalogError):
        LiveCatalog.open(data_dir, "built", MODEL)


@pytest.mark.parametrize("name", ["", "../up", "a b", ".hidden", "x" * 65])
def test_names_that_are_no_folder_names_are_refused(tmp_path: Path, name: str) -> None:
    """A name can't lead out of the data folder."""
    with pytest.raises(InputError, match="catalog name"):
        import_index(tmp_path, tmp_path, name)


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
