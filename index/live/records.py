"""How an entity, its surface forms and their vectors are written into SQLite, and read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from er_engine.errors import CatalogDamagedError
from er_engine.phonemes.inventory import SYMBOLS, ids
from er_engine.search import FloatArray
from er_engine.types import Entity, SurfaceForm

VECTOR_TYPE = np.dtype("<f4")
DIGEST_BYTES = 16
# number, text, spoken, phonemes, vector
FormRow = tuple[int, str, str, bytes, bytes]


@dataclass(frozen=True, slots=True)
class EncodedEntity:
    """An entity with its surface forms and their vectors, float32 (n_forms, dimension)."""

    entity: Entity
    forms: Sequence[SurfaceForm]
    vectors: FloatArray


def entity_record(entity: Entity) -> str:
    """Return an entity as JSON; the same entity gives the same text."""
    record = {
        "id": entity.id,
        "name": entity.name,
        "type": entity.type,
        "aliases": list(entity.aliases),
        "attributes": dict(entity.attributes),
        "pronunciations": list(entity.pronunciations),
        "popularity": float(entity.popularity),
        "lang": entity.lang,
    }
    return json.dumps(record, ensure_ascii=False)


def entity_from(record: str) -> Entity:
    """Read what `entity_record` wrote.

    Raises:
        CatalogDamagedError: it is something else.
    """
    try:
        values: dict[str, Any] = json.loads(record)
        values["aliases"] = tuple(values["aliases"])
        values["pronunciations"] = tuple(values["pronunciations"])
        return Entity(**values)
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(record, error) from error


def form_rows(encoded: EncodedEntity) -> list[FormRow]:
    """Return the values of each surface form, numbered from 0."""
    return [
        (
            number,
            form.text,
            form.spoken,
            ids(form.pronunciation).tobytes(),
            np.ascontiguousarray(vector, dtype=VECTOR_TYPE).tobytes(),
        )
        for number, (form, vector) in enumerate(zip(encoded.forms, encoded.vectors, strict=True))
    ]


def digest(record: str, rows: Iterable[FormRow]) -> bytes:
    """Hash of all that is stored of an entity, so that a changed byte is found."""
    total = hashlib.blake2b(record.encode(), digest_size=DIGEST_BYTES)
    for number, text, spoken, phonemes, vector in rows:
        total.update(json.dumps([number, text, spoken, phonemes.hex()]).encode())
        total.update(vector)
    return total.digest()


def next_mark(mark: bytes, sequence: int, entity_id: str, content: bytes) -> bytes:
    """Chain of hashes: two histories that differ anywhere have different marks afterwards."""
    change = hashlib.blake2b(mark, digest_size=8)
    change.update(json.dumps([sequence, entity_id, content.hex()]).encode())
    return change.digest()


def decode(
    record: str, rows: Sequence[FormRow], expected: bytes, dimension: int | None
) -> EncodedEntity:
    """Read an entity back; its vectors have this dimension, None where no encoder is known.

    Raises:
        CatalogDamagedError: it is not what was written.
    """
    try:
        if digest(record, rows) != expected:
            raise ValueError("its hash is another one")
        if dimension is None:
            raise ValueError("its encoder is unknown")
        forms = [
            SurfaceForm(text, spoken, tuple(map(SYMBOLS.__getitem__, phonemes)))
            for _, text, spoken, phonemes, _ in rows
        ]
        vectors = np.frombuffer(b"".join(row[4] for row in rows), dtype=VECTOR_TYPE)
        shaped = vectors.reshape(len(rows), dimension).astype(np.float32, copy=False)
        return EncodedEntity(entity_from(record), forms, shaped)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise _damaged(record, error) from error


def _damaged(record: str, error: Exception) -> CatalogDamagedError:
    return CatalogDamagedError(
        f"the entity {str(record)[:60]!r} is not stored as it was written ({error}); restore the "
        "catalog from a backup"
    )
