"""What users meant in the end, and the aliases that it proposes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from er_engine.errors import QueryError
from er_engine.rerank.order import likeliest
from er_engine.text import spoken_forms
from er_engine.types import Entity, Hypothesis

FeedbackKind = Literal["correction", "rephrase"]

_PAIRS = """
WITH pairs AS (
    SELECT entity_id, spoken, count(*) AS n FROM feedback GROUP BY entity_id, spoken
), totals AS (SELECT spoken, sum(n) AS n FROM pairs GROUP BY spoken)
SELECT pairs.entity_id, pairs.spoken, pairs.n, totals.n
FROM pairs
JOIN totals ON totals.spoken = pairs.spoken
JOIN entities ON entities.id = pairs.entity_id
LEFT JOIN alias_decisions AS decided
    ON decided.entity_id = pairs.entity_id AND decided.spoken = pairs.spoken
WHERE pairs.n >= ? AND decided.decision {decided} AND {exists} (
    SELECT 1 FROM forms WHERE forms.version = entities.version AND forms.spoken = pairs.spoken
)
ORDER BY pairs.n DESC, pairs.entity_id, pairs.spoken
"""
_PROPOSALS = _PAIRS.format(decided="IS NULL", exists="NOT EXISTS")
_ACCEPTED = _PAIRS.format(decided="= 'accepted'", exists="EXISTS")
# What is from before times were kept counts as oldest.
_COUNT = """
SELECT count(*) FROM feedback
WHERE (:before IS NULL OR coalesce(json_extract(record, '$.stored'), 0) < :before)
    AND (:number IS NULL OR number = :number)
"""
# Of rows that are deleted one by one copies stay where pages were divided once; a page that is
# given back is overwritten as a whole. So all are deleted, and those that stay are put back; and of
# decisions those on words that some feedback has.
_FORGET = """
CREATE TEMP TABLE kept AS SELECT * FROM feedback WHERE number NOT IN (
    SELECT number FROM feedback
    WHERE (:before IS NULL OR coalesce(json_extract(record, '$.stored'), 0) < :before)
        AND (:number IS NULL OR number = :number)
);
CREATE TEMP TABLE kept_decisions AS SELECT * FROM alias_decisions AS decided WHERE EXISTS (
    SELECT 1 FROM kept
    WHERE kept.entity_id = decided.entity_id AND kept.spoken = decided.spoken
);
DELETE FROM feedback;
DELETE FROM alias_decisions;
INSERT INTO feedback SELECT * FROM kept ORDER BY number;
INSERT INTO alias_decisions SELECT * FROM kept_decisions;
DROP TABLE kept;
DROP TABLE kept_decisions;
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
        stored: when it was stored, in whole seconds since 1970 (UTC); 0 where nobody knows.
    """

    nbest: tuple[Hypothesis, ...]
    entity_id: str
    kind: FeedbackKind = "correction"
    answered_id: str | None = None
    type: str | None = None
    number: int = 0
    stored: int = 0

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
class Chosen:
    """Which feedback is meant.

    Attributes:
        before: what was stored before this time, in seconds since 1970; None for any time.
        number: the one with this number; None for any.
    """

    before: float | None = None
    number: int | None = None


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
    """Return the spoken form of the likeliest hypothesis.

    Raises:
        QueryError: it has nothing to say.
    """
    found = spoken_forms(likeliest(nbest, 1).texts[0], lang) if nbest else ()
    if not found or not found[0]:
        raise QueryError("feedback: the best hypothesis needs a letter or a digit")
    return found[0]


def add(writer: sqlite3.Connection, feedback: Feedback, lang: str) -> int:
    """Store one; return its number."""
    record = {
        "nbest": [_hypothesis(item) for item in feedback.nbest],
        "kind": feedback.kind,
        "answered_id": feedback.answered_id,
        "type": feedback.type,
        "stored": feedback.stored,
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


def count(reader: sqlite3.Connection, chosen: Chosen) -> int:
    """Return how much feedback that is."""
    return int(reader.execute(_COUNT, _values(chosen)).fetchone()[0])


def forget(writer: sqlite3.Connection, chosen: Chosen) -> int:
    """Delete feedback, and what was decided on words that no other feedback has; return how much.

    Aliases that were made of it stay.
    """
    deleted = count(writer, chosen)
    for statement in _FORGET.split(";")[:-1] if deleted else ():
        writer.execute(statement, _values(chosen) if ":before" in statement else {})
    return deleted


def _values(chosen: Chosen) -> dict[str, float | None]:
    return {"before": chosen.before, "number": chosen.number}


def proposals(reader: sqlite3.Connection, min_count: int) -> list[AliasProposal]:
    """Return new aliases that were meant at least `min_count` times, most often first."""
    return _pairs(reader, _PROPOSALS, min_count)


def accepted(reader: sqlite3.Connection, min_count: int) -> list[AliasProposal]:
    """Return the accepted ones that were meant at least `min_count` times and still are aliases."""
    return _pairs(reader, _ACCEPTED, min_count)


def _pairs(reader: sqlite3.Connection, query: str, min_count: int) -> list[AliasProposal]:
    found = reader.execute(query, (min_count,)).fetchall()
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
    return Feedback(
        nbest,
        entity_id,
        values["kind"],
        values["answered_id"],
        values["type"],
        number,
        values.get("stored", 0),
    )


def with_alias(entity: Entity, text: str) -> Entity:
    """Return an entity with one more alias."""
    if text == entity.name or text in entity.aliases:
        return entity
    return replace(entity, aliases=(*entity.aliases, text))
