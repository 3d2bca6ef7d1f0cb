"""Backups: made while serving, restored, refused when damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from er_engine.errors import (
    CatalogDamagedError,
    InputError,
    UnknownCatalogError,
)
from index.live.catalog import LiveCatalog
from index.live.creating import (
    list_catalogs,
    restore_catalog,
)
from index.live.layout import LIVE
from tests.unit.index.builds import ENTITIES
from tests.unit.index.live.catalogs import (
    NAME,
    NEW,
    assert_equals_fresh,
    open_catalog,
)


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
