"""The SQLite database of a live catalog: its tables, and how connections are opened."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from er_engine.errors import (
    CatalogDamagedError,
    CatalogNotReadyError,
    StorageError,
    UnknownCatalogError,
)
from index.live.write_points import Reached, nothing

FORMAT_VERSION = 1
SECONDS_TO_WAIT = 30.0

SCHEMA = """
CREATE TABLE state (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE encoders (
    number INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    g2p TEXT NOT NULL,
    inventory TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    UNIQUE (fingerprint, g2p, inventory)
);
-- version: sequence number of the last change; the catalog order.
CREATE TABLE entities (
    version INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL,
    encoder INTEGER NOT NULL REFERENCES encoders (number),
    digest BLOB NOT NULL
);
CREATE TABLE forms (
    version INTEGER NOT NULL,
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    spoken TEXT NOT NULL,
    phonemes BLOB NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (version, number)
);
-- What changed since the oldest vectors in use; mark: chain of hashes of all changes.
CREATE TABLE changes (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, mark BLOB NOT NULL);
CREATE TABLE feedback (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    entity_id TEXT NOT NULL,
    spoken TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX feedback_pairs ON feedback (entity_id, spoken);
CREATE TABLE alias_decisions (
    entity_id TEXT NOT NULL,
    spoken TEXT NOT NULL,
    decision TEXT NOT NULL,
    PRIMARY KEY (entity_id, spoken)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class CatalogSettings:
    """How surface forms and vectors of a catalog are made; fixed when it is created."""

    lang: str
    templates: tuple[str, ...]
    index_kind: str
    batch_size: int


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open the database of a catalog; every commit is on the disk when it returns.

    Raises:
        UnknownCatalogError: there is none.
        StorageError: it can't be opened.
        CatalogDamagedError: it is no database.
    """
    if not path.is_file():
        raise UnknownCatalogError(
            f"{path.parent}: there is no catalog; import an index, or restore a backup"
        )
    with translated(path):
        if not read_only:
            return _connect(path, "mode=rw")
        try:
            return _connect(path, "mode=ro")
        except sqlite3.OperationalError:
            # On a full or read-only disk SQLite can't make the file that it shares with writers.
            # Without a log there is nothing to share.
            log = path.with_name(f"{path.name}-wal")
            if log.exists() and log.stat().st_size:
                raise
            return _connect(path, "mode=ro&immutable=1")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    database = sqlite3.connect(
        f"{path.resolve().as_uri()}?{mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=SECONDS_TO_WAIT,
    )
    try:
        if mode == "mode=rw":
            database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("SELECT count(*) FROM state").fetchone()
    except BaseException:
        database.close()
        raise
    return database


def create(path: Path, settings: CatalogSettings) -> sqlite3.Connection:
    """Make an empty database at `path`, and open it.

    Raises:
        StorageError: it can't be written.
    """
    with translated(path):
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(SCHEMA)
        values = {
            "format_version": FORMAT_VERSION,
            "lang": settings.lang,
            "templates": json.dumps(list(settings.templates)),
            "index_kind": settings.index_kind,
            "batch_size": settings.batch_size,
            "sequence": 0,
            "mark": b"",
        }
        database.executemany("INSERT INTO state VALUES (?, ?)", values.items())
    return database


def read_settings(database: sqlite3.Connection, path: Path) -> CatalogSettings:
    """Read how the catalog was made.

    Raises:
        CatalogDamagedError: it has another format version, or can't be read.
    """
    with translated(path):
        found: dict[str, Any] = dict(database.execute("SELECT key, value FROM state").fetchall())
    if found.get("format_version") != FORMAT_VERSION:
        raise CatalogDamagedError(
            f"{path}: format version {found.get('format_version')}, but this er-engine reads "
            f"version {FORMAT_VERSION}; restore a backup with the er-engine that made it"
        )
    try:
        # These two are read with every change.
        int(found["sequence"]), bytes(found["mark"])
        return CatalogSettings(
            lang=str(found["lang"]),
            templates=tuple(json.loads(found["templates"])),
            index_kind=str(found["index_kind"]),
            batch_size=int(found["batch_size"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise CatalogDamagedError(
            f"{path}: its settings can't be read ({error}); restore the catalog from a backup"
        ) from error


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the system into ours, which say where and what to do."""
    try:
        yield
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # A query of ours that is wrong SQL here: the schema is not what was written.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
            raise CatalogNotReadyError(path.parent.name, "closed", 0, 0) from error
        if isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR:
            raise StorageError(
                f"{path}: {error}; nothing was changed. Is there space, and may the folder be "
                "written?"
            ) from error
        if code == sqlite3.SQLITE_NOTADB:
            raise CatalogDamagedError(
                f"{path}: {error}; if it should be a backup, name a file that `er-engine catalog "
                "backup` wrote; if it is a catalog's own, restore that catalog from a backup"
            ) from error
        raise CatalogDamagedError(
            f"{path}: damaged ({error}); restore the catalog from a backup, or import the newest "
            f"index folder in {path.parent / 'vectors'}"
        ) from error
    except OSError as error:
        raise StorageError(
            f"{error.filename or path}: {error.strerror or error}; nothing was changed. Is there "
            "space, and may the folder be written?"
        ) from error


@contextmanager
def transaction(database: sqlite3.Connection, reached: Reached = nothing) -> Iterator[None]:
    """Commit all of a block, or nothing of it."""
    reached("database: before begin")
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        reached("database: before commit")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
    reached("database: committed")
