"""Events of the Wyoming protocol, read with limits: who sends them may be anybody.

An event is a line of JSON (`type`, perhaps `data`, `data_length`, `payload_length`), then so many
bytes of JSON that are merged into `data`, then so many bytes of payload (audio, of which nothing is
needed here). The format is of https://github.com/OHF-Voice/wyoming; its own reader takes any length
that it is told, so this one is ours.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from er_engine.errors import ErEngineError
from er_engine.inputs.json_line import parse_object

MAX_LINE_BYTES = 32_768
MAX_DATA_BYTES = 65_536
# A second of what microphones send; satellites that stream to everybody are not refused for it.
MAX_PAYLOAD_BYTES = 262_144
MAX_TYPE_LENGTH = 100
_CHUNK = 16_384


class WyomingError(ErEngineError):
    """What was sent is no event, or too large; `code` names the kind for programs."""

    def __init__(self, message: str, code: str = "malformed") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Event:
    """One event without its payload."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """Read one event; None where the connection ended between two of them.

    The reader must have been made with a limit of at least `MAX_LINE_BYTES`.

    Raises:
        WyomingError: it is malformed or too large; what follows can't be read any more.
    """
    line = await _read_line(reader)
    if line is None:
        return None
    header = _object(line, "the header")
    kind = header.get("type")
    if not isinstance(kind, str) or not 0 < len(kind) <= MAX_TYPE_LENGTH:
        raise WyomingError(f"'type' must be a text of 1 to {MAX_TYPE_LENGTH} characters")
    data = header.get("data")
    if data is not None and not isinstance(data, dict):
        raise WyomingError("'data' must be an object")
    data_length = _length(header, "data_length", MAX_DATA_BYTES)
    payload_length = _length(header, "payload_length", MAX_PAYLOAD_BYTES)
    try:
        more = await reader.readexactly(data_length)
        while payload_length:
            dropped = await reader.readexactly(min(payload_length, _CHUNK))
            payload_length -= len(dropped)
    except asyncio.IncompleteReadError as error:
        raise WyomingError("the connection ended within an event") from error
    return Event(kind, {**(data or {}), **(_object(more, "the data") if more else {})})


def encoded(event: Event) -> bytes:
    """The bytes of an event, with its data behind the header, as the protocol's own writer does."""
    header: dict[str, Any] = {"type": event.type}
    data = b""
    if event.data:
        data = json.dumps(event.data, ensure_ascii=False, allow_nan=False).encode()
        header["data_length"] = len(data)
    return json.dumps(header).encode() + b"\n" + data


async def _read_line(reader: asyncio.StreamReader) -> bytes | None:
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise WyomingError("the connection ended within an event") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise WyomingError(f"a header has at most {MAX_LINE_BYTES:,} bytes", "too-large") from error


def _object(raw: bytes, what: str) -> dict[str, Any]:
    try:
        return parse_object(raw.decode())
    except ValueError as error:  # UnicodeDecodeError is one
        raise WyomingError(f"{what} is not a JSON object in UTF-8") from error


def _length(header: Mapping[str, Any], name: str, most: int) -> int:
    length = header.get(name)
    if length is None:
        return 0
    if isinstance(length, bool) or not isinstance(length, int) or length < 0:
        raise WyomingError(f"{name!r} must be a whole number, 0 or more")
    if length > most:
        raise WyomingError(f"{name!r} is {length:,}; at most {most:,} bytes are taken", "too-large")
    return length
