"""The source of truth: entities, surface forms and vectors by version, and the log of changes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from er_engine.errors import (
    CatalogError,
    StorageError,
    UnknownEntityError,
)
from er_engine.phonemes.inventory import INVENTORY_VERSION
from er_engine.types import Entity
from index.live import feedback
from index.live.acknowledged import Note, committed, count_one
from index.live.change_log import Change, ChangeLog, state_of
from index.live.feedback import Chosen
from index.live.lost_changes import keep_damaged_log, note_lost
from index.live.records import (
    EncodedEntity,
    decode,
    entity_from,
)
from index.live.schema import (
    SECONDS_TO_WAIT,
    connect,
    read_settings,
    transaction,
    translated,
)
from index.live.write_points import Reached, nothing

_FORMS = "SELECT number, text, spoken, phonemes, vector FROM forms WHERE version = ? ORDER BY 1"
_CHANGED = """
SELECT changed.id, entities.version
FROM (SELECT DISTINCT id FROM changes WHERE sequence > ?) AS changed
LEFT JOIN entities ON entities.id = changed.id
ORDER BY entities.version
"""


# What is written in the same transaction as changes.
Also = Callable[[sqlite3.Connection], None]


def nothing_else(_writer: sqlite3.Connection) -> None:
    """Write nothing but the changes."""


@dataclass(frozen=True, slots=True)
class EncoderName:
    """Which encoder, G2P and inventory forms and vectors come from."""

    fingerprint: str
    g2p: str
    dimension: int
    inventory: str = INVENTORY_VERSION


@dataclass(frozen=True, slots=True)
class Changed:
    """All that changed after some sequence number: ids with what they are now, None if deleted."""

    sequence: int
    entities: Sequence[tuple[str, EncodedEntity | None]]


class CatalogDatabase:
    """One writer connection (of the process that has the lock) and one reader; thread-safe."""

    def __init__(self, path: Path, *, read_only: bool, reached: Reached = nothing) -> None:
        """Open it; raises what `schema.connect` raises."""
        self.path = path
        self._reached = reached
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._read_only = read_only
        self._writer: sqlite3.Connection | None = None
        self._note = Note(path)
        if not read_only:
            with suppress(StorageError):  # a full disk: what is there can be read
                self._writer = connect(path, read_only=False)
                with translated(path):
                    keep_damaged_log(path, self._writer)
                    self._compare_with_note(self._writer)
        self._reader = connect(path, read_only=True)
        self.settings = read_settings(self._reader, path)

    def close(self) -> None:
        """Close both connections; harmless when repeated."""
        with self._writing, self._reading:
            self._reader.close()
            if self._writer is not None:
                self._writer.close()
            self._note.close()

    # --- writing

    @contextmanager
    def writing(self, *, erasing: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing; `erasing` overwrites what is deleted by it.

        Raises:
            StorageError: it can't be written; nothing was changed.
        """
        with self._writing, translated(self.path):
            writer = self._writer or self._begin_to_write()
            writer.execute(f"PRAGMA secure_delete = {int(erasing)}")
            if erasing:
                writer.execute("PRAGMA temp_store = MEMORY")
            count = None
            with transaction(writer, self._reached):
                before = writer.total_changes
                yield writer
                if writer.total_changes != before:
                    count = count_one(writer)
            if count is not None:
                self._note.write(count)

    def _compare_with_note(self, writer: sqlite3.Connection) -> None:
        acknowledged, there = self._note.read(), committed(writer)
        if acknowledged > there:
            note_lost(self.path, acknowledged - there)
            self._note.write(there)  # said once

    def _begin_to_write(self) -> sqlite3.Connection:
        """Connect now, where there was no space for it before."""
        if self._read_only:
            raise AssertionError("opened for reading only")
        self._writer = connect(self.path, read_only=False)
        with self._reading:
            self._reader.close()
            self._reader = connect(self.path, read_only=True)
        return self._writer

    def encoder_number(self, name: EncoderName) -> int:
        """Return the number of an encoder, which is added when it is new."""
        values = (name.fingerprint, name.g2p, name.inventory, name.dimension)
        query = "SELECT number FROM encoders WHERE (fingerprint, g2p, inventory) = (?, ?, ?)"
        with self._reading, translated(self.path):
            found = self._reader.execute(query, values[:3]).fetchone()
        if found is not None:
            return int(found[0])
        with self.writing() as writer:
            writer.execute(
                "INSERT OR IGNORE INTO encoders (fingerprint, g2p, inventory, dimension) "
                "VALUES (?, ?, ?, ?)",
                values,
            )
            return int(writer.execute(query, values[:3]).fetchone()[0])

    def apply(
        self, changes: Sequence[Change], encoder: int, also: Also = nothing_else
    ) -> list[int]:
        """Make these changes, all or none; return the version of each (of a delete its sequence).

        `also` is done in the same transaction.

        Raises:
            VersionConflictError: an entity doesn't have the version asked for.
            UnknownEntityError: an entity to delete isn't there.
            StorageError: it can't be written.
        """
        with self.writing() as writer:
            log = ChangeLog(writer, encoder, self._reached)
            versions = [log.make(change) for change in changes]
            log.finish()
            also(writer)
        return versions

    def forget_feedback(self, chosen: Chosen) -> int:
        """Delete feedback so that its words are not left in the files; return how much.

        Raises:
            StorageError: it can't be written; nothing was changed.
        """
        with self.writing(erasing=True) as writer:
            deleted = feedback.forget(writer, chosen)
        if deleted:
            self._empty_log()
        return deleted

    def _empty_log(self) -> None:
        """Take what was written before out of SQLite's log, if nobody reads it now."""
        with self._writing, translated(self.path):
            assert self._writer is not None
            self._writer.execute("PRAGMA busy_timeout = 0")
            try:
                # Where a reader or the disk is in the way the log is written over later, as ever.
                with suppress(sqlite3.OperationalError, OSError):
                    self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                    self._reached("database: log emptied")
            finally:
                self._writer.execute(f"PRAGMA busy_timeout = {int(SECONDS_TO_WAIT * 1000)}")

    # --- reading

    def get(self, entity_id: str) -> tuple[Entity, int]:
        """Return an entity and its version.

        Raises:
            UnknownEntityError: it isn't there.
        """
        query = "SELECT record, version FROM entities WHERE id = ?"
        with self._reading, translated(self.path):
            found = self._reader.execute(query, (entity_id,)).fetchone()
        if found is None:
            raise UnknownEntityError(entity_id)
        return entity_from(found[0]), int(found[1])

    def page(self, after_id: str | None, limit: int) -> list[tuple[Entity, int]]:
        """Return up to `limit` entities whose id comes after `after_id`, by id."""
        query = "SELECT record, version FROM entities WHERE id > ? ORDER BY id LIMIT ?"
        if after_id is None:
            query = query.replace("id > ?", "id >= ?")
        with self._reading, translated(self.path):
            found = self._reader.execute(query, (after_id or "", limit)).fetchall()
        return [(entity_from(record), int(version)) for record, version in found]

    def count(self) -> int:
        """Number of entities."""
        with self._reading, translated(self.path):
            return int(self._reader.execute("SELECT count(*) FROM entities").fetchone()[0])

    def sequence(self) -> int:
        """Number of the last change."""
        with self._reading, translated(self.path):
            return state_of(self._reader)[0]

    def moment(self) -> str:
        """The number of the last change and the mark of all, as one name."""
        with self._reading, translated(self.path), _reading_transaction(self._reader):
            sequence, mark = state_of(self._reader)
        return f"{sequence}-{mark.hex()}"

    def count_of_others(self, encoder: int) -> int:
        """Number of entities whose vectors come from another encoder."""
        query = "SELECT count(*) FROM entities WHERE encoder != ?"
        with self._reading, translated(self.path):
            return int(self._reader.execute(query, (encoder,)).fetchone()[0])

    def some_of_others(self, encoder: int, limit: int) -> list[tuple[int, str]]:
        """Return version and record of some of them."""
        query = "SELECT version, record FROM entities WHERE encoder != ? ORDER BY version LIMIT ?"
        with self._reading, translated(self.path):
            return self._reader.execute(query, (encoder, limit)).fetchall()

    def forget_before(self, sequence: int) -> None:
        """Shorten the log of changes: vectors older than this change are used no more."""
        with self.writing() as writer:
            writer.execute("DELETE FROM changes WHERE sequence < ?", (sequence,))

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The reading connection, for one query."""
        with self._reading, translated(self.path):
            yield self._reader

    def data_version(self) -> int:
        """A number that is another one after anybody else wrote."""
        with self._reading, translated(self.path):
            return int(self._reader.execute("PRAGMA data_version").fetchone()[0])

    def mark_at(self, sequence: int) -> bytes | None:
        """Return the mark after this change, None where the log doesn't reach back so far."""
        with self._reading, translated(self.path):
            return _mark_at(self._reader, sequence)

    def changed_since(self, sequence: int) -> Changed | None:
        """Return what changed after this sequence; None where the log doesn't reach back so far."""
        with self._reading, translated(self.path), _reading_transaction(self._reader):
            now, _ = state_of(self._reader)
            if sequence == now:
                return Changed(now, ())
            if _mark_at(self._reader, sequence) is None:
                return None
            found = self._reader.execute(_CHANGED, (sequence,)).fetchall()
            entities = [
                (entity_id, None if version is None else _encoded(self._reader, version))
                for entity_id, version in found
            ]
        return Changed(now, entities)

    @contextmanager
    def still(self) -> Iterator[StillCatalog]:
        """All of the catalog as it is at this moment, on a connection of its own."""
        reader = connect(self.path, read_only=True)
        with translated(self.path), closing(reader), _reading_transaction(reader):
            yield StillCatalog(reader)


