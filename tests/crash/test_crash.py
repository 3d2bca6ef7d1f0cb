"""A short crash test; `python -m benchmarks.crash_test` is the long one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from er_engine.errors import CatalogLockedError
from index.live.catalog import LiveCatalog
from tests.crash.faults import fill_the_disk, inject, inject_while_creating, write_points
from tests.crash.flips import flip_often
from tests.crash.kills import damage, kill_often
from tests.crash.victim import Fault, Victim, victims
from tests.unit.index.builds import ENTITIES
from tests.unit.index.live.catalogs import MODEL, NAME, assert_equals_fresh, new_catalog

SEED = 7


def test_nothing_acknowledged_is_lost_by_kills(tmp_path: Path) -> None:
    """After each kill all acknowledged changes are there, and no half of another one."""
    kill_often(victims(), tmp_path, SEED, kills=20)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("database: before commit", 2),
        Fault("database: committed", 3),
        Fault("database: log emptied", 1),
        Fault("database: log emptied", 1, 28),
        Fault("database: between entity and forms", 2),
        Fault("vectors: in place", 2),
        Fault("vectors: swapped", 1),
        Fault("backup: copied", 1, 28),
        Fault("database: before commit", 2, 28, stays=True),
    ],
    ids=str,
)
def test_a_fault_at_a_write_point_leaves_all_or_nothing(tmp_path: Path, fault: Fault) -> None:
    """Killed or failing there, the catalog opens again with what was acknowledged."""
    inject(victims(), tmp_path / "run", fault)


def test_every_write_point_is_known(tmp_path: Path) -> None:
    """The scenario of the long test reaches changes, merges, snapshots and backups."""
    points = write_points(victims(), tmp_path / "run")
    assert {name.split(":")[0] for name in points} >= {
        "database",
        "memory",
        "vectors",
        "snapshot",
        "backup",
    }


def test_creating_leaves_a_whole_catalog_or_none(tmp_path: Path) -> None:
    """An import that dies can be done again."""
    assert inject_while_creating(victims(), tmp_path, ("import",), {})["kill"] > 3


def test_a_full_disk_refuses_changes_and_answers_on(tmp_path: Path) -> None:
    """When there is space again, changes work again, in the same process."""
    assert fill_the_disk(victims(), tmp_path / "run", 20_000)


def test_damaged_databases_are_noticed(tmp_path: Path) -> None:
    """A flipped bit or a cut is refused, found, or without any effect."""
    outcomes = flip_often(tmp_path / "run", SEED, flips=20)
    assert outcomes["refused with a message"]
    assert outcomes["found by verify"]


@pytest.mark.parametrize("number", range(4))
def test_damaged_vectors_are_made_again(tmp_path: Path, number: int) -> None:
    """A catalog whose vectors are missing, cut or changed opens, and answers as before."""
    data_dir = new_catalog(tmp_path / "data")
    (generation,) = (data_dir / NAME / "vectors").iterdir()
    damage(random.Random(number), generation)
    catalog = LiveCatalog.open(data_dir, NAME, MODEL)
    try:
        assert catalog.wait(60)
        assert catalog.status().problem is None or "vectors" in str(catalog.status().problem)
        assert_equals_fresh(catalog.view(), ENTITIES)
    finally:
        catalog.close()


def test_a_second_process_is_refused_until_the_first_one_dies(tmp_path: Path) -> None:
    """The lock goes with the process, however it ends."""
    data_dir = new_catalog(tmp_path / "data")
    victim = Victim(victims(), data_dir)
    assert victim.receive() == {"opened": True}
    with pytest.raises(CatalogLockedError, match="stop that service first"):
        LiveCatalog.open(data_dir, NAME, MODEL)
    victim.kill()
    LiveCatalog.open(data_dir, NAME, MODEL).close()
