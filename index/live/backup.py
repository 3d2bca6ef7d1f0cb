"""One file with all of a catalog, made while it serves."""

from __future__ import annotations

import glob
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from er_engine.errors import CatalogDamagedError, InputError, StorageError
from er_engine.files import fsync_directory, fsync_file
from index.live.lost_changes import lost_changes
from index.live.records import decode
from index.live.schema import connect, read_settings, translated
from index.live.write_points import Reached, nothing

_PARTIAL = ".part-of-backup"


def write_backup(database: Path, target: Path, reached: Reached = nothing) -> None:
    """Copy the database of a catalog as it is at one moment; `target` appears when it is complete.

    Raises:
        InputError: `target` is in the folder of the catalog.
        StorageError: it can't be written; `target` is as it was.
    """
    if database.parent.resolve() in target.resolve().parents:
        raise InputError(f"{target}: is in the folder of the catalog itself; choose another place")
    with translated(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        # Left behind by a process that died; only one at a time writes this backup.
        for old in target.parent.glob(f".{glob.escape(target.name)}.*{_PARTIAL}"):
            old.unlink(missing_ok=True)
        handle, name = tempfile.mkstemp(_PARTIAL, f".{target.name}.", target.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            reached("backup: before copying")
            _copy(database, temporary)
            reached("backup: copied")
            fsync_file(temporary)
            temporary.replace(target)
            fsync_directory(target.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    reached("backup: in place")


def check_backup(path: Path) -> None:
    """Read all of a backup, or of a database that is in use.

    Raises:
        CatalogDamagedError: it is not what was written.
        StorageError: it can't be read.
    """
    with translated(path), closing(connect(path, read_only=True)) as database:
        # One moment of a database that others may be writing to.
        database.execute("BEGIN")
        read_settings(database, path)
        found = database.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise CatalogDamagedError(f"{path}: SQLite says {found}; take another backup")
        check_entities(database)


def database_problems(path: Path) -> list[str]:
    """Return what is wrong with the database of a catalog, one sentence each."""
    try:
        check_backup(path)
    except StorageError as error:
        return [str(error)]
    except (TypeError, ValueError, LookupError) as error:
        return [f"{path}: damaged ({error}); restore the catalog from a backup"]
    lost = lost_changes(path)
    return [lost] if lost else []


def check_entities(database: sqlite3.Connection) -> None:
    """Raise CatalogDamagedError unless every entity is as it was written."""
    entities = database.execute(
        "SELECT version, record, digest, dimension FROM entities "
        "LEFT JOIN encoders ON encoders.number = entities.encoder"
    )
    for version, record, expected, dimension in entities:
        forms = database.execute(
            "SELECT number, text, spoken, phonemes, vector FROM forms WHERE version = ? "
            "ORDER BY number",
            (version,),
        ).fetchall()
        decode(record, forms, expected, dimension)


def _copy(database: Path, target: Path) -> None:
    source = connect(database, read_only=True)
    with closing(source), closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source.backup(copy)
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