class StillCatalog:
    """A consistent view of the whole database, in catalog order."""

    def __init__(self, reader: sqlite3.Connection) -> None:
        self._reader = reader
        self.sequence, self.mark = state_of(reader)
        found = reader.execute("SELECT version, encoder FROM entities ORDER BY version").fetchall()
        self.versions: list[int] = [version for version, _ in found]
        self.encoders: frozenset[int] = frozenset(encoder for _, encoder in found)

    def encoder_name(self) -> EncoderName:
        """The one encoder that all vectors come from.

        Raises:
            CatalogError: there are no entities.
            StorageError: there are several: the catalog is being encoded again.
        """
        if not self.encoders:
            raise CatalogError("the catalog has no entities; there is nothing to write")
        if len(self.encoders) != 1:
            raise StorageError(
                "the vectors of this catalog come from more than one encoder; open it with the "
                "model that it should have, and try again when it is ready"
            )
        values = self._reader.execute(
            "SELECT fingerprint, g2p, dimension, inventory FROM encoders WHERE number = ?",
            tuple(self.encoders),
        ).fetchone()
        return EncoderName(*values)

    def entities(self) -> Iterator[Entity]:
        """All entities."""
        for (record,) in self._reader.execute("SELECT record FROM entities ORDER BY version"):
            yield entity_from(record)

    def encoded(self, rows: slice) -> Iterator[EncodedEntity]:
        """These entities with their forms and vectors.

        Raises:
            CatalogDamagedError: one is not what was written.
        """
        wanted = self.versions[rows]
        if not wanted:
            return
        bounds = (wanted[0], wanted[-1])
        of_entities = self._reader.execute(
            "SELECT entities.version, record, digest, dimension FROM entities "
            "LEFT JOIN encoders ON encoders.number = entities.encoder "
            "WHERE version BETWEEN ? AND ? ORDER BY version",
            bounds,
        )
        of_forms = self._reader.execute(
            "SELECT version, number, text, spoken, phonemes, vector FROM forms "
            "WHERE version BETWEEN ? AND ? ORDER BY version, number",
            bounds,
        )
        groups = {version: [row[1:] for row in some] for version, some in groupby(of_forms, _first)}
        for version, record, expected, dimension in of_entities:
            yield decode(record, groups.get(version, []), bytes(expected), dimension)


def _mark_at(database: sqlite3.Connection, sequence: int) -> bytes | None:
    query = "SELECT mark FROM changes WHERE sequence = ?"
    found = database.execute(query, (sequence,)).fetchone()
    return None if found is None else bytes(found[0])


def _encoded(database: sqlite3.Connection, version: int) -> EncodedEntity:
    record, expected, dimension = database.execute(
        "SELECT record, digest, dimension FROM entities "
        "LEFT JOIN encoders ON encoders.number = entities.encoder WHERE version = ?",
        (version,),
    ).fetchone()
    return decode(record, database.execute(_FORMS, (version,)).fetchall(), expected, dimension)


@contextmanager
def _reading_transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN")
    try:
        yield
    finally:
        database.execute("ROLLBACK")


def _first(row: tuple[int, ...]) -> int:
    return row[0]
