"""One JSON object on one line, read strictly: nothing of it may get lost unnoticed."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any


def parse_object(text: str) -> dict[str, Any]:
    """Return the JSON object that `text` is.

    Raises:
        ValueError: not JSON, not an object, a key given twice, NaN or an infinity, or half of a
            surrogate pair (which no UTF-8 file can hold).
    """
    try:
        found = json.loads(
            # What ends too early is told at its end, not at the start of the next line.
            text.rstrip("\r\n"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise ValueError("not readable: the JSON is nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError(f"not a JSON object but {type_name(found)}; write {{...}} on each line")
    if "\\u" in text:
        _check_surrogates(found)
    return found


def type_name(value: object) -> str:
    """Return what a JSON value is, in words for people."""
    names: dict[type, str] = {
        bool: "true or false",
        dict: "an object",
        float: "a number",
        int: "a number",
        list: "a list",
        str: "a text",
        type(None): "null",
    }
    return names.get(type(value), f"a {type(value).__name__}")


def to_line(record: dict[str, Any]) -> str:
    """Return one JSON line, with its line end."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = next(key for key, count in times.items() if count > 1)
        raise ValueError(f"the key {twice!r} is given twice")
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):  # 1e999 is JSON, and no number of ours
        raise ValueError(f"{digits[:20]} is too large for a number")
    return number


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number in JSON; leave the value out")


def _check_surrogates(found: dict[str, Any]) -> None:
    try:
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"\\u{ord(error.object[error.start]):04x} is half of a surrogate pair, not a character"
        ) from error
