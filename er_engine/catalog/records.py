"""One raw record of a catalog file becomes an `Entity`, or the reason why it can't."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from er_engine.inputs.fields import (
    FieldError,
    Record,
    checked_text,
    optional_mapping,
    optional_number,
    optional_text,
    required_text,
    text_list,
)
from er_engine.phonemes.inventory import parse_pronunciation
from er_engine.types import Entity

MAX_ID_CHARACTERS = 500
MAX_NAME_CHARACTERS = 1_000
MAX_TYPE_CHARACTERS = 200
MAX_LANG_CHARACTERS = 35
MAX_ALIASES = 100
MAX_PRONUNCIATIONS = 20
MAX_POPULARITY = 3e38  # kept as float32

FIELDS = ("id", "name", "type", "aliases", "attributes", "pronunciations", "popularity", "lang")
LIST_FIELDS = ("aliases", "pronunciations")


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as its file has it: parsed, or a `ValueError` that says why it can't be."""

    number: int
    raw: bytes
    parsed: dict[str, Any] | ValueError


def entity_of(record: Record) -> Entity:
    """Return the entity of a record; keys that are no field of an entity become attributes.

    Raises:
        FieldError: a field is missing, empty, too long or of the wrong type.
    """
    return Entity(
        id=required_text(record, "id", MAX_ID_CHARACTERS),
        name=required_text(record, "name", MAX_NAME_CHARACTERS),
        type=optional_text(record, "type", MAX_TYPE_CHARACTERS),
        aliases=text_list(record, "aliases", MAX_NAME_CHARACTERS, MAX_ALIASES),
        attributes=_attributes(record),
        pronunciations=_pronunciations(record),
        popularity=_popularity(record),
        lang=optional_text(record, "lang", MAX_LANG_CHARACTERS),
    )


def _attributes(record: Record) -> dict[str, Any]:
    attributes = dict(optional_mapping(record, "attributes"))
    for key, value in record.items():
        if key in FIELDS:
            continue
        if key in attributes:
            raise FieldError(key, value, "given twice: here and in 'attributes'; keep one")
        attributes[key] = value
    return attributes


def _pronunciations(record: Record) -> tuple[str, ...]:
    written = text_list(record, "pronunciations", MAX_NAME_CHARACTERS, MAX_PRONUNCIATIONS)
    for pronunciation in written:
        try:
            parse_pronunciation(checked_text(pronunciation, "pronunciations", MAX_NAME_CHARACTERS))
        except FieldError:
            raise
        except ValueError as error:
            raise FieldError("pronunciations", pronunciation, str(error)) from error
    return written


def _popularity(record: Record) -> float:
    popularity = optional_number(record, "popularity") or 0.0
    if not 0 <= popularity <= MAX_POPULARITY:
        raise FieldError("popularity", popularity, f"must be from 0 to {MAX_POPULARITY:g}")
    return popularity
