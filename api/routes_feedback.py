"""What users meant in the end, the training data it makes, and the aliases that it proposes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime
from starlette.concurrency import run_in_threadpool

from api.dependencies import CatalogName, Writable
from er_engine.wire import WireHypothesis
from er_engine.wire_entities import DEFAULT_PAGE, MAX_PAGE
from er_engine.wire_feedback import (
    AcceptAliases,
    AcceptedAlias,
    AcceptedAliases,
    AliasChoice,
    AliasProposal,
    AliasReport,
    DismissAliases,
    FeedbackDeleted,
    FeedbackPage,
    FeedbackReceipt,
    FeedbackRequest,
    StoredFeedback,
)

if TYPE_CHECKING:
    from index.live import feedback as stored
    from index.live.catalog import LiveCatalog

router = APIRouter(prefix="/v1/catalogs/{catalog}", tags=["feedback"])

EXPORTED_AT_ONCE = 1_000
MAX_PROPOSALS = 1_000
MAX_NUMBER = 10**15
NDJSON = "application/x-ndjson"
_READ_ONLY: dict[int | str, dict[str, Any]] = {
    409: {"description": "the catalog keeps no feedback"}
}
_LINE = (
    '{"id": "feedback-17", "nbest": [{"text": "shipping potato"}], "entity_ids": ["tv1"], '
    '"tags": {"feedback": "correction"}}\n'
)
MinCount = Annotated[int, Query(ge=1, le=1_000_000, description="heard at least so often")]


@router.post(
    "/feedback",
    status_code=201,
    summary="Say which entity the user meant in the end",
    responses=_READ_ONLY,
)
async def add(
    catalog: CatalogName, writable: Writable, feedback: FeedbackRequest
) -> FeedbackReceipt:
    """A correction or a rephrase.

    Nothing changes until a person or a threshold accepts what it proposes.
    """
    from index.live.feedback import Feedback

    item = Feedback(
        nbest=feedback.hypotheses(),
        entity_id=feedback.entity_id,
        kind=feedback.kind,
        answered_id=feedback.answered_id,
        type=feedback.type,
    )
    number = await writable.queue.run(lambda: writable.live.add_feedback(item))
    return FeedbackReceipt(number=number)


@router.get("/feedback", summary="A page of feedback, oldest first", responses=_READ_ONLY)
async def page(
    catalog: CatalogName,
    writable: Writable,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_PAGE,
    cursor: Annotated[
        str | None,
        Query(pattern=r"^[0-9]{1,18}$", description="`next_cursor` of the page before"),
    ] = None,
) -> FeedbackPage:
    """Ask with `next_cursor` until it is null."""
    found = await run_in_threadpool(writable.live.feedback, int(cursor or 0), limit + 1)
    shown = found[:limit]
    return FeedbackPage(
        feedback=[_stored(item) for item in shown],
        next_cursor=str(shown[-1].number) if len(found) > limit else None,
    )


@router.delete(
    "/feedback",
    summary="Delete feedback for good: what is old, one, or all",
    responses=_READ_ONLY,
)
async def forget(
    catalog: CatalogName,
    writable: Writable,
    before: Annotated[
        AwareDatetime | None,
        Query(
            description="what was stored before this time, with its zone",
            examples=["2026-08-01T00:00:00Z"],
        ),
    ] = None,
    number: Annotated[
        int | None, Query(ge=1, le=MAX_NUMBER, description="the one with this number")
    ] = None,
    everything: Annotated[bool, Query(alias="all", description="all there is")] = False,
) -> FeedbackDeleted:
    """Give exactly one of the three, so that nothing is deleted by mistake.

    Its words are overwritten in the database; proposals follow, aliases stay. Safe to repeat.
    Backups that were made before still have it.
    """
    from index.live.feedback import Chosen

    if (before is not None) + (number is not None) + everything != 1:
        raise HTTPException(422, "give exactly one of `before`, `number` and `all=true`")
    chosen = Chosen(None if before is None else before.timestamp(), number)
    deleted = await writable.queue.run(lambda: writable.live.forget_feedback(chosen))
    return FeedbackDeleted(deleted=deleted)


@router.get(
    "/feedback/export",
    summary="All feedback as a query file, to train and to evaluate with",
    response_class=StreamingResponse,
    responses={
        200: {"content": {NDJSON: {"schema": {"type": "string"}, "example": _LINE}}},
        **_READ_ONLY,
    },
)
async def export(catalog: CatalogName, writable: Writable) -> StreamingResponse:
    """One query on each line (JSONL)."""
    return StreamingResponse(_lines(writable.live), media_type=NDJSON)


@router.get(
    "/proposals",
    summary="What self-learning would change: aliases, with how often they were meant",
    responses=_READ_ONLY,
)
async def proposals(
    catalog: CatalogName, writable: Writable, min_count: MinCount = 2
) -> AliasReport:
    """Most often meant first, at most 1,000. Nothing changes until it is accepted."""
    found = await run_in_threadpool(writable.live.alias_proposals, min_count)
    return AliasReport(proposals=[_proposal(item) for item in found[:MAX_PROPOSALS]])


@router.post(
    "/proposals/accept",
    summary="Make proposals aliases: chosen ones, or all above a threshold",
    responses={404: {"description": "there is no such entity"}, **_READ_ONLY},
)
async def accept(
    catalog: CatalogName, writable: Writable, accepted: AcceptAliases
) -> AcceptedAliases:
    """The next query finds them. Safe to repeat: what is an alias already is listed as not new."""
    found = await writable.queue.run(lambda: _accept(writable.live, accepted))
    return AcceptedAliases(accepted=found)


@router.post(
    "/proposals/dismiss",
    status_code=204,
    response_class=Response,
    summary="Propose these aliases no more",
    responses=_READ_ONLY,
)
async def dismiss(catalog: CatalogName, writable: Writable, dismissed: DismissAliases) -> None:
    """Safe to repeat."""
    await writable.queue.run(lambda: _dismiss(writable.live, dismissed))


def _stored(item: stored.Feedback) -> StoredFeedback:
    return StoredFeedback(
        nbest=[WireHypothesis(text=heard.text, score=heard.score) for heard in item.nbest],
        entity_id=item.entity_id,
        kind=item.kind,
        answered_id=item.answered_id,
        type=item.type,
        number=item.number,
        stored=datetime.fromtimestamp(item.stored, UTC) if item.stored else None,
    )


def _proposal(item: stored.AliasProposal) -> AliasProposal:
    return AliasProposal(
        entity_id=item.entity_id, alias=item.text, count=item.count, share=round(item.share, 6)
    )


def _lines(live: LiveCatalog) -> Iterator[str]:
    after = 0
    while some := live.feedback(after, EXPORTED_AT_ONCE):
        yield "".join(json.dumps(item.as_query(), ensure_ascii=False) + "\n" for item in some)
        after = some[-1].number


def _accept(live: LiveCatalog, accepted: AcceptAliases) -> list[AcceptedAlias]:
    if accepted.min_count is not None:
        # So that a request that is repeated since its answer got lost tells the same.
        before = live.accepted_aliases(accepted.min_count, accepted.min_share)
        done = live.accept_aliases(accepted.min_count, accepted.min_share)
        return [
            *(_accepted(item, new=True) for item in done),
            *(_accepted(item) for item in before),
        ]
    listed = [*live.alias_proposals(1), *live.accepted_aliases(1, 0.0)]
    known = {(item.entity_id, item.text): item for item in listed}
    return [_accept_one(live, known, choice) for choice in accepted.choices]


def _accept_one(
    live: LiveCatalog, known: Mapping[tuple[str, str], stored.AliasProposal], choice: AliasChoice
) -> AcceptedAlias:
    _, before = live.get(choice.entity_id)
    new = live.accept_alias(choice.entity_id, choice.alias) != before
    proposal = known.get((choice.entity_id, choice.alias))
    if proposal is not None:
        return _accepted(proposal, new)
    return AcceptedAlias(
        entity_id=choice.entity_id, alias=choice.alias, count=0, share=0.0, new=new
    )


def _accepted(item: stored.AliasProposal, new: bool = False) -> AcceptedAlias:
    return AcceptedAlias(**_proposal(item).model_dump(), new=new)


def _dismiss(live: LiveCatalog, dismissed: DismissAliases) -> None:
    for choice in dismissed.choices:
        live.dismiss_alias(choice.entity_id, choice.alias)
