"""All of a live catalog as it is at one moment, however long it takes to read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby

from er_engine.errors import CatalogError, StorageError
from er_engine.phonemes.inventory import INVENTORY_VERSION
from er_engine.types import Entity
from index.live.change_log import state_of
from index.live.records import EncodedEntity, decode, entity_from

_FORMS = "SELECT number, text, spoken, phonemes, vector FROM forms WHERE version = ? ORDER BY 1"


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


def mark_at(database: sqlite3.Connection, sequence: int) -> bytes | None:
    """Return the mark after this change, None where the log doesn't reach back so far."""
    query = "SELECT mark FROM changes WHERE sequence = ?"
    found = database.execute(query, (sequence,)).fetchone()
    return None if found is None else bytes(found[0])


def encoded_at(database: sqlite3.Connection, version: int) -> EncodedEntity:
    """Return the entity of this version with its forms and vectors."""
    record, expected, dimension = database.execute(
        "SELECT record, digest, dimension FROM entities "
        "LEFT JOIN encoders ON encoders.number = entities.encoder WHERE version = ?",
        (version,),
    ).fetchone()
    return decode(record, database.execute(_FORMS, (version,)).fetchall(), expected, dimension)


@contextmanager
def one_moment(database: sqlite3.Connection) -> Iterator[None]:
    """Let all that is read in the block be of one moment."""
    database.execute("BEGIN")
    try:
        yield
    finally:
        database.execute("ROLLBACK")


def _first(row: tuple[int, ...]) -> int:
    return row[0]
