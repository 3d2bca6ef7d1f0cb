"""What is evaluated, and what it did: systems that answer, and the runs of their answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from er_engine.errors import QueryError
from er_engine.evaluation.calibration import tied
from er_engine.evaluation.metrics import Ranks
from er_engine.evaluation.ranking import NOT_FOUND, rank_in_list
from er_engine.options import NO_OPTIONS, ResolveOptions
from er_engine.types import Candidate, Hypothesis, Query, Resolution

if TYPE_CHECKING:
    from er_engine.resolver import Resolver

Scored = tuple[str, float]
# Called with the number of queries done since the last call.
Advance = Callable[[int], None]

ENGINE = "engine"
MILLISECONDS = 1000.0
# Candidates beyond the largest k, so that ties across the cut are seen.
MARGIN = 10
# More candidates than are ever compared with one query.
MOST_TIED = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system says to one query: (entity id, score), best first.

    `probability` is that of the first candidate with all others of its score; 0 if not given.
    """

    candidates: tuple[Scored, ...]
    no_match_probability: float
    probability: float = 0.0


class System(Protocol):
    """Anything that answers n-best lists."""

    @property
    def name(self) -> str:
        """Short name for reports."""

    def answer(self, nbest: Sequence[Hypothesis], type_name: str | None) -> Answer:
        """Answer one query.

        Raises:
            QueryError: the query can't be answered (nothing speakable in it).
        """


@dataclass(frozen=True)
class SystemRun:
    """What a system did on n queries.

    `ranks` float64 (n,) are those of the right entity, infinity where it was not found; `tops`
    hold the first candidates; `latencies_ms` are measured query by query, for all or for a sample;
    `no_match` and `probability` float64 (n,) are the probabilities that nothing and that the answer
    is right, None for a system that has none; `fusion` says how a baseline joined the hypotheses;
    `refusals` are messages of queries that it refused.
    """

    name: str
    ranks: Ranks
    tops: list[tuple[Scored, ...]]
    latencies_ms: list[float]
    no_match: NDArray[np.float64] | None = None
    probability: NDArray[np.float64] | None = None
    fusion: str | None = None
    refusals: tuple[str, ...] = ()


class EngineSystem:
    """The whole product: a resolver as it is served.

    Args:
        resolver: what answers.
        depth: how many candidates to ask for.
        options: of every query.
    """

    def __init__(
        self, resolver: Resolver, depth: int, options: ResolveOptions = NO_OPTIONS
    ) -> None:
        self._resolver = resolver
        self._depth = depth
        self._options = options

    @property
    def name(self) -> str:
        """Always `engine`."""
        return ENGINE

    def answer(self, nbest: Sequence[Hypothesis], type_name: str | None) -> Answer:
        """See `System.answer`."""
        found = resolve_with_ties(self._resolver, nbest, self._depth, type_name, self._options)
        scored = tuple((candidate.entity.id, candidate.score) for candidate in found.candidates)
        probability = sum(candidate.probability for candidate in first_answer(found))
        return Answer(scored, found.no_match_probability, min(1.0, probability))


def first_answer(found: Resolution) -> tuple[Candidate, ...]:
    """Return the first candidate with all others of its score; nothing where there is none."""
    return found.candidates[: tied([candidate.score for candidate in found.candidates])]


def resolve_with_ties(
    resolver: Resolver,
    nbest: Sequence[Hypothesis],
    depth: int,
    type_name: str | None,
    options: ResolveOptions = NO_OPTIONS,
) -> Resolution:
    """Resolve; where all candidates have one score, ask again for all others that may have it.

    They are one answer (see `er_engine.evaluation.calibration`).

    Args:
        resolver: what answers.
        nbest: the hypotheses.
        depth: how many candidates to ask for.
        type_name: only entities of this type.
        options: of the query.

    Raises:
        QueryError: the query can't be answered.
    """
    found = resolver.resolve(nbest, depth, type_name, options)
    if len(first_answer(found)) < depth:
        return found
    return resolver.resolve(nbest, MOST_TIED, type_name, options)


def run_system(system: System, cases: Sequence[Query], advance: Advance) -> SystemRun:
    """Ask a system every query, one after the other, and take the time of each.

    The first query is asked twice: loading on first use is no part of a query's time. A query that
    the system refuses counts as not found, with a no-match probability of 1.
    """
    ranks, tops, latencies, no_match, said = [], [], [], [], []
    refusals: list[str] = []
    _ask(system, cases[0], [])
    for case in cases:
        start = time.perf_counter()
        answer = _ask(system, case, refusals)
        latencies.append((time.perf_counter() - start) * MILLISECONDS)
        right = frozenset(case.entity_ids)
        ranks.append(rank_in_list(answer.candidates, right) if right else NOT_FOUND)
        tops.append(answer.candidates)
        no_match.append(answer.no_match_probability)
        said.append(answer.probability)
        advance(1)
    return SystemRun(
        system.name,
        np.array(ranks, dtype=np.float64),
        tops,
        latencies,
        np.array(no_match, dtype=np.float64),
        np.array(said, dtype=np.float64),
        refusals=tuple(refusals),
    )


def _ask(system: System, case: Query, refusals: list[str]) -> Answer:
    try:
        return system.answer(case.nbest, case.type)
    except QueryError as error:
        refusals.append(f"query {case.id!r}: {error}")
        return Answer((), 1.0)
