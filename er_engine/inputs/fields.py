"""Checked access to the fields of one record; each failure names field, value and remedy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from er_engine.inputs.json_line import type_name

Record = Mapping[str, Any]


class FieldError(ValueError):
    """A field of a record is wrong."""

    def __init__(self, field: str, value: object, what: str) -> None:
        super().__init__(what)
        self.field = field
        self.value = value
        self.what = what


def required_text(record: Record, field: str, limit: int) -> str:
    """Return a text of 1 to `limit` characters that is not only white space."""
    if record.get(field) is None:
        raise FieldError(field, None, "missing")
    return checked_text(record[field], field, limit)


def optional_text(record: Record, field: str, limit: int) -> str | None:
    """Return the text, or None where the field is absent or null."""
    return None if record.get(field) is None else checked_text(record[field], field, limit)


def text_or_blank(record: Record, field: str, limit: int) -> str:
    """Return a text of at most `limit` characters, which may be empty or only white space."""
    if record.get(field) is None:
        raise FieldError(field, None, "missing")
    return _text_to(record[field], field, limit)


def checked_text(value: object, field: str, limit: int) -> str:
    """Return `value` if it is a text of 1 to `limit` characters."""
    if isinstance(value, str) and not value.strip():
        raise FieldError(field, value, "empty")
    return _text_to(value, field, limit)


def _text_to(value: object, field: str, limit: int) -> str:
    if not isinstance(value, str):
        raise FieldError(field, value, f"must be a text, not {type_name(value)}")
    if len(value) > limit:
        raise FieldError(field, value, f"{len(value):,} characters long; at most {limit:,} allowed")
    return value


def text_list(record: Record, field: str, limit: int, most: int) -> tuple[str, ...]:
    """Return a list of at most `most` texts, empty where the field is absent or null."""
    values = record.get(field)
    if values is None:
        return ()
    if not isinstance(values, list):
        raise FieldError(field, values, f"must be a list of texts, not {type_name(values)}")
    if len(values) > most:
        raise FieldError(field, values, f"{len(values):,} entries; at most {most:,} allowed")
    return tuple(checked_text(value, field, limit) for value in values)


def optional_number(record: Record, field: str) -> float | None:
    """Return a finite number, or None where the field is absent or null."""
    value = record.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError(field, value, f"must be a number, not {type_name(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise FieldError(field, value, "must be a finite number")
    return number


def optional_mapping(record: Record, field: str) -> dict[str, Any]:
    """Return an object, empty where the field is absent or null."""
    value = record.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FieldError(field, value, f"must be an object, not {type_name(value)}")
    return value
