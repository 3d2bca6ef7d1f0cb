"""What users meant in the end, and the aliases that it proposes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from er_engine.errors import QueryError
from er_engine.text import spoken_forms
from er_engine.types import Entity, Hypothesis

FeedbackKind = Literal["correction", "rephrase"]

_PROPOSALS = """
WITH pairs AS (
    SELECT entity_id, spoken, count(*) AS n FROM feedback GROUP BY entity_id, spoken
), totals AS (SELECT spoken, sum(n) AS n FROM pairs GROUP BY spoken)
SELECT pairs.entity_id, pairs.spoken, pairs.n, totals.n
FROM pairs
JOIN totals ON totals.spoken = pairs.spoken
JOIN entities ON entities.id = pairs.entity_id
LEFT JOIN alias_decisions AS decided
    ON decided.entity_id = pairs.entity_id AND decided.spoken = pairs.spoken
WHERE pairs.n >= ? AND decided.decision IS NULL AND NOT EXISTS (
    SELECT 1 FROM forms WHERE forms.version = entities.version AND forms.spoken = pairs.spoken
)
ORDER BY pairs.n DESC, pairs.entity_id, pairs.spoken
"""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One utterance and the entity that the user meant.

    Attributes:
        nbest: what was heard, best first.
        entity_id: what was meant.
        kind: `correction` (the user chose another entity) or `rephrase` (said it again in other
            words, and then it was found).
        answered_id: what had been answered, if anything.
        type: the type that was asked for, if any.
        number: given when it is stored; grows.
    """

    nbest: tuple[Hypothesis, ...]
    entity_id: str
    kind: FeedbackKind = "correction"
    answered_id: str | None = None
    type: str | None = None
    number: int = 0

    def as_query(self) -> dict[str, Any]:
        """Return it as a line of a query file, to train and to evaluate with."""
        return {
            "id": f"feedback-{self.number}",
            "nbest": [_hypothesis(item) for item in self.nbest],
            "entity_ids": [self.entity_id],
            **({"type": self.type} if self.type else {}),
            "tags": {"feedback": self.kind},
        }


@dataclass(frozen=True, slots=True)
class AliasProposal:
    """A new alias that feedback speaks for.

    Attributes:
        entity_id: the entity that would get it.
        text: the alias, in spoken form.
        count: how often it was heard when this entity was meant.
        share: `count` of all feedback on what was heard, 0 to 1; less than 1 where others meant
            another entity by it.
    """

    entity_id: str
    text: str
    count: int
    share: float


def spoken_text(nbest: Sequence[Hypothesis], lang: str) -> str:
    """Return the spoken form of the best hypothesis.

    Raises:
        QueryError: it has nothing to say.
    """
    found = spoken_forms(nbest[0].text, lang) if nbest else ()
    if not found or not found[0]:
        raise QueryError("feedback: the first hypothesis needs a letter or a digit")
    return found[0]


def add(writer: sqlite3.Connection, feedback: Feedback, lang: str) -> int:
    """Store one; return its number."""
    record = {
        "nbest": [_hypothesis(item) for item in feedback.nbest],
        "kind": feedback.kind,
        "answered_id": feedback.answered_id,
        "type": feedback.type,
    }
    row = writer.execute(
        "INSERT INTO feedback (entity_id, spoken, record) VALUES (?, ?, ?) RETURNING number",
        (
            feedback.entity_id,
            spoken_text(feedback.nbest, lang),
            json.dumps(record, ensure_ascii=False),
        ),
    ).fetchone()
    return int(row[0])


def read(reader: sqlite3.Connection, after: int, limit: int) -> list[Feedback]:
    """Return feedback with a number above `after`, in order."""
    found = reader.execute(
        "SELECT number, entity_id, record FROM feedback WHERE number > ? ORDER BY number LIMIT ?",
        (after, limit),
    ).fetchall()
    return [_feedback(*row) for row in found]


def proposals(reader: sqlite3.Connection, min_count: int) -> list[AliasProposal]:
    """Return new aliases that were meant at least `min_count` times, most often first."""
    found = reader.execute(_PROPOSALS, (min_count,)).fetchall()
    return [AliasProposal(entity, text, n, n / total) for entity, text, n, total in found]


def decide(writer: sqlite3.Connection, entity_id: str, text: str, decision: str) -> None:
    """Note what was decided on a proposal, so that it isn't made again."""
    writer.execute(
        "INSERT OR REPLACE INTO alias_decisions VALUES (?, ?, ?)", (entity_id, text, decision)
    )


def _hypothesis(item: Hypothesis) -> dict[str, Any]:
    return {"text": item.text, **({} if item.score is None else {"score": item.score})}


def _feedback(number: int, entity_id: str, record: str) -> Feedback:
    values = json.loads(record)
    nbest = tuple(Hypothesis(item["text"], item.get("score")) for item in values["nbest"])
    return Feedback(nbest, entity_id, values["kind"], values["answered_id"], values["type"], number)


def with_alias(entity: Entity, text: str) -> Entity:
    """Return an entity with one more alias."""
    if text == entity.name or text in entity.aliases:
        return entity
    return replace(entity, aliases=(*entity.aliases, text))
