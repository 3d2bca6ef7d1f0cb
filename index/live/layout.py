"""The files of a live catalog's folder, named in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveLayout:
    """File names inside `DATA_DIR/NAME/`.

    Attributes:
        lock: held by the process that may write.
        database: the source of truth; SQLite puts `-wal` and `-shm` beside it.
        generations: folder of index folders, each derived from the database as it was after one
            change, and named after that change.
    """

    lock: str = "lock"
    database: str = "catalog.sqlite"
    generations: str = "vectors"


LIVE = LiveLayout()
