"""One process writes, others follow."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from er_engine.errors import (
    CatalogLockedError,
    CatalogNotReadyError,
)
from er_engine.types import Entity
from index.live.catalog import LiveCatalog
from index.live.creating import (
    restore_catalog,
)
from tests.unit.index.builds import ENTITIES
from tests.unit.index.live.catalogs import (
    MODEL,
    NAME,
    assert_equals_fresh,
    open_catalog,
)


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
