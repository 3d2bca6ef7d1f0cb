"""Changes of entities: each gets a number and a mark, and replaces what was there."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from er_engine.errors import UnknownEntityError, VersionConflictError
from index.live.records import (
    EncodedEntity,
    FormRow,
    digest,
    entity_record,
    form_rows,
    next_mark,
)
from index.live.write_points import Reached


@dataclass(frozen=True, slots=True)
class Change:
    """An entity to put, or only its id to delete it.

    Attributes:
        entity_id: which one.
        encoded: what to put; None deletes.
        if_version: the version that it must have now, 0 for none; None asks nothing.
    """

    entity_id: str
    encoded: EncodedEntity | None = None
    if_version: int | None = None


class ChangeLog:
    """Makes changes inside one transaction."""

    def __init__(self, writer: sqlite3.Connection, encoder: int, reached: Reached) -> None:
        self._writer = writer
        self._encoder = encoder
        self._reached = reached
        self._before, self._mark = state_of(writer)
        self._sequence = self._before

    def make(self, change: Change) -> int:
        """Make one; return the version of the entity (of a delete the number of the change).

        Raises:
            VersionConflictError: the entity doesn't have the version asked for.
            UnknownEntityError: an entity to delete isn't there.
        """
        found = self._writer.execute(
            "SELECT version, record, encoder FROM entities WHERE id = ?", (change.entity_id,)
        ).fetchone()
        version = 0 if found is None else int(found[0])
        if change.encoded is None:
            _check_version(change, version)
            if not version:
                raise UnknownEntityError(change.entity_id)
            return self._write(change.entity_id, version, b"deleted")
        record, rows = entity_record(change.encoded.entity), form_rows(change.encoded)
        content = digest(record, rows)
        if found is not None and found[1:] == (record, self._encoder):
            return version
        _check_version(change, version)
        new = self._write(change.entity_id, version, content)
        self._put(new, change.entity_id, record, content, rows)
        return new

    def try_to_make(self, change: Change) -> int | VersionConflictError:
        """Make one as `make` does, or return why it can't be made; then nothing of it is."""
        try:
            return self.make(change)
        except VersionConflictError as error:  # before anything was written
            return error

    def finish(self) -> None:
        """Note the number of the last change; call it once, after all."""
        if self._sequence != self._before:
            values = ((self._sequence, "sequence"), (self._mark, "mark"))
            self._writer.executemany("UPDATE state SET value = ? WHERE key = ?", values)

    def _write(self, entity_id: str, version: int, content: bytes) -> int:
        self._sequence += 1
        self._mark = next_mark(self._mark, self._sequence, entity_id, content)
        if version:
            self._writer.execute("DELETE FROM entities WHERE version = ?", (version,))
            self._reached("database: between the tables")
            self._writer.execute("DELETE FROM forms WHERE version = ?", (version,))
        values = (self._sequence, entity_id, self._mark)
        self._writer.execute("INSERT INTO changes VALUES (?, ?, ?)", values)
        return self._sequence

    def _put(
        self, version: int, entity_id: str, record: str, content: bytes, rows: list[FormRow]
    ) -> None:
        self._writer.execute(
            "INSERT INTO entities VALUES (?, ?, ?, ?, ?)",
            (version, entity_id, record, self._encoder, content),
        )
        self._reached("database: between entity and forms")
        self._writer.executemany(
            "INSERT INTO forms VALUES (?, ?, ?, ?, ?, ?)", ((version, *row) for row in rows)
        )


def _check_version(change: Change, version: int) -> None:
    if change.if_version is not None and change.if_version != version:
        raise VersionConflictError(change.entity_id, change.if_version, version)


def state_of(database: sqlite3.Connection) -> tuple[int, bytes]:
    """The number of the last change, and the mark of all changes."""
    query = "SELECT value FROM state WHERE key = ?"
    sequence, mark = (database.execute(query, (key,)).fetchone()[0] for key in ("sequence", "mark"))
    return int(sequence), bytes(mark)
