"""Finding out that SQLite's log was damaged after a crash, which SQLite takes for the log's end.

Each commit is on the disk before the next one begins. So behind the place where the log ends for
SQLite there can be parts of one commit, that nobody was told of; where two commits end behind it,
the log was damaged, and changes that were acknowledged are lost. Of the very last commit the log
does not tell whether it was damaged or never complete; a count beside the database does
(`index.live.acknowledged`).

The format is of https://www.sqlite.org/fileformat2.html#walformat.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import struct
from pathlib import Path

from er_engine.files import write_atomically

_log = logging.getLogger(__name__)
_HEADER = struct.Struct(">8xI4x8s8x")  # size of a page, salts
_FRAME = struct.Struct(">4xI8s8x")  # size of the database after a commit, else 0; salts
_LEAST_COMMITS = 2


def keep_damaged_log(path: Path, database: sqlite3.Connection) -> None:
    """Look at the log of a database that was just opened; copy it aside if it was damaged.

    Args:
        path: of the database.
        database: a connection that may write, and has not yet.
    """
    used = int(database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])
    log, copy = path.with_name(f"{path.name}-wal"), _copy_of(path)
    if not copy.exists() and _commits_after(log, used) >= _LEAST_COMMITS:
        shutil.copyfile(log, copy)
        _log.error("%s", lost_changes(path))


def note_lost(path: Path, commits: int) -> None:
    """Write down that so many acknowledged commits are gone from the database at `path`.

    Raises:
        OSError: it can't be written.
    """
    write_atomically(_lost_of(path), f"{(_count_of_lost(path) or 0) + commits}\n")
    _log.error("%s", lost_changes(path))


def lost_changes(path: Path) -> str | None:
    """Say what was lost, as long as what tells it lies beside the database; else None."""
    found = [text for text in (_counted_loss(path), _damaged_log(path)) if text]
    return "; ".join(found) or None


def _counted_loss(path: Path) -> str | None:
    count = _count_of_lost(path)
    if count is None:
        return None
    return (
        f"{_lost_of(path)}: the last acknowledged changes are lost ({count} commits): the database "
        "or its log was damaged, or replaced by an older one; compare with a backup and the audit "
        "log, then remove this file"
    )


def _damaged_log(path: Path) -> str | None:
    copy = _copy_of(path)
    if not copy.exists():
        return None
    return (
        f"{copy}: the log of the database was damaged, and the last acknowledged changes before a "
        "crash are lost; compare with a backup and the audit log, then remove this file"
    )


def _count_of_lost(path: Path) -> int | None:
    try:
        return int(_lost_of(path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _lost_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-lost")


def _copy_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal.damaged")


def _commits_after(log: Path, frame: int) -> int:
    """How many commits end in the log after so many frames."""
    if not log.is_file():
        return 0
    commits = 0
    with log.open("rb") as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return 0
        page_size, salts = _HEADER.unpack(header)
        while True:
            file.seek(_HEADER.size + frame * (_FRAME.size + page_size))
            found = file.read(_FRAME.size)
            if len(found) < _FRAME.size:
                return commits
            committed, its_salts = _FRAME.unpack(found)
            commits += bool(committed) and its_salts == salts
            frame += 1
