"""`POST /v1/catalogs/{catalog}/lexical`: what a lexical search would have answered."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request

from api.context import RequestContext
from api.dependencies import CatalogName, Context, Named
from api.lexical import BASELINE, LexicalSearch
from api.limits import WorkQueue
from er_engine.resolver import Resolver
from er_engine.wire import first_words
from er_engine.wire_lexical import LexicalCandidate, LexicalRequest, LexicalResponse

router = APIRouter(tags=["resolve"])

# It is there to look at: queries that are answered for users come first.
MAX_WAITING = 8
_NOT_COMPARED: dict[int | str, dict[str, Any]] = {
    409: {"description": "this catalog can't be compared"}
}


class Baseline:
    """The baseline and its queue, beside that of the queries."""

    def __init__(self) -> None:
        self.search = LexicalSearch()
        self.queue = WorkQueue(max_waiting=MAX_WAITING)


async def _baseline(request: Request) -> Baseline:
    baseline: Baseline = request.app.state.baseline
    return baseline


@router.post(
    "/v1/catalogs/{catalog}/lexical",
    summary="What a lexical search would have answered, to compare",
    responses=_NOT_COMPARED,
)
async def lexical(
    catalog: CatalogName,
    named: Named,
    context: Context,
    query: LexicalRequest,
    baseline: Annotated[Baseline, Depends(_baseline)],
) -> LexicalResponse:
    """The five likeliest hypotheses count, each entity with the best of its surface forms."""
    _note(context, query)

    def work() -> LexicalResponse:
        resolver = named.resolver
        if not isinstance(resolver, Resolver):
            raise HTTPException(409, f"catalog {named.name!r} can't be compared")
        answer = baseline.search.top(named.name, resolver, query.hypotheses(), query.k, query.type)
        return LexicalResponse(
            baseline=BASELINE,
            candidates=[LexicalCandidate.of(entity, score) for entity, score in answer.found],
            milliseconds=round(answer.milliseconds, 3),
        )

    return await baseline.queue.run(work)


def _note(context: RequestContext, query: LexicalRequest) -> None:
    context.texts = [first_words(query.nbest)]
