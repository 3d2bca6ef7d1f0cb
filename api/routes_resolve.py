"""`POST /v1/resolve` and `POST /v1/catalogs/{catalog}/resolve`: one n-best list, or many."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import Discriminator, Field, Tag

from api.catalogs import Catalogs, ServedCatalog
from api.context import RequestContext
from api.dependencies import CatalogName, Context, ReadyCatalogs, Work, find
from api.limits import WorkQueue
from api.rate_limit import charge
from er_engine.errors import QueryError
from er_engine.wire import MAX_BATCH, ResolveRequest, ResolveResponse, first_words

router = APIRouter(tags=["resolve"])

_EXAMPLES: dict[str, Any] = {
    "one": {
        "summary": "one utterance",
        "value": {"nbest": [{"text": "shipping potato", "score": -3.1}], "k": 5, "type": None},
    },
    "nbest": {
        "summary": "an n-best list",
        "value": {"nbest": [{"text": "shipping potato"}, {"text": "chip in potato"}], "k": 3},
    },
    "filtered": {
        "summary": "with filters, what is on the screen, and an explanation",
        "value": {
            "nbest": [{"text": "shipping potato"}],
            "attributes": {"year": [2018, 2019]},
            "min_probability": 0.05,
            "context": ["tv1"],
            "explain": True,
        },
    },
    "batch": {
        "summary": "several utterances",
        "value": [{"nbest": [{"text": "shipping potato"}]}, {"nbest": [{"text": "next doors"}]}],
    },
}


# So many queries of a batch are answered in one turn.
QUERIES_AT_ONCE = 8


def _one_or_batch(value: object) -> str:
    return "batch" if isinstance(value, list) else "one"


OneOrBatch = Annotated[
    Annotated[ResolveRequest, Tag("one")]
    | Annotated[list[ResolveRequest], Field(min_length=1, max_length=MAX_BATCH), Tag("batch")],
    Discriminator(_one_or_batch),
    Body(openapi_examples=_EXAMPLES),
]
Answer = ResolveResponse | list[ResolveResponse]
Planned = Sequence[tuple[ServedCatalog, ResolveRequest]]


@router.post(
    "/v1/resolve",
    response_model=Answer,
    response_model_exclude_unset=True,
    summary="Resolve one n-best list, or a list of them",
)
async def resolve(catalogs: ReadyCatalogs, work: Work, context: Context, query: OneOrBatch) -> Any:
    """Each query may name its `catalog`; the first one served is the default."""
    return await _answer(catalogs, work, context, query, None)


@router.post(
    "/v1/catalogs/{catalog}/resolve",
    response_model=Answer,
    response_model_exclude_unset=True,
    summary="The same in the catalog of this name",
)
async def resolve_in_catalog(
    catalog: CatalogName, catalogs: ReadyCatalogs, work: Work, context: Context, query: OneOrBatch
) -> Any:
    """The name in the path wins over the `catalog` of a query."""
    return await _answer(catalogs, work, context, query, catalog)


async def _answer(
    catalogs: Catalogs,
    work: WorkQueue,
    context: RequestContext,
    query: ResolveRequest | list[ResolveRequest],
    name: str | None,
) -> Answer:
    batch = query if isinstance(query, list) else [query]
    charge(context, len(batch) - 1)
    # All catalogs are looked up first: a batch is answered as a whole or not at all.
    planned = [(find(catalogs, name or item.catalog), item) for item in batch]
    context.catalog = planned[0][0].name
    context.texts = [first_words(item.nbest) for item in batch]
    answers: list[ResolveResponse] = []
    # In parts: others get their turn, and a request that is given up ends here.
    for start in range(0, len(planned), QUERIES_AT_ONCE):
        some = planned[start : start + QUERIES_AT_ONCE]
        first = start if isinstance(query, list) else None
        part = partial(_resolve_all, some, time.perf_counter(), first)
        answers += await work.run(part, len(some), begun=start > 0)
    _note(context, answers)
    return answers if isinstance(query, list) else answers[0]


def _resolve_all(planned: Planned, began: float, first: int | None) -> list[ResolveResponse]:
    """Answer these; `first` is the place of the first one in its batch."""
    waited = (time.perf_counter() - began) * 1000
    answers = []
    for number, (catalog, query) in enumerate(planned, start=first or 0):
        try:
            answers.append(_resolve(catalog, query, waited))
        except QueryError as error:
            if first is None:
                raise
            raise QueryError(f"[{number}]: {error}") from error
    return answers


def _resolve(catalog: ServedCatalog, query: ResolveRequest, waited: float) -> ResolveResponse:
    began = time.perf_counter()
    resolution = catalog.resolver.resolve(
        query.hypotheses(), k=query.k, type=query.type, options=query.options()
    )
    total = (time.perf_counter() - began) * 1000 + waited
    timings = {"queue": waited, **resolution.timings, "total": total}
    return ResolveResponse.of(resolution, timings_ms=_readable(timings))


def _readable(timings: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(value, 3) for stage, value in timings.items()}


def _note(context: RequestContext, answers: Sequence[ResolveResponse]) -> None:
    """Tell logs and metrics what was decided, and how long each stage took, in seconds."""
    context.decisions = [answer.decision for answer in answers]
    for answer in answers:
        for stage, value in (answer.timings_ms or {}).items():
            if stage != "total":
                context.stages[stage] = context.stages.get(stage, 0.0) + value / 1000
