"""A damaged log of SQLite: what it hides is noticed where that can be known."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from er_engine.types import Entity, Hypothesis
from index.live.acknowledged import Note
from index.live.backup import database_problems
from index.live.catalog import LiveCatalog
from index.live.feedback import Feedback
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
    for file in ("wal.damaged", "lost"):
        (folder / f"{LIVE.database}-{file}").unlink()
    catalog = open_catalog(crashed)
    assert catalog.status().problem is None
    assert catalog.get("later")[0].name == "Bravo"
    catalog.close()


def _cut_last_change(crashed: Path) -> Path:
    log = crashed / NAME / f"{LIVE.database}-wal"
    log.write_bytes(log.read_bytes()[:-1_000])
    return crashed / NAME / f"{LIVE.database}-acknowledged"


@pytest.mark.parametrize("note", [None, b"", b"\0" * 12, b"x" * 40, "older"])
def test_a_last_change_that_was_not_acknowledged_is_no_problem(
    crashed: Path, note: bytes | str | None
) -> None:
    """A log that ends within a change lost nothing, as far as is noted; a note may be damaged."""
    path = _cut_last_change(crashed)
    if note == "older":
        _note(path, commits=CHANGES - 1)
    elif isinstance(note, bytes):
        path.write_bytes(note)
    else:
        path.unlink()
    catalog = open_catalog(crashed)
    assert _found(catalog) == CHANGES - 1
    assert catalog.status().problem is None
    catalog.close()


def _note(path: Path, commits: int) -> None:
    note = Note(path.with_name(LIVE.database))
    note.write(commits)
    note.close()


def test_loss_of_the_last_acknowledged_change_is_reported(crashed: Path) -> None:
    """It is said with how many there are, until somebody has dealt with it, and only once."""
    _cut_last_change(crashed)
    lost = crashed / NAME / f"{LIVE.database}-lost"
    for _ in range(2):
        catalog = open_catalog(crashed)
        assert _found(catalog) == CHANGES - 1
        assert "lost (1 commits)" in (catalog.status().problem or "")
        catalog.close()
    assert len(database_problems(crashed / NAME / LIVE.database)) == 1
    lost.unlink()
    catalog = open_catalog(crashed)
    assert catalog.status().problem is None
    catalog.upsert(Entity("later", "Bravo"))
    catalog.close()
    open_catalog(crashed).close()
    assert not lost.exists()


def test_loss_of_feedback_and_an_older_database_are_reported(tmp_path: Path) -> None:
    """What is no change of an entity counts, too; a database from before is one that lost some."""
    data_dir = new_catalog(tmp_path / "data")
    database = data_dir / NAME / LIVE.database
    open_catalog(data_dir).close()
    before = database.read_bytes()
    catalog = open_catalog(data_dir)
    for _ in range(3):
        catalog.add_feedback(Feedback((Hypothesis("zip"),), "tv1"))
    catalog.upsert(catalog.get("tv1")[0])  # changes nothing, and is no commit
    catalog.close()
    database.write_bytes(before)
    catalog = open_catalog(data_dir)
    assert "lost (3 commits)" in (catalog.status().problem or "")
    catalog.close()


def test_a_note_that_can_not_be_written_refuses_no_change(tmp_path: Path) -> None:
    """Then less is known after a crash, and nothing else."""
    data_dir = new_catalog(tmp_path / "data")
    (data_dir / NAME / f"{LIVE.database}-acknowledged").mkdir()
    catalog = open_catalog(data_dir)
    assert catalog.upsert(Entity("n1", "Alpha"))
    assert catalog.status().problem is None
    catalog.close()


def test_the_note_is_on_the_disk_before_a_change_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut takes nothing from it: what it says was synced."""
    synced: list[bytes] = []
    sync = os.fsync

    def spy(handle: int) -> None:
        sync(handle)
        if os.path.samestat(os.fstat(handle), note.stat()):
            synced.append(note.read_bytes())

    data_dir = new_catalog(tmp_path / "data")
    note = data_dir / NAME / f"{LIVE.database}-acknowledged"
    catalog = open_catalog(data_dir)
    catalog.upsert(Entity("n0", "Alpha"))
    monkeypatch.setattr(os, "fsync", spy)
    for number in range(2):
        catalog.upsert(Entity("n1", f"Alpha {number}"))
        assert synced[-1:] == [note.read_bytes()]
    assert len(set(synced)) == 2
    catalog.close()
