"""Bodies that are read strictly: nothing of an entity may get lost or be stored that can't be sent.

JSON parsers take NaN, keys given twice and halves of surrogate pairs; a catalog file may have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request

from er_engine.catalog.records import entity_of
from er_engine.errors import CatalogError
from er_engine.inputs.fields import FieldError
from er_engine.inputs.json_line import parse_object
from er_engine.types import Entity
from er_engine.wire_entities import MAX_BULK_BYTES, MAX_BULK_LINES

MAX_VERSION = 2**63 - 1


@dataclass(frozen=True, slots=True)
class EntityPut:
    """An entity to put, and the version that it must have now: 0 for none, None for any."""

    entity: Entity
    version: int | None = None


async def entity_in(request: Request, entity_id: str) -> EntityPut:
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
    return checked_put({**record, "id": entity_id})


def checked_put(record: Mapping[str, Any]) -> EntityPut:
    """Make an entity of an object; its `version`, as a GET answers it, is no part of it.

    Raises:
        CatalogError: a field is missing or wrong; the message names it.
    """
    found = record.get("id")
    if found in (".", "..") or (isinstance(found, str) and "\n" in found):
        # Every HTTP client takes the first two out of a path; routes overlook a line end.
        raise CatalogError("id: '.', '..' and line ends can't be used, no address could name them")
    fields = dict(record)
    version = fields.pop("version", None)
    if version is not None and not _is_version(version):
        raise CatalogError(
            "version: it must be the number that the entity had when you read it, 0 for a new one; "
            "an attribute of this name belongs into 'attributes'"
        )
    try:
        return EntityPut(entity_of(fields), version)
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


def put_on(line: bytes) -> EntityPut | str:
    """Read one line; return what to put, or what is wrong with it."""
    try:
        return checked_put(parse_object(line.decode("utf-8")))
    except (ValueError, CatalogError) as error:
        return str(error)


def _is_version(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_VERSION


def _numbered(body: bytes) -> Iterator[tuple[int, bytes]]:
    # Not splitlines: a JSON text may hold other line ends than these.
    return enumerate(body.split(b"\n"), start=1)


def _too_much(limit: str) -> str:
    return f"more than {limit} at once; nothing was done: send them in parts"
