"""Runs of the lexical baselines: scored in batches, timed query by query on a sample."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from er_engine.evaluation.judged_catalog import JudgedCatalog
from er_engine.evaluation.metrics import Ranks, error_rate, mean_reciprocal_rank
from er_engine.evaluation.ranking import NOT_FOUND, rank_of_best, top_of
from er_engine.evaluation.systems import MILLISECONDS, Advance, Scored, SystemRun
from er_engine.search import FloatArray, MaskArray, Retriever
from er_engine.types import Query

Fusion = Callable[[FloatArray], FloatArray]

MAXIMUM, MEAN = "maximum", "mean"
FUSIONS: dict[str, Fusion] = {
    MAXIMUM: lambda scores: scores.max(axis=0),
    MEAN: lambda scores: scores.mean(axis=0, dtype=np.float32),
}
TIMED = 200
TIMED_SECONDS = 10.0
# One batch of scores takes at most about this much memory.
BATCH_BYTES = 32 << 20


@dataclass
class _Collected:
    ranks: list[float] = field(default_factory=list)
    tops: list[tuple[Scored, ...]] = field(default_factory=list)


def run_baseline(
    retriever: Retriever,
    cases: Sequence[Query],
    catalog: JudgedCatalog,
    depth: int,
    advance: Advance,
    timed: int = TIMED,
) -> SystemRun:
    """Score every query; with several hypotheses take the better of their maximum and their mean.

    Better is the lower error @1, then the higher mean reciprocal rank, over all queries that have a
    right entity: the benefit of the doubt is the baseline's. At most `timed` queries are asked
    again to take their time.
    """
    several = any(len(case.nbest) > 1 for case in cases)
    collected = {name: _Collected() for name in (FUSIONS if several else (MAXIMUM,))}
    for batch in _batches(cases, len(catalog.entities)):
        scores = retriever.score([hypothesis.text for case in batch for hypothesis in case.nbest])
        start = 0
        for case in batch:
            of_case = scores[start : start + len(case.nbest)]
            start += len(case.nbest)
            for name, results in collected.items():
                _collect(results, FUSIONS[name](of_case), case, catalog, depth)
        advance(len(batch))
    scored = np.array([bool(case.entity_ids) for case in cases])
    runs = [
        SystemRun(retriever.name, np.array(found.ranks), found.tops, [], fusion=name)
        for name, found in collected.items()
    ]
    best = min(runs, key=lambda run: _badness(run.ranks[scored]))
    latencies = _latencies(retriever, cases, FUSIONS[best.fusion or MAXIMUM], catalog, depth, timed)
    return SystemRun(
        best.name, best.ranks, best.tops, latencies, fusion=best.fusion if several else None
    )


def strongest(runs: Sequence[SystemRun], scored: MaskArray) -> SystemRun:
    """Return the run with the lowest error @1 (then the best mean reciprocal rank).

    Args:
        runs: at least one.
        scored: bool (n,), which queries have a right entity.
    """
    return min(runs, key=lambda run: _badness(run.ranks[scored]))


def _badness(ranks: Ranks) -> tuple[float, float]:
    return (error_rate(ranks, 1), -mean_reciprocal_rank(ranks))


def _batches(cases: Sequence[Query], n_entities: int) -> Iterator[list[Query]]:
    most = max(1, BATCH_BYTES // (4 * max(1, n_entities)))
    batch: list[Query] = []
    size = 0
    for case in cases:
        if batch and size + len(case.nbest) > most:
            yield batch
            batch, size = [], 0
        batch.append(case)
        size += len(case.nbest)
    if batch:
        yield batch


def _collect(
    results: _Collected, scores: FloatArray, case: Query, catalog: JudgedCatalog, depth: int
) -> None:
    allowed = catalog.allowed(case.type)
    right = [catalog.rows[id_] for id_ in case.entity_ids]
    results.ranks.append(rank_of_best(scores, right, allowed) if right else NOT_FOUND)
    results.tops.append(
        tuple((catalog.entities[row].id, score) for row, score in top_of(scores, depth, allowed))
    )


def _latencies(
    retriever: Retriever,
    cases: Sequence[Query],
    fusion: Fusion,
    catalog: JudgedCatalog,
    depth: int,
    timed: int,
) -> list[float]:
    """Milliseconds of single queries, spread evenly over the file; stops after some seconds."""
    step = max(1, len(cases) // max(1, timed))
    found: list[float] = []
    for case in cases[::step][:timed]:
        start = time.perf_counter()
        scores = fusion(retriever.score([hypothesis.text for hypothesis in case.nbest]))
        top_of(scores, depth, catalog.allowed(case.type))
        found.append((time.perf_counter() - start) * MILLISECONDS)
        if sum(found) > TIMED_SECONDS * MILLISECONDS:
            break
    return found
