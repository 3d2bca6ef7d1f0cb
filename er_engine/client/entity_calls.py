"""Operations on the entities of a catalog."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import httpx

from er_engine.catalog import entity_record
from er_engine.client.calls import Call, Pages, Steps, ask, catalog_path, nothing, path_part
from er_engine.client.chunks import BULK_AT_ONCE, chunks, joined
from er_engine.types import Entity
from er_engine.wire_entities import MAX_PAGE, BulkResult, EntityPage, WireEntity

_NDJSON = {"content-type": "application/x-ndjson"}


def get(_default: str | None, entity_id: str, *, catalog: str | None = None) -> Steps[WireEntity]:
    """Return an entity and its version; NotFoundError where there is none."""
    return ask(Call("GET", _path(catalog or _default, entity_id), _as_entity))


def put(
    _default: str | None,
    entity: Entity | WireEntity,
    *,
    if_version: int | None = None,
    catalog: str | None = None,
) -> Steps[WireEntity]:
    """Put an entity; the next query sees it.

    Args:
        entity: all of it; nothing is kept of what was there. One that was read from the service
            (`WireEntity`) is put only if it still has its version.
        if_version: the version that it must have now, 0 for none; None asks nothing more.
        catalog: see the class.

    Raises:
        VersionConflictError: somebody else changed it.
    """
    if isinstance(entity, WireEntity) and if_version is None:
        if_version = entity.version
    body = _record(entity)
    del body["id"]
    body.pop("version", None)
    return ask(
        Call(
            "PUT",
            _path(catalog or _default, entity.id),
            _as_entity,
            headers=_condition(if_version),
            body=body,
            versioned=None if if_version is None else (entity.id, if_version),
        )
    )


def delete(
    _default: str | None,
    entity_id: str,
    *,
    if_version: int | None = None,
    catalog: str | None = None,
) -> Steps[None]:
    """Delete an entity; NotFoundError where there is none, VersionConflictError as in `put`."""
    return ask(
        Call(
            "DELETE",
            _path(catalog or _default, entity_id),
            nothing,
            headers=_condition(if_version),
            versioned=None if if_version is None else (entity_id, if_version),
            gone_is_done=True,
        )
    )


def put_many(
    _default: str | None, entities: Iterable[Entity | WireEntity], *, catalog: str | None = None
) -> Steps[BulkResult]:
    """Put many entities; each is stored or rejected by itself. Safe to repeat.

    One that was read from the service (`WireEntity`) is put only if it still has its version.
    """
    results = []
    for some in chunks(entities, BULK_AT_ONCE):
        lines = [json.dumps(_record(item), ensure_ascii=False) + "\n" for item in some]
        results.append(
            (
                yield from ask(
                    Call(
                        "POST",
                        f"{catalog_path(catalog or _default)}/entities",
                        lambda answer: BulkResult.model_validate_json(answer.content),
                        headers=_NDJSON,
                        content="".join(lines).encode(),
                    )
                )
            )
        )
    return joined(results)


def entities(_default: str | None, *, catalog: str | None = None) -> Pages[WireEntity]:
    """Yield every entity, by id."""
    path = f"{catalog_path(catalog or _default)}/entities"

    def page(cursor: str | None) -> Call[tuple[Sequence[WireEntity], str | None]]:
        asked = {"limit": MAX_PAGE, **({"cursor": cursor} if cursor else {})}
        return Call("GET", path, _as_page, params=asked)

    return Pages(page)


def _path(catalog: str | None, entity_id: str) -> str:
    return f"{catalog_path(catalog)}/entities/{path_part(entity_id)}"


def _record(entity: Entity | WireEntity) -> dict[str, Any]:
    if isinstance(entity, WireEntity):
        return entity.model_dump(mode="json")
    return entity_record(entity)


def _condition(if_version: int | None) -> dict[str, str]:
    if if_version is None:
        return {}
    return {"If-Match": f'"{if_version}"'} if if_version else {"If-None-Match": "*"}


def _as_entity(answer: httpx.Response) -> WireEntity:
    return WireEntity.model_validate_json(answer.content)


def _as_page(answer: httpx.Response) -> tuple[Sequence[WireEntity], str | None]:
    page = EntityPage.model_validate_json(answer.content)
    return page.entities, page.next_cursor
