"""The source of truth: entities, surface forms and vectors by version, and the log of changes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from er_engine.errors import StorageError, UnknownEntityError, VersionConflictError
from er_engine.types import Entity
from index.live import feedback
from index.live.acknowledged import Note, committed, count_one
from index.live.change_log import Change, ChangeLog, state_of
from index.live.feedback import Chosen
from index.live.lost_changes import keep_damaged_log, note_lost
from index.live.records import (
    entity_from,
)
from index.live.schema import (
    SECONDS_TO_WAIT,
    connect,
    read_settings,
    transaction,
    translated,
)
from index.live.still import (
    Changed,
    EncoderName,
    StillCatalog,
    encoded_at,
    mark_at,
    one_moment,
)
from index.live.write_points import Reached, nothing

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

    def apply_each(
        self, changes: Sequence[Change], encoder: int
    ) -> list[int | VersionConflictError]:
        """Put these entities together, but for those that don't have the version asked for.

        Raises:
            StorageError: it can't be written.
        """
        with self.writing() as writer:
            log = ChangeLog(writer, encoder, self._reached)
            versions = [log.try_to_make(change) for change in changes]
            log.finish()
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
        with self._reading, translated(self.path), one_moment(self._reader):
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
            return mark_at(self._reader, sequence)

    def changed_since(self, sequence: int) -> Changed | None:
        """Return what changed after this sequence; None where the log doesn't reach back so far."""
        with self._reading, translated(self.path), one_moment(self._reader):
            now, _ = state_of(self._reader)
            if sequence == now:
                return Changed(now, ())
            if mark_at(self._reader, sequence) is None:
                return None
            found = self._reader.execute(_CHANGED, (sequence,)).fetchall()
            entities = [
                (entity_id, None if version is None else encoded_at(self._reader, version))
                for entity_id, version in found
            ]
        return Changed(now, entities)

    @contextmanager
    def still(self) -> Iterator[StillCatalog]:
        """All of the catalog as it is at this moment, on a connection of its own."""
        reader = connect(self.path, read_only=True)
        with translated(self.path), closing(reader), one_moment(reader):
            yield StillCatalog(reader)
