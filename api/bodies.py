"""Bodies that are read strictly: nothing of an entity may get lost or be stored that can't be sent.

JSON parsers take NaN, keys given twice and halves of surrogate pairs; a catalog file may have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import HTTPException, Request

from er_engine.catalog.records import entity_of
from er_engine.errors import CatalogError
from er_engine.inputs.fields import FieldError
from er_engine.inputs.json_line import parse_object
from er_engine.types import Entity
from er_engine.wire_entities import MAX_BULK_BYTES, MAX_BULK_LINES


async def entity_in(request: Request, entity_id: str) -> Entity:
    """Read the entity of this id from the body of a request.

    Raises:
        HTTPException: 400, the body is not JSON.
        CatalogError: it is no entity.
    """
    try:
        record = parse_object((await request.body()).decode("utf-8"))
    except ValueError as error:
        raise HTTPException(400, f"the body: {error}") from error
    if record.get("id", entity_id) != entity_id:
        raise CatalogError("id: the body has another id than the path; leave it out of the body")
    return checked_entity({**record, "id": entity_id})


def checked_entity(record: Mapping[str, Any]) -> Entity:
    """Make an entity of an object.

    Raises:
        CatalogError: a field is missing or wrong; the message names it.
    """
    found = record.get("id")
    if found in (".", "..") or (isinstance(found, str) and "\n" in found):
        # Every HTTP client takes the first two out of a path; routes overlook a line end.
        raise CatalogError("id: '.', '..' and line ends can't be used, no address could name them")
    try:
        return entity_of(record)
    except FieldError as error:
        raise CatalogError(f"{error.field}: {error.what}") from error


async def lines_in(request: Request) -> list[tuple[int, bytes]]:
    """Read the lines of a body that are not blank, with their numbers from 1.

    Raises:
        HTTPException: 413, there are too many, or too many bytes; nothing was done.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BULK_BYTES:
            raise HTTPException(413, _too_much(f"{MAX_BULK_BYTES:,} bytes"))
    # Counted before they are split, blank ones too: millions of these would keep others waiting.
    if body.rstrip().count(b"\n") >= MAX_BULK_LINES:
        raise HTTPException(413, _too_much(f"{MAX_BULK_LINES:,} lines"))
    return [(number, line) for number, line in _numbered(bytes(body.rstrip())) if line.strip()]


def entity_on(line: bytes) -> Entity | str:
    """Read one line; return its entity, or what is wrong with it."""
    try:
        return checked_entity(parse_object(line.decode("utf-8")))
    except (ValueError, CatalogError) as error:
        return str(error)


def _numbered(body: bytes) -> Iterator[tuple[int, bytes]]:
    # Not splitlines: a JSON text may hold other line ends than these.
    return enumerate(body.split(b"\n"), start=1)


def _too_much(limit: str) -> str:
    return f"more than {limit} at once; nothing was done: send them in parts"
