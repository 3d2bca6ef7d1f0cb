"""Entities of one catalog: read, put, delete, page, and many at once."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Header, HTTPException, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.bodies import EntityPut, entity_in, lines_in, put_on
from api.dependencies import CatalogName, Source, Writable
from api.etags import NO_ENTITY, etag, expected_version, is_unchanged
from er_engine.errors import UnknownEntityError
from er_engine.wire import MAX_ID_LENGTH
from er_engine.wire_entities import (
    DEFAULT_PAGE,
    MAX_PAGE,
    BulkLine,
    BulkResult,
    EntityBody,
    EntityPage,
    LineStatus,
    WireEntity,
)

if TYPE_CHECKING:
    from index.live.catalog import LiveCatalog

router = APIRouter(prefix="/v1/catalogs/{catalog}/entities", tags=["entities"])

# So many entities change together; between these other changes get their turn.
BULK_AT_ONCE = 64
MAX_CURSOR = 4 * MAX_ID_LENGTH * 2

EntityId = Annotated[str, Path(min_length=1, max_length=MAX_ID_LENGTH, examples=["tv1"])]
IfMatch = Annotated[
    str | None,
    Header(description='change only this version: `"3"`, or `*` for any', examples=['"3"']),
]
IfNoneMatch = Annotated[str | None, Header(description="`*`: only if there is no such entity yet")]
_ETAG = {"ETag": {"description": "the version", "schema": {"type": "string", "example": '"3"'}}}
_CONFLICTS: dict[int | str, dict[str, Any]] = {
    409: {"description": "the catalog takes no changes"},
    412: {"description": "the entity has another version; read it again"},
    507: {"description": "the change can't be stored"},
}
_ENTITY_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": EntityBody.model_json_schema(),
                "example": EntityBody.model_json_schema()["examples"][0],
            }
        },
    }
}
_LINES_BODY = {
    "requestBody": {
        "required": True,
        "description": "one entity on each line, as in a JSONL catalog; with `version`, as a page "
        "answers it, only if the entity still has this version",
        "content": {
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "example": '{"id": "tv1", "name": "Chip and Potato"}\n'
                '{"id": "tv2", "name": "Lost", "type": "tv"}\n',
            }
        },
    }
}


@router.get("", summary="A page of entities, by id")
async def page(
    source: Source,
    catalog: CatalogName,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_PAGE,
    cursor: Annotated[
        str | None,
        Query(max_length=MAX_CURSOR, description="`next_cursor` of the page before"),
    ] = None,
) -> EntityPage:
    """Ask with `next_cursor` until it is null. What changes meanwhile may or may not be seen."""
    after = None if cursor is None else _id_in(cursor)
    found = await run_in_threadpool(source.page, after, limit + 1)
    shown = found[:limit]
    return EntityPage(
        entities=[WireEntity.of(entity, version) for entity, version in shown],
        next_cursor=_cursor(shown[-1][0].id) if len(found) > limit else None,
    )


@router.post(
    "",
    summary="Put many entities: one JSON object on each line",
    openapi_extra=_LINES_BODY,
    responses={
        409: {"description": "the catalog takes no changes"},
        413: {"description": "too many lines or bytes; nothing was done"},
    },
)
async def put_many(request: Request, catalog: CatalogName, writable: Writable) -> BulkResult:
    """Each line is stored or rejected by itself, in order; the whole is safe to repeat."""
    lines = await lines_in(request)
    results: list[BulkLine] = []
    for start in range(0, len(lines), BULK_AT_ONCE):
        some = lines[start : start + BULK_AT_ONCE]
        results += await writable.queue.run(partial(_store, writable.live, some))
    counts = {status: sum(line.status == status for line in results) for status in _STATUSES}
    return BulkResult(lines=results, **counts)


@router.get(
    "/{entity_id:path}",
    response_model=WireEntity,
    summary="One entity and its version",
    responses={200: {"headers": _ETAG}, 304: {"description": "the version of If-None-Match"}},
)
async def get_one(
    response: Response,
    source: Source,
    catalog: CatalogName,
    entity_id: EntityId,
    if_none_match: IfNoneMatch = None,
) -> Any:
    """The ETag is the version, for If-Match."""
    entity, version = await run_in_threadpool(source.get, entity_id)
    if is_unchanged(if_none_match, version):
        return Response(status_code=304, headers={"ETag": etag(version)})
    response.headers["ETag"] = etag(version)
    return WireEntity.of(entity, version)


@router.put(
    "/{entity_id:path}",
    summary="Put an entity, new or in place of what was there",
    openapi_extra=_ENTITY_BODY,
    responses={
        200: {"headers": _ETAG},
        201: {"model": WireEntity, "description": "it is new", "headers": _ETAG},
        **_CONFLICTS,
    },
)
async def put_one(
    request: Request,
    response: Response,
    writable: Writable,
    catalog: CatalogName,
    entity_id: EntityId,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> WireEntity:
    """The next query sees it.

    Without If-Match and If-None-Match, `version` in the body is the version that it must have now:
    what a GET answered can be changed and sent back. Putting what is there already changes nothing
    and is no conflict: a repeated request is safe.
    """
    asked = await entity_in(request, entity_id)
    version, is_new = await writable.queue.run(
        lambda: _put(writable.live, asked, if_match, if_none_match)
    )
    response.headers["ETag"] = etag(version)
    if is_new:
        response.status_code = 201
        response.headers["Location"] = (
            f"/v1/catalogs/{catalog}/entities/{quote(entity_id, safe='')}"
        )
    return WireEntity.of(asked.entity, version)


@router.delete(
    "/{entity_id:path}",
    status_code=204,
    response_class=Response,
    summary="Delete an entity",
    responses=_CONFLICTS,
)
async def delete_one(
    writable: Writable, catalog: CatalogName, entity_id: EntityId, if_match: IfMatch = None
) -> None:
    """The next query does not find it; 404 if there was none."""
    await writable.queue.run(lambda: _delete(writable.live, entity_id, if_match))


_STATUSES = ("stored", "unchanged", "rejected")


def _put(
    live: LiveCatalog, asked: EntityPut, if_match: str | None, if_none_match: str | None
) -> tuple[int, bool]:
    """Put it; return its version, and whether it is new."""
    current = _version_of(live, asked.entity.id)
    wanted = asked.version
    if if_match is not None or if_none_match is not None:
        wanted = expected_version(if_match, if_none_match, lambda: current)
    return live.upsert(asked.entity, if_version=wanted), current == NO_ENTITY


def _delete(live: LiveCatalog, entity_id: str, if_match: str | None) -> None:
    current = _version_of(live, entity_id)
    if current == NO_ENTITY:
        raise UnknownEntityError(entity_id)
    live.delete(entity_id, if_version=expected_version(if_match, None, lambda: current))


def _version_of(live: LiveCatalog, entity_id: str) -> int:
    try:
        return live.get(entity_id)[1]
    except UnknownEntityError:
        return NO_ENTITY


def _store(live: LiveCatalog, lines: Sequence[tuple[int, bytes]]) -> list[BulkLine]:
    """Store the lines that can be read; say what became of each."""
    read = [(number, put_on(line)) for number, line in lines]
    before = live.sequence
    puts = [item for _, item in read if isinstance(item, EntityPut)]
    stored = iter(live.bulk([put.entity for put in puts], [put.version for put in puts]))
    results = []
    for number, item in read:
        if isinstance(item, str):
            results.append(BulkLine(line=number, status="rejected", detail=item))
            continue
        result = next(stored)
        if result.version is None:
            results.append(
                BulkLine(line=number, status="rejected", id=result.id, detail=result.error)
            )
            continue
        status: LineStatus = "stored" if result.version > before else "unchanged"
        results.append(BulkLine(line=number, status=status, id=result.id, version=result.version))
    return results


def _cursor(entity_id: str) -> str:
    return base64.urlsafe_b64encode(entity_id.encode()).decode("ascii")


def _id_in(cursor: str) -> str:
    try:
        return base64.b64decode(cursor, altchars=b"-_", validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise HTTPException(422, "cursor: take `next_cursor` of the page before") from error
