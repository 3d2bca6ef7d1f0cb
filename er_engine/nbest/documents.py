"""A file of somebody else's JSON, cut into documents: one, a list of them, or one on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from er_engine.inputs.json_line import type_name
from er_engine.inputs.lines import decode
from er_engine.nbest.access import Json
from er_engine.nbest.utterance import Utterance

Line = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Source:
    """Where something stands in a file.

    `number` counts `unit`s from 1, `raw` is all of it, `suffix` tells it apart from others in the
    file in the names of queries (empty: there are no others).
    """

    number: int
    unit: str
    raw: bytes
    suffix: str


Reading = tuple[Source, list[Utterance] | ValueError]
Document = tuple[Source, Json | ValueError]


def is_json(lines: Sequence[Line]) -> bool:
    """Tell whether the file starts as JSON does."""
    return bool(lines) and lines[0][1].lstrip().startswith((b"{", b"["))


def parse_object(text: str) -> Json:
    """Return the JSON object that `text` is.

    Raises:
        ValueError: not JSON, or not an object.
    """
    found = _parse(text)
    if not isinstance(found, dict):
        raise ValueError(f"not a JSON object but {type_name(found)}")
    return found


def split(lines: Sequence[Line]) -> Iterator[Document]:
    """Yield the documents of a file's lines (none of them blank), each parsed or what is wrong."""
    if _is_one_on_each_line(lines):
        for number, raw in lines:
            yield Source(number, "line", raw, f"#{number}"), _parsed(raw)
        return
    whole = b"".join(raw for _, raw in lines)
    only = Source(1, "document", whole, "")
    try:
        found = _parse(decode(whole))
    except ValueError as error:
        yield only, error
        return
    if isinstance(found, list):
        for number, element in enumerate(found, 1):
            yield _element(number, element, whole)
    else:
        yield only, found if isinstance(found, dict) else _no_object(found)


def _element(number: int, found: object, whole: bytes) -> Document:
    try:
        raw = json.dumps(found).encode("ascii")
    except RecursionError:
        raw = whole
    source = Source(number, "document", raw, f"#{number}")
    return source, found if isinstance(found, dict) else _no_object(found)


def _no_object(found: object) -> ValueError:
    return ValueError(f"not a JSON object but {type_name(found)}; is this the recogniser's output?")


def _is_one_on_each_line(lines: Sequence[Line]) -> bool:
    """One of the first two lines is a whole object; both are looked at, as one may be damaged."""
    if len(lines) == 1:
        return False
    first = lines[0][1].strip()
    if not first.startswith(b"{"):
        return False
    return _is_object(first) or (first.endswith(b"}") and _is_object(lines[1][1]))


def _is_object(raw: bytes) -> bool:
    return not isinstance(_parsed(raw), ValueError)


def _parsed(raw: bytes) -> Json | ValueError:
    try:
        return parse_object(decode(raw))
    except ValueError as error:
        return error


def _parse(text: str) -> Any:
    """Read JSON; NaN and infinities, which some recognisers write, count as absent."""
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        where = f"column {error.colno}"
        if "\n" in text.strip():
            where = f"line {error.lineno}, {where}"
        raise ValueError(f"not JSON: {error.msg} at {where}") from error
    except RecursionError as error:
        raise ValueError("not readable: the JSON is nested too deeply") from error
