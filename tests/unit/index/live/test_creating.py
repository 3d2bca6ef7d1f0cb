"""Catalogs are created, listed and removed; versions are used once."""

from __future__ import annotations

from pathlib import Path

import pytest

from er_engine.errors import (
    CatalogExistsError,
    CatalogLockedError,
    InputError,
    UnknownCatalogError,
    VersionConflictError,
)
from er_engine.types import Entity
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
from tests.unit.index.builds import ENTITIES
from tests.unit.index.live.catalogs import (
    MODEL,
    NAME,
    NEW,
    assert_equals_fresh,
    new_catalog,
    open_catalog,
)


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
