"""Small stand-ins: an index in memory, a G2P that spells, systems with fixed answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from er_engine.encoder.dummy import DummyEncoder
from er_engine.errors import QueryError
from er_engine.evaluation.systems import Answer
from er_engine.memory_index import MemoryIndex, index_in_memory
from er_engine.model import Model
from er_engine.search import FloatArray
from er_engine.types import Entity, Hypothesis, Pronunciation, Query


class SpellingG2P:
    """Says the letters."""

    name = "spelling"

    def pronounce(self, spoken: Sequence[str]) -> list[tuple[Pronunciation, ...]]:
        """See `G2P.pronounce`."""
        return [(tuple("|" if c == " " else c for c in text),) for text in spoken]


def memory_index(entities: Sequence[Entity]) -> MemoryIndex:
    """Index entities by the spelling of their names."""
    return index_in_memory(entities, Model(DummyEncoder(), SpellingG2P()))


class TableSystem:
    """Answers from a table: hypothesis to (entity id, score) pairs; None refuses."""

    def __init__(self, answers: Mapping[str, Sequence[tuple[str, float]] | None]) -> None:
        self.name = "table"
        self.asked: list[str] = []
        self._answers = answers

    def answer(self, nbest: Sequence[Hypothesis], type_name: str | None) -> Answer:
        """See `System.answer`."""
        self.asked.append(nbest[0].text)
        found = self._answers[nbest[0].text]
        if found is None:
            raise QueryError("nothing speakable")
        return Answer(tuple(found), 0.25)


class TableRetriever:
    """Scores from a table: hypothesis to one score for each entity."""

    def __init__(self, name: str, scores: Mapping[str, Sequence[float]]) -> None:
        self.name = name
        self._scores = scores

    def score(self, hypotheses: Sequence[str]) -> FloatArray:
        """See `Retriever.score`."""
        return np.array([self._scores[text] for text in hypotheses], dtype=np.float32)


def query(id_: str, *texts: str, right: Sequence[str] = (), **rest: object) -> Query:
    """Make a query from texts."""
    nbest = tuple(Hypothesis(text) for text in texts)
    return Query(id_, nbest, tuple(right), **rest)  # type: ignore[arg-type]


def nothing(_: int) -> None:
    """Show no progress."""
