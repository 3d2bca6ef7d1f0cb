"""Entities to JSONL."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from er_engine.files import write_atomically
from er_engine.inputs.json_line import to_line
from er_engine.inputs.lines import pack
from er_engine.types import Entity


def entity_record(entity: Entity) -> dict[str, Any]:
    """Return the JSON object of an entity; fields that say nothing are left out."""
    record: dict[str, Any] = {"id": entity.id, "name": entity.name}
    optional: dict[str, Any] = {
        "type": entity.type,
        "aliases": list(entity.aliases),
        "attributes": dict(entity.attributes),
        "pronunciations": list(entity.pronunciations),
        "popularity": entity.popularity,
        "lang": entity.lang,
    }
    record.update({key: value for key, value in optional.items() if value})
    return record


def write_catalog(path: Path | str, entities: Iterable[Entity]) -> None:
    """Write a JSONL catalog (compressed where the name ends in `.gz`), all of it or nothing.

    Raises:
        OSError: the file can't be written; what was there is then unchanged.
    """
    path = Path(path)
    text = "".join(to_line(entity_record(entity)) for entity in entities)
    write_atomically(path, pack(path, text))
