"""Operations on feedback, and on the aliases that it proposes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import httpx

from er_engine.client.calls import Call, Pages, Steps, ask, catalog_path, nothing
from er_engine.client.query_calls import NBest, request_of
from er_engine.errors import QueryError
from er_engine.wire_entities import MAX_PAGE
from er_engine.wire_feedback import (
    AcceptAliases,
    AcceptedAlias,
    AcceptedAliases,
    AliasChoice,
    AliasProposal,
    AliasReport,
    DismissAliases,
    FeedbackDeleted,
    FeedbackKind,
    FeedbackPage,
    FeedbackReceipt,
    FeedbackRequest,
    StoredFeedback,
)


def add_feedback(
    _default: str | None,
    nbest: NBest,
    entity_id: str,
    *,
    kind: FeedbackKind = "correction",
    answered_id: str | None = None,
    type: str | None = None,  # noqa: A002
    catalog: str | None = None,
) -> Steps[FeedbackReceipt]:
    """Say which entity the user meant in the end by what was heard at first."""
    feedback = FeedbackRequest(
        nbest=request_of(nbest).nbest,
        entity_id=entity_id,
        kind=kind,
        answered_id=answered_id,
        type=type,
    )
    return ask(
        Call(
            "POST",
            f"{catalog_path(catalog or _default)}/feedback",
            lambda answer: FeedbackReceipt.model_validate_json(answer.content),
            body=feedback.model_dump(mode="json"),
            repeatable=False,  # twice would count twice
        )
    )


def feedback(_default: str | None, *, catalog: str | None = None) -> Pages[StoredFeedback]:
    """Yield all feedback, oldest first."""
    path = f"{catalog_path(catalog or _default)}/feedback"

    def page(cursor: str | None) -> Call[tuple[Sequence[StoredFeedback], str | None]]:
        asked = {"limit": MAX_PAGE, **({"cursor": cursor} if cursor else {})}
        return Call("GET", path, _as_page, params=asked)

    return Pages(page)


def export_feedback(_default: str | None, *, catalog: str | None = None) -> Steps[str]:
    """Return all feedback as a query file (JSONL), to train and to evaluate with."""
    path = f"{catalog_path(catalog or _default)}/feedback/export"
    return ask(Call("GET", path, lambda answer: answer.text))


def delete_feedback(
    _default: str | None,
    *,
    before: datetime | None = None,
    number: int | None = None,
    everything: bool = False,
    catalog: str | None = None,
) -> Steps[int]:
    """Delete feedback for good; return how much. Aliases that were made of it stay.

    Args:
        before: what was stored before this time, which has a zone.
        number: the one with this number.
        everything: all there is. Give exactly one of the three.
        catalog: see the class.
    """
    if before is not None and before.tzinfo is None:
        raise QueryError("before: give it a time zone, such as datetime.now(UTC)")
    asked = {
        "before": None if before is None else before.isoformat(),
        "number": number,
        "all": "true" if everything else None,
    }
    return ask(
        Call(
            "DELETE",
            f"{catalog_path(catalog or _default)}/feedback",
            lambda answer: FeedbackDeleted.model_validate_json(answer.content).deleted,
            params={name: value for name, value in asked.items() if value is not None},
        )
    )


def proposals(
    _default: str | None, *, min_count: int = 2, catalog: str | None = None
) -> Steps[list[AliasProposal]]:
    """Return the aliases that feedback proposes, most often meant first."""
    return ask(
        Call(
            "GET",
            f"{catalog_path(catalog or _default)}/proposals",
            lambda answer: AliasReport.model_validate_json(answer.content).proposals,
            params={"min_count": min_count},
        )
    )


def accept(
    _default: str | None, choices: Sequence[AliasChoice], *, catalog: str | None = None
) -> Steps[list[AcceptedAlias]]:
    """Make these proposals aliases; the next query finds them. Safe to repeat."""
    return _accept(catalog or _default, AcceptAliases(choices=list(choices)))


def accept_all(
    _default: str | None,
    min_count: int,
    *,
    min_share: float = 0.8,
    catalog: str | None = None,
) -> Steps[list[AcceptedAlias]]:
    """Make all proposals of at least this count and share aliases. Safe to repeat.

    Returns:
        All that are accepted now; `new` is false where one was before this call.
    """
    return _accept(catalog or _default, AcceptAliases(min_count=min_count, min_share=min_share))


def dismiss(
    _default: str | None, choices: Sequence[AliasChoice], *, catalog: str | None = None
) -> Steps[None]:
    """Propose these no more."""
    return ask(
        Call(
            "POST",
            f"{catalog_path(catalog or _default)}/proposals/dismiss",
            nothing,
            body=DismissAliases(choices=list(choices)).model_dump(mode="json"),
        )
    )


def _accept(catalog: str | None, accepted: AcceptAliases) -> Steps[list[AcceptedAlias]]:
    return ask(
        Call(
            "POST",
            f"{catalog_path(catalog)}/proposals/accept",
            lambda answer: AcceptedAliases.model_validate_json(answer.content).accepted,
            body=accepted.model_dump(mode="json", exclude_none=True),
        )
    )


def _as_page(answer: httpx.Response) -> tuple[Sequence[StoredFeedback], str | None]:
    page = FeedbackPage.model_validate_json(answer.content)
    return page.feedback, page.next_cursor
