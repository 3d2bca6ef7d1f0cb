"""Every operation of the service as a value: what to send, and how to read the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx

from er_engine.catalog import entity_record
from er_engine.errors import ConfigError, QueryError
from er_engine.options import NO_OPTIONS, ResolveOptions
from er_engine.types import Entity, Hypothesis
from er_engine.wire import DEFAULT_K, ResolveRequest, ResolveResponse, WireHypothesis
from er_engine.wire_entities import (
    BulkResult,
    CatalogInfo,
    CatalogList,
    EntityPage,
    SnapshotInfo,
    WireEntity,
)
from er_engine.wire_feedback import (
    AcceptAliases,
    AcceptedAlias,
    AcceptedAliases,
    AliasProposal,
    AliasReport,
    DismissAliases,
    FeedbackDeleted,
    FeedbackPage,
    FeedbackReceipt,
    FeedbackRequest,
)

T = TypeVar("T")
NBest = str | Hypothesis | Sequence[str | Hypothesis]
_CONTENT_TYPES = {
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
}
_NDJSON = {"content-type": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request.

    Attributes:
        method, path, params, headers: as HTTP has them.
        read: makes the result of a good answer.
        body: what to send as JSON.
        content: what to send as it is; a path is a file that is sent in parts.
        repeatable: whether doing it twice is the same as once.
        versioned: the entity and the version that it must have, for a conflict's message.
        gone_is_done: a request that is repeated since it may have done its work, and then finds
            nothing, has done it.
    """

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content: bytes | Path | None = None
    repeatable: bool = True
    versioned: tuple[str, int] | None = None
    gone_is_done: bool = False


def request_of(
    nbest: NBest,
    *,
    k: int = DEFAULT_K,
    type: str | None = None,  # noqa: A002
    options: ResolveOptions = NO_OPTIONS,
) -> ResolveRequest:
    """Make the request for one utterance.

    Raises:
        QueryError: the n-best list or an option is outside the limits of the service.
    """
    several = [nbest] if isinstance(nbest, str | Hypothesis) else nbest
    heard = [Hypothesis(item) if isinstance(item, str) else item for item in several]
    try:
        return ResolveRequest(
            nbest=[WireHypothesis(text=item.text, score=item.score) for item in heard],
            k=k,
            type=type,
            attributes={name: _plain(value) for name, value in options.attributes.items()},
            min_probability=options.min_probability,
            context=list(options.context),
            context_boost=options.context_boost,
            precision=options.precision,
            no_match_share=options.no_match_share,
            explain=options.explain,
        )
    except ValueError as error:
        raise QueryError(str(error)) from error


def resolve(catalog: str | None, request: ResolveRequest) -> Call[ResolveResponse]:
    """One utterance, in the default catalog if none is named."""
    path = "/v1/resolve" if catalog is None else f"{_catalog(catalog)}/resolve"
    return Call(
        "POST",
        path,
        lambda answer: ResolveResponse.model_validate_json(answer.content),
        body=request.model_dump(mode="json", exclude_defaults=True),
    )


def resolve_many(
    catalog: str | None, requests: Sequence[ResolveRequest]
) -> Call[list[ResolveResponse]]:
    """Several utterances."""
    path = "/v1/resolve" if catalog is None else f"{_catalog(catalog)}/resolve"
    return Call(
        "POST",
        path,
        lambda answer: [ResolveResponse.model_validate(item) for item in answer.json()],
        body=[item.model_dump(mode="json", exclude_defaults=True) for item in requests],
    )


def get(catalog: str | None, entity_id: str) -> Call[WireEntity]:
    """One entity."""
    return Call("GET", _entity(catalog, entity_id), _as_entity)


def put(catalog: str | None, entity: Entity, if_version: int | None) -> Call[WireEntity]:
    """Put one entity; version 0 asks for a new one."""
    body = entity_record(entity)
    del body["id"]
    return Call(
        "PUT",
        _entity(catalog, entity.id),
        _as_entity,
        headers=_condition(if_version),
        body=body,
        versioned=None if if_version is None else (entity.id, if_version),
    )


def delete(catalog: str | None, entity_id: str, if_version: int | None) -> Call[None]:
    """Delete one entity."""
    return Call(
        "DELETE",
        _entity(catalog, entity_id),
        _nothing,
        headers=_condition(if_version),
        versioned=None if if_version is None else (entity_id, if_version),
        gone_is_done=True,
    )


def put_many(catalog: str | None, entities: Iterable[Entity]) -> Call[BulkResult]:
    """Put many entities."""
    lines = [json.dumps(entity_record(item), ensure_ascii=False) + "\n" for item in entities]
    return Call(
        "POST",
        f"{_catalog(catalog)}/entities",
        lambda answer: BulkResult.model_validate_json(answer.content),
        headers=_NDJSON,
        content="".join(lines).encode(),
    )


def page(catalog: str | None, limit: int, cursor: str | None) -> Call[EntityPage]:
    """A page of entities."""
    return Call(
        "GET",
        f"{_catalog(catalog)}/entities",
        lambda answer: EntityPage.model_validate_json(answer.content),
        params={"limit": limit, **({"cursor": cursor} if cursor else {})},
    )


