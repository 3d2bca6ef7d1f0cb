"""Access to JSON that others wrote; each failure names the path of the field, such as `a[0].b`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from er_engine.inputs.fields import FieldError
from er_engine.inputs.json_line import type_name

Json = Mapping[str, Any]

# Single precision makes a confidence of 1 a little more.
_ABOVE_ONE = 1e-4


def path(where: str, key: str) -> str:
    """Return the path of `key` in the object at `where` (empty: the document itself)."""
    return f"{where}.{key}" if where else key


def object_of(record: Json, key: str, where: str = "") -> Json:
    """Return the object under `key`, empty where it is absent or null."""
    value = record.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong(path(where, key), value, "an object")
    return value


def items_of(record: Json, key: str, where: str = "") -> list[tuple[str, Any]]:
    """Return what is in the list under `key`, each with its path; empty where it is absent."""
    value = record.get(key)
    if value is None:
        return []
    place = path(where, key)
    if not isinstance(value, list):
        raise wrong(place, value, "a list")
    return [(f"{place}[{number}]", item) for number, item in enumerate(value)]


def objects_of(record: Json, key: str, where: str = "") -> list[tuple[str, Json]]:
    """Return the objects in the list under `key`, each with its path; empty where it is absent."""
    found: list[tuple[str, Json]] = []
    for place, item in items_of(record, key, where):
        if not isinstance(item, dict):
            raise wrong(place, item, "an object")
        found.append((place, item))
    return found


def text_of(record: Json, key: str, where: str = "") -> str:
    """Return the text under `key`, empty where it is absent or null."""
    value = record.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise wrong(path(where, key), value, "a text")
    return value


def name_of(record: Json, *keys: str) -> str | None:
    """Return the first of these fields that names the utterance: a text, or a whole number."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is not None and not isinstance(value, str):
            raise wrong(key, value, "a text")
        if value and value.strip():
            return str(value)
    return None


def number_of(record: Json, key: str, where: str = "") -> float | None:
    """Return a finite number, also one written as a text; None where it is absent or null."""
    return as_number(record.get(key), path(where, key))


def as_number(value: object, place: str) -> float | None:
    """Return `value` as a finite number, also one written as a text; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong(place, value, "a number")
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise wrong(place, value, "a number") from error
    if not math.isfinite(number):
        raise FieldError(place, value, "must be a finite number")
    return number


def log_confidence(record: Json, key: str, where: str = "") -> float | None:
    """Return ln of a confidence from 0 to 1; None where it is absent or 0.

    Services write 0 where they give no confidence, and ln 0 would be no number.
    """
    confidence = number_of(record, key, where)
    if confidence is None or confidence == 0:
        return None
    if not 0 < confidence <= 1 + _ABOVE_ONE:
        raise FieldError(path(where, key), confidence, "a confidence must be from 0 to 1")
    return math.log(min(confidence, 1.0))


def wrong(place: str, value: object, wanted: str) -> FieldError:
    """Return the error that `value` is not what was wanted; the message shows plain values only."""
    plain = value if isinstance(value, str | int | float | bool) else None
    return FieldError(place, plain, f"must be {wanted}, not {type_name(value)}")
