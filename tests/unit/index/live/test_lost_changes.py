"""A damaged log of SQLite: what it hides is noticed where that can be known."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from er_engine.types import Entity
from index.live.backup import database_problems
from index.live.catalog import LiveCatalog
from index.live.layout import LIVE
from tests.unit.index.live.catalogs import NAME, new_catalog, open_catalog

CHANGES = 6


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A data folder as a process leaves it that is killed after some changes."""
    catalog = open_catalog(new_catalog(tmp_path / "running"))
    for number in range(CHANGES):
        catalog.upsert(Entity(f"n{number}", f"Alpha {number}"))
    shutil.copytree(tmp_path / "running", tmp_path / "data")
    catalog.close()
    (tmp_path / "data" / NAME / f"{LIVE.database}-shm").unlink()
    return tmp_path / "data"


def _flip(log: Path, share: float) -> None:
    data = bytearray(log.read_bytes())
    data[int(len(data) * share)] ^= 1
    log.write_bytes(data)


def _found(catalog: LiveCatalog) -> int:
    return sum(entity.id.startswith("n") for entity in catalog.entities())


def test_a_whole_log_is_no_problem(crashed: Path) -> None:
    """All that was acknowledged is there, and nothing is reported."""
    catalog = open_catalog(crashed)
    assert (_found(catalog), catalog.status().problem) == (CHANGES, None)
    catalog.close()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_lost_changes_are_reported(crashed: Path, share: float) -> None:
    """A flipped bit hides later changes; that is said until somebody has dealt with it."""
    folder = crashed / NAME
    _flip(folder / f"{LIVE.database}-wal", share)
    catalog = open_catalog(crashed)
    try:
        assert _found(catalog) < CHANGES - 1
        assert "acknowledged changes" in (catalog.status().problem or "")
        catalog.upsert(Entity("later", "Bravo"))
    finally:
        catalog.close()
    (problem,) = database_problems(folder / LIVE.database)
    assert "acknowledged changes" in problem
    (folder / f"{LIVE.database}-wal.damaged").unlink()
    catalog = open_catalog(crashed)
    assert catalog.status().problem is None
    assert catalog.get("later")[0].name == "Bravo"
    catalog.close()


def test_an_incomplete_last_change_is_no_problem(crashed: Path) -> None:
    """A log that ends within a change, as after a power cut, lost nothing acknowledged."""
    log = crashed / NAME / f"{LIVE.database}-wal"
    log.write_bytes(log.read_bytes()[:-1_000])
    catalog = open_catalog(crashed)
    assert _found(catalog) == CHANGES - 1
    assert catalog.status().problem is None
    catalog.close()