def list_catalogs() -> Call[list[CatalogInfo]]:
    """Every catalog."""
    return Call(
        "GET",
        "/v1/catalogs",
        lambda answer: CatalogList.model_validate_json(answer.content).catalogs,
    )


def describe_catalog(catalog: str | None) -> Call[CatalogInfo]:
    """One catalog."""
    return Call("GET", _catalog(catalog), _as_catalog)


def create_catalog(
    name: str, file: Path, lang: str, surface_forms: Sequence[str]
) -> Call[CatalogInfo]:
    """Upload a catalog file."""
    kind = _CONTENT_TYPES.get(file.suffix)
    if kind is None:
        known = ", ".join(_CONTENT_TYPES)
        raise ConfigError(f"{file}: unknown kind of catalog file; known are {known}")
    return Call(
        "POST",
        "/v1/catalogs",
        _as_catalog,
        params={"name": name, "lang": lang, "surface_form": list(surface_forms)},
        headers={"content-type": kind},
        content=file,
        repeatable=False,
    )


def delete_catalog(name: str) -> Call[None]:
    """Delete a catalog."""
    return Call("DELETE", _catalog(name), _nothing, gone_is_done=True)


def snapshot(catalog: str | None) -> Call[SnapshotInfo]:
    """Write a snapshot."""
    return Call(
        "POST",
        f"{_catalog(catalog)}/snapshot",
        lambda answer: SnapshotInfo.model_validate_json(answer.content),
    )


def add_feedback(catalog: str | None, feedback: FeedbackRequest) -> Call[FeedbackReceipt]:
    """Say what a user meant. Twice would count twice."""
    return Call(
        "POST",
        f"{_catalog(catalog)}/feedback",
        lambda answer: FeedbackReceipt.model_validate_json(answer.content),
        body=feedback.model_dump(mode="json"),
        repeatable=False,
    )


def feedback_page(catalog: str | None, limit: int, cursor: str | None) -> Call[FeedbackPage]:
    """A page of feedback."""
    return Call(
        "GET",
        f"{_catalog(catalog)}/feedback",
        lambda answer: FeedbackPage.model_validate_json(answer.content),
        params={"limit": limit, **({"cursor": cursor} if cursor else {})},
    )


def export_feedback(catalog: str | None) -> Call[str]:
    """All feedback as lines of a query file."""
    return Call("GET", f"{_catalog(catalog)}/feedback/export", lambda answer: answer.text)


def delete_feedback(
    catalog: str | None, before: datetime | None, number: int | None, everything: bool
) -> Call[int]:
    """Delete feedback for good."""
    if before is not None and before.tzinfo is None:
        raise QueryError("before: give it a time zone, such as datetime.now(UTC)")
    asked = {
        "before": None if before is None else before.isoformat(),
        "number": number,
        "all": "true" if everything else None,
    }
    return Call(
        "DELETE",
        f"{_catalog(catalog)}/feedback",
        lambda answer: FeedbackDeleted.model_validate_json(answer.content).deleted,
        params={name: value for name, value in asked.items() if value is not None},
    )


def proposals(catalog: str | None, min_count: int) -> Call[list[AliasProposal]]:
    """What feedback proposes."""
    return Call(
        "GET",
        f"{_catalog(catalog)}/proposals",
        lambda answer: AliasReport.model_validate_json(answer.content).proposals,
        params={"min_count": min_count},
    )


def accept_proposals(catalog: str | None, accepted: AcceptAliases) -> Call[list[AcceptedAlias]]:
    """Make proposals aliases."""
    return Call(
        "POST",
        f"{_catalog(catalog)}/proposals/accept",
        lambda answer: AcceptedAliases.model_validate_json(answer.content).accepted,
        body=accepted.model_dump(mode="json", exclude_none=True),
    )


def dismiss_proposals(catalog: str | None, dismissed: DismissAliases) -> Call[None]:
    """Propose these no more."""
    return Call(
        "POST",
        f"{_catalog(catalog)}/proposals/dismiss",
        _nothing,
        body=dismissed.model_dump(mode="json"),
    )


def _catalog(name: str | None) -> str:
    if name is None:
        raise ConfigError(
            "which catalog? name it: Client(..., catalog='films'), or catalog='films' in the call"
        )
    return f"/v1/catalogs/{_part(name)}"


def _entity(catalog: str | None, entity_id: str) -> str:
    return f"{_catalog(catalog)}/entities/{_part(entity_id)}"


def _part(text: str) -> str:
    """One part of a path.

    Every HTTP client takes `.` and `..` away, however they are written: the request would go to the
    catalog in place of one entity in it. A line end is not seen at the end of a path.
    """
    if text in ("", ".", "..") or "\n" in text:
        raise QueryError(f"{text!r} can't be a part of an address; use another id")
    return quote(text, safe="")


def _condition(if_version: int | None) -> dict[str, str]:
    if if_version is None:
        return {}
    return {"If-Match": f'"{if_version}"'} if if_version else {"If-None-Match": "*"}


def _as_entity(answer: httpx.Response) -> WireEntity:
    return WireEntity.model_validate_json(answer.content)


def _as_catalog(answer: httpx.Response) -> CatalogInfo:
    return CatalogInfo.model_validate_json(answer.content)


def _nothing(_answer: httpx.Response) -> None:
    return None


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | set | frozenset) else value
