"""Entities in SQLite, looked up by row, so that a large catalog needs no memory."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from er_engine.errors import IndexFormatError
from er_engine.types import Entity

_SCHEMA = """
CREATE TABLE entities (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    type TEXT,
    lang TEXT,
    popularity REAL NOT NULL,
    rest TEXT NOT NULL  -- JSON: aliases, attributes, pronunciations
)
"""
_BY_ROW = """
SELECT row, id, name, type, lang, popularity, rest FROM entities
WHERE row IN (SELECT value FROM json_each(?))
"""
# No entity has an empty id.
_PAGE = """
SELECT row, id, name, type, lang, popularity, rest FROM entities
WHERE id > ? ORDER BY id LIMIT ?
"""
_BY_ATTRIBUTE = """
SELECT entities.row, found.type, found.value
FROM entities, json_each(entities.rest, '$.attributes') AS found WHERE found.key = ?
"""


def write_entities(path: Path, entities: Iterable[Entity]) -> None:
    """Write a new database; the same entities give the same bytes.

    Raises:
        OSError: it can't be written, for example because the disk is full.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            # The folder is only published when it is complete: a journal would help nobody.
            database.execute("PRAGMA page_size = 4096")
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            database.execute(_SCHEMA)
            database.execute("BEGIN")
            database.executemany(
                "INSERT INTO entities (row, id, name, type, lang, popularity, rest) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (_values(row, entity) for row, entity in enumerate(entities)),
            )
            database.execute("COMMIT")
            database.execute("VACUUM")
    except sqlite3.OperationalError as error:
        raise OSError(f"{path.name} can't be written: {error}") from error


class EntityDatabase:
    """The entities of an index; an `EntityStore`. May be used from several threads."""

    def __init__(self, path: Path) -> None:
        """Open read-only.

        Raises:
            IndexFormatError: it is no database of entities.
        """
        self._lock = threading.Lock()
        # `immutable` skips locking: a built index never changes.
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        try:
            self._database = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self._count = int(self._one("SELECT count(*) FROM entities"))
        except sqlite3.Error as error:
            raise IndexFormatError(f"{path}: not a database of entities ({error})") from error

    def __len__(self) -> int:
        return self._count

    def get(self, rows: Sequence[int]) -> list[Entity]:
        """See `EntityStore.get`."""
        wanted = [int(row) for row in rows]
        for row in wanted:
            if not 0 <= row < self._count:
                raise IndexError(f"entity row {row} is outside 0..{self._count - 1}")
        with self._lock:
            found = self._database.execute(_BY_ROW, (json.dumps(wanted),)).fetchall()
        by_row = {values[0]: _entity(values) for values in found}
        return [by_row[row] for row in wanted]

    def row_of(self, entity_id: str) -> int | None:
        """Return the row of the entity with this id, or None."""
        found = self._one("SELECT row FROM entities WHERE id = ?", entity_id)
        return None if found is None else int(found)

    def page(self, after_id: str | None, limit: int) -> list[Entity]:
        """Return up to `limit` entities whose id comes after this one, by id; None starts."""
        with self._lock:
            found = self._database.execute(_PAGE, (after_id or "", limit)).fetchall()
        return [_entity(values) for values in found]

    def attribute_values(self, attribute: str) -> list[tuple[int, Any]]:
        """Return the row and the value of every entity that has this attribute."""
        with self._lock:
            found = self._database.execute(_BY_ATTRIBUTE, (attribute,)).fetchall()
        return [(int(row), _attribute(kind, value)) for row, kind, value in found]

    def problems(self) -> list[str]:
        """Return what SQLite finds wrong with its file, and gaps in the rows."""
        found = self._one("PRAGMA integrity_check")
        problems = [] if found == "ok" else [f"entities: SQLite says {found}"]
        if self._count and self._one("SELECT max(row) FROM entities") != self._count - 1:
            problems.append("entities: the rows have gaps")
        return problems

    def close(self) -> None:
        """Close the database; harmless when repeated."""
        self._database.close()

    def _one(self, query: str, *values: str) -> Any:
        with self._lock:
            found = self._database.execute(query, values).fetchone()
        return None if found is None else found[0]


def _values(row: int, entity: Entity) -> tuple[object, ...]:
    rest = json.dumps(
        {
            "aliases": list(entity.aliases),
            "attributes": dict(entity.attributes),
            "pronunciations": list(entity.pronunciations),
        },
        ensure_ascii=False,
    )
    return row, entity.id, entity.name, entity.type, entity.lang, float(entity.popularity), rest


def _attribute(kind: str, value: Any) -> Any:
    """The value that `json_each` describes; it has no booleans and no lists."""
    if kind in ("array", "object"):
        return json.loads(value)
    return bool(value) if kind in ("true", "false") else value


def _entity(values: tuple[Any, ...]) -> Entity:
    _, entity_id, name, type_name, lang, popularity, rest = values
    more = json.loads(rest)
    return Entity(
        id=entity_id,
        name=name,
        type=type_name,
        aliases=tuple(more["aliases"]),
        attributes=more["attributes"],
        pronunciations=tuple(more["pronunciations"]),
        popularity=popularity,
        lang=lang,
    )
