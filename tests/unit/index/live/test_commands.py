"""`er-engine catalog`: one command each, also while a service has the catalog open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from er_engine.cli import main
from er_engine.types import Entity
from index.live.creating import list_catalogs
from index.reader import open_index
from tests.unit.index.builds import ENTITIES, build
from tests.unit.index.live.catalogs import NAME, new_catalog, open_catalog


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A folder with one catalog, which is open for writing."""
    folder = new_catalog(tmp_path / "data")
    catalog = open_catalog(folder)
    catalog.upsert(Entity("n1", "Alpha"))
    yield folder
    catalog.close()


def test_backup_and_restore_take_one_command_each(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A served catalog is copied into one file, and a new catalog made of it."""
    assert main(["catalog", "backup", str(data_dir), NAME, str(tmp_path / "b.sqlite")]) == 0
    assert main(["catalog", "restore", str(tmp_path / "b.sqlite"), str(data_dir), "two"]) == 0
    assert main(["catalog", "list", str(data_dir)]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [NAME, "two"]
    restored = open_catalog(data_dir, "two")
    try:
        assert restored.get("n1")[0].name == "Alpha"
    finally:
        restored.close()


def test_a_snapshot_is_an_index(data_dir: Path, tmp_path: Path) -> None:
    """It holds what the served catalog holds."""
    assert main(["catalog", "snapshot", str(data_dir), NAME, "-o", str(tmp_path / "s")]) == 0
    assert len(open_index(tmp_path / "s").entities) == len(ENTITIES) + 1


def test_import_and_remove(data_dir: Path, tmp_path: Path) -> None:
    """A catalog that nobody serves can be removed."""
    build(tmp_path / "built")
    assert main(["catalog", "import", str(tmp_path / "built"), str(data_dir), "two"]) == 0
    assert main(["catalog", "remove", str(data_dir), "two"]) == 0
    assert main(["catalog", "remove", str(data_dir), NAME]) == 1
    assert list_catalogs(data_dir) == [NAME]


def test_verify_finds_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 and a message, where an entity is not what was written."""
    data_dir = new_catalog(tmp_path / "data")
    assert main(["catalog", "verify", str(data_dir), NAME]) == 0
    path = data_dir / NAME / "catalog.sqlite"
    path.write_bytes(path.read_bytes().replace(b"Schitt's Creek", b"Schitt's Greek"))
    assert main(["catalog", "verify", str(data_dir), NAME]) == 1
    assert "restore the catalog from a backup" in capsys.readouterr().err


def test_a_wrong_name_is_refused(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name can't lead out of the data folder."""
    assert main(["catalog", "backup", str(data_dir), "../data/tv", "x"]) == 1
    assert "catalog name" in capsys.readouterr().err


def test_a_file_that_is_no_backup_is_named_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Restoring from a text says what to name instead."""
    text = tmp_path / "README.md"
    text.write_text("no backup\n" * 100, encoding="utf-8")
    assert main(["catalog", "restore", str(text), str(tmp_path / "data"), "films"]) == 1
    assert "name a file that `er-engine catalog backup` wrote" in capsys.readouterr().err
