"""Versions are used once, also when a catalog is removed and another one gets its name.

Otherwise a change that asks for the version that its sender read (`If-Match`) could be made to an
entity of another history. A file for each removed catalog keeps the number of its last change.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from er_engine.errors import StorageError
from er_engine.files import fsync_directory, write_atomically
from index.live.layout import LIVE
from index.live.records import next_mark
from index.live.schema import connect, transaction

_FOLDER = ".versions"
# More changes than a catalog gets between two removals; for one whose number can't be read.
_FAR = 1_000_000_000


def last_version(data_dir: Path, name: str) -> int:
    """Return the number of the last change of a removed catalog of this name, 0 for none.

    Raises:
        OSError: it can't be read.
    """
    path = data_dir / _FOLDER / name
    return int(path.read_text(encoding="ascii")) if path.is_file() else 0


def keep_last_version(folder: Path) -> None:
    """Note the number of the last change of a catalog that is about to be removed.

    Raises:
        OSError: it can't be written.
    """
    before = last_version(folder.parent, folder.name)
    last = before + _FAR
    # A damaged one has to go, too.
    with (
        suppress(StorageError, sqlite3.Error, TypeError, ValueError),
        closing(connect(folder / LIVE.database, read_only=True)) as found,
    ):
        query = "SELECT value FROM state WHERE key = 'sequence'"
        last = max(before, int(found.execute(query).fetchone()[0]))
    directory = folder.parent / _FOLDER
    directory.mkdir(exist_ok=True)
    write_atomically(directory / folder.name, f"{last}\n")
    fsync_directory(folder.parent)


def skip_versions(database: Path, last: int) -> None:
    """Let the next change of a restored catalog have a number above `last`.

    Raises:
        sqlite3.Error: it can't be written.
    """
    with closing(connect(database, read_only=False)) as writer, transaction(writer):
        values = dict(writer.execute("SELECT key, value FROM state").fetchall())
        if int(values["sequence"]) >= last:
            return
        # A change of no entity; the chain of marks goes on.
        mark = next_mark(bytes(values["mark"]), last, "", b"restored")
        writer.execute("INSERT INTO changes VALUES (?, ?, ?)", (last, "", mark))
        states = ((last, "sequence"), (mark, "mark"))
        writer.executemany("UPDATE state SET value = ? WHERE key = ?", states)
