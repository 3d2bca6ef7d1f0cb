"""Operations on queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from er_engine.client.calls import Call, Steps, ask, catalog_path
from er_engine.client.chunks import chunks
from er_engine.errors import QueryError
from er_engine.options import NO_OPTIONS, ResolveOptions
from er_engine.types import Hypothesis
from er_engine.wire import DEFAULT_K, MAX_BATCH, ResolveRequest, ResolveResponse, WireHypothesis

NBest = str | Hypothesis | Sequence[str | Hypothesis]


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


def resolve(
    _default: str | None,
    nbest: NBest,
    *,
    k: int = DEFAULT_K,
    type: str | None = None,  # noqa: A002
    options: ResolveOptions = NO_OPTIONS,
    catalog: str | None = None,
) -> Steps[ResolveResponse]:
    """Resolve one utterance: a text, or the n-best list, best first."""
    request = request_of(nbest, k=k, type=type, options=options)
    return ask(
        Call(
            "POST",
            _path(catalog or _default),
            lambda answer: ResolveResponse.model_validate_json(answer.content),
            body=request.model_dump(mode="json", exclude_defaults=True),
        )
    )


def resolve_many(
    _default: str | None, requests: Iterable[ResolveRequest], *, catalog: str | None = None
) -> Steps[list[ResolveResponse]]:
    """Resolve many utterances, some at a time; `er_engine.client.request_of` makes requests."""
    answers: list[ResolveResponse] = []
    for some in chunks(requests, MAX_BATCH):
        answers += yield from ask(
            Call(
                "POST",
                _path(catalog or _default),
                lambda answer: [ResolveResponse.model_validate(item) for item in answer.json()],
                body=[item.model_dump(mode="json", exclude_defaults=True) for item in some],
            )
        )
    return answers


def _path(catalog: str | None) -> str:
    return "/v1/resolve" if catalog is None else f"{catalog_path(catalog)}/resolve"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | set | frozenset) else value
