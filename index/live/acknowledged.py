"""How many commits were acknowledged, noted beside the database: tells when the last ones are lost.

SQLite takes a damaged end of its log for a commit that was never complete. Each transaction counts
itself in the database; after it is on the disk, and before it is acknowledged, the same count is
written here, and synced. So at the next start the database has at least this count, also after a
power cut, unless what it had was damaged or replaced. Syncing twelve bytes in place costs about as
much as syncing the commit did: a small part of a change, most of whose time the encoder takes.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import zlib
from contextlib import suppress
from pathlib import Path

from er_engine.files import fsync_directory

_NOTE = struct.Struct(">QI")
_COUNT = "SELECT coalesce((SELECT value FROM state WHERE key = 'commits'), 0)"
_COUNT_ONE = """
INSERT INTO state VALUES ('commits', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1
"""


def count_one(writer: sqlite3.Connection) -> int:
    """Count the transaction that is running; return its number."""
    writer.execute(_COUNT_ONE)
    return committed(writer)


def committed(database: sqlite3.Connection) -> int:
    """How many transactions the database has."""
    return int(database.execute(_COUNT).fetchone()[0])


class Note:
    """The file beside a database; for the one process that writes."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}-acknowledged")
        self._file: int | None = None

    def read(self) -> int:
        """Return the count that was noted; 0 where none was, or it can't be read."""
        try:
            count, check = _NOTE.unpack(self._path.read_bytes())
        except (OSError, struct.error):
            return 0
        return int(count) if check == _check(count) else 0

    def write(self, count: int) -> None:
        """Note a count. Where that fails less is known after a crash, nothing else."""
        with suppress(OSError):
            if self._file is None:
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
                fsync_directory(self._path.parent)
            os.pwrite(self._file, _NOTE.pack(count, _check(count)), 0)
            os.fsync(self._file)

    def close(self) -> None:
        """Free the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _check(count: int) -> int:
    return zlib.crc32(count.to_bytes(8))
