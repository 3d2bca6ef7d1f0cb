"""Whether the probabilities can be trusted: reliability, queries that nothing fits, recall."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.sets import sample
from benchmarks.accuracy.systems import (
    SUM_OF_TOWERS,
    AlignmentRetriever,
    Heard,
    Note,
    NotedEngine,
    Prepared,
)
from er_engine.evaluation.baseline_runs import run_baseline
from er_engine.evaluation.calibration import error_by_chance, reliability
from er_engine.evaluation.cases import entity_group
from er_engine.evaluation.intervals import percentile_interval, resampled_totals, sums_by_group
from er_engine.evaluation.judged_catalog import JudgedCatalog
from er_engine.evaluation.metrics import misses
from er_engine.evaluation.no_match import auroc, false_accept_rate, refusal_threshold
from er_engine.evaluation.significance import PairedErrors
from er_engine.evaluation.systems import SystemRun, run_system
from er_engine.lexical.baselines import SUM, lexical_retrievers, sum_retriever
from er_engine.types import Query

FIRST_CANDIDATES = 100
# An area under a curve of fewer queries with and without a right entity says nothing.
FEWEST_OF_EACH = 10
# Aligning with a whole catalog is slow: at most so many queries.
ALIGNED = 40
Floats = NDArray[np.float64]


def with_known_share(notes: Sequence[Note], share: float, supposed: float) -> list[Note]:
    """Return what is said to a query whose `no_match_share` is the true one; 0 is: never nothing.

    Args:
        notes: answers without that option.
        share: of the queries, how many nothing in the catalog fits; below 1.
        supposed: the share that the answers suppose, above 0 and below 1.
    """
    ratio = share / (1 - share) / (supposed / (1 - supposed))
    known = []
    for note in notes:
        something = 1 - note.no_match_probability
        total = something + ratio * note.no_match_probability
        grown = 1 / total if something and total else 0.0
        nothing = 1 - something * grown
        probability = note.probability * grown
        known.append(replace(note, probability=probability, no_match_probability=nothing))
    return known


def share_without(queries: Sequence[Query]) -> float:
    """Return the share of queries that nothing in the catalog fits."""
    return float(np.mean([not query.entity_ids for query in queries]))


def calibration_of(
    notes: Sequence[Note], queries: Sequence[Query], supposed: float
) -> dict[str, Any]:
    """Return reliability of the answer's probability, and how good each decision was.

    Args:
        notes: answers.
        queries: what was asked.
        supposed: the share of queries without a right entity that the answers suppose.
    """
    said, right = answered(notes, queries)
    known, _ = answered(with_known_share(notes, share_without(queries), supposed), queries)
    decisions = {}
    for decision in ("match", "ambiguous", "no_match"):
        members = np.array([note.decision == decision for note in notes])
        share = float(right[members].mean()) if members.any() else None
        decisions[decision] = {"queries": int(members.sum()), "right": share}
    return reliability(said, right) | {
        "decisions": decisions,
        "by_chance": error_by_chance(said),
        "known_share": reliability(known, right),
    }


def as_supposed(
    answers: tuple[Sequence[Note], Sequence[Query]],
    unanswerable: tuple[Sequence[Note], Sequence[Query]],
    supposed: float,
) -> dict[str, Any]:
    """Return reliability where nothing fits as often as the probabilities suppose.

    Args:
        answers: notes and queries that something in the catalog fits; together they weigh
            1 - `supposed` of all.
        unanswerable: those that nothing fits; they weigh `supposed`.
        supposed: the share that the answers suppose, above 0 and below 1.
    """
    said, right = answered([*answers[0], *unanswerable[0]], [*answers[1], *unanswerable[1]])
    fitting, missing = len(answers[0]), len(unanswerable[0])
    shares = [(1 - supposed) / max(1, fitting), supposed / max(1, missing)]
    weights = np.repeat(shares, [fitting, missing]) * (fitting + missing)
    return reliability(said, right, weights)


def answered(notes: Sequence[Note], queries: Sequence[Query]) -> tuple[Floats, Floats]:
    """Return the probability of each answer, and 1 where it was right.

    The answer is the first candidate with all that have the same score.
    """
    said = np.array([note.probability for note in notes])
    right = [
        float(bool(set(note.ids) & set(query.entity_ids)))
        for note, query in zip(notes, queries, strict=True)
    ]
    return np.minimum(said, 1.0), np.array(right)


def supposed_share(prepared: Prepared) -> float:
    """Return the share of queries without a right entity that the model's probabilities suppose."""
    return prepared.model.settings.calibration.no_match_share


def is_removed(entity_id: str) -> bool:
    """Whether an entity is of the half that is taken out; a digest decides, the same every time."""
    return hashlib.blake2b(f"removed {entity_id}".encode(), digest_size=8).digest()[0] % 2 == 0


def without(queries: Sequence[Query], removed: set[str]) -> list[Query]:
    """Take entities out of the right answers."""
    return [
        replace(query, entity_ids=tuple(i for i in query.entity_ids if i not in removed))
        for query in queries
    ]


def removed_half(
    prepared: Prepared, queries: Sequence[Query], lexical: str, whole: Sequence[Note]
) -> dict[str, Any] | None:
    """Ask again with half of the catalog removed; compare with the strongest lexical and `sum`.

    Each system refuses the 5 % of answerable queries that it is least sure of (a baseline by its
    best score). An error is then a refusal or a wrong answer where something is right, and any
    answer where nothing is. `whole` are the answers of the whole catalog.
    """
    gone = np.array([is_removed(entity.id) for entity in prepared.entities])
    ids = {entity.id for entity, g in zip(prepared.entities, gone, strict=True) if g}
    half, cases = prepared.subset(~gone), without(queries, ids)
    with_right = np.array([bool(case.entity_ids) for case in cases])
    if with_right.all() or not with_right.any():
        return None
    engine = NotedEngine(half.resolver())
    ours = run_system(engine, cases, lambda _: None)
    assert ours.no_match is not None
    doubts = {"engine": ours.no_match}
    ranks = {"engine": ours.ranks}
    for run in _baselines(half, cases, lexical):
        doubts[run.name] = np.array([-top[0][1] if top else 0.0 for top in run.tops])
        ranks[run.name] = run.ranks
    missed = {name: np.where(with_right, misses(ranks[name], 1), 0.0) for name in doubts}
    for name, doubt in doubts.items():
        refused = doubt > refusal_threshold(doubt[with_right])
        missed[name] = np.where(with_right, np.maximum(missed[name], refused), ~refused)
    paired = PairedErrors(missed, [entity_group(query) for query in queries])
    found = paired.compare("engine", lexical)
    known = with_known_share(engine.notes[1:], share_without(cases), supposed_share(half))
    told = np.array([note.no_match_probability for note in known])
    return {
        "with_right": int(with_right.sum()),
        "without_right": int((~with_right).sum()),
        "auroc": {n: auroc(d[~with_right], d[with_right]) for n, d in doubts.items()},
        "auroc_interval": _auroc_interval(doubts["engine"], with_right, queries),
        "false_accept": {
            n: false_accept_rate(d[~with_right], d[with_right]) for n, d in doubts.items()
        },
        "error": {name: float(values.mean()) for name, values in missed.items()},
        "interval": {name: list(paired.interval(name)) for name in missed},
        "reduction": found.reduction,
        "reduction_interval": None if found.interval is None else list(found.interval),
        "p": found.p_value,
        "calibration": calibration_of(engine.notes[1:], cases, supposed_share(half)),
        "as_supposed": as_supposed(
            _chosen(whole, queries, np.array([bool(query.entity_ids) for query in queries])),
            _chosen(engine.notes[1:], cases, ~with_right),
            supposed_share(half),
        ),
        "nothing": reliability(told, (~with_right).astype(np.float64)),
        "by_said": auroc_by_said(ours.no_match, cases),
    }


def auroc_by_said(doubt: Floats, cases: Sequence[Query]) -> list[dict[str, Any]]:
    """Return the AUROC of the no-match probability by what was said: a full name, or a part.

    Args:
        doubt: float64 (n,), no-match probabilities.
        cases: what was asked; those with the tag `said` count.
    """
    said = np.array([str(case.tags.get("said", "")) for case in cases])
    able = np.array([bool(case.entity_ids) for case in cases])
    found = []
    for value in sorted(set(said.tolist()) - {""}):
        with_right, without_right = doubt[(said == value) & able], doubt[(said == value) & ~able]
        if min(len(with_right), len(without_right)) >= FEWEST_OF_EACH:
            found.append(
                {
                    "said": value,
                    "with_right": len(with_right),
                    "without_right": len(without_right),
                    "auroc": auroc(without_right, with_right),
                }
            )
    return found


def _chosen(
    notes: Sequence[Note], queries: Sequence[Query], members: NDArray[np.bool_]
) -> tuple[list[Note], list[Query]]:
    places = np.flatnonzero(members).tolist()
    return [notes[place] for place in places], [queries[place] for place in places]


def _auroc_interval(
    doubt: Floats, with_right: NDArray[np.bool_], queries: Sequence[Query]
) -> list[float] | None:
    """Resample entities; each draw's value is the share of ordered pairs, by weighted counts."""
    groups = [entity_group(query) for query in queries]
    columns = sums_by_group([np.eye(len(doubt))[row] for row in range(len(doubt))], groups)
    weights = resampled_totals(columns[:, :-1], resamples=500)
    above = (doubt[~with_right][:, None] > doubt[with_right]) + 0.5 * (
        doubt[~with_right][:, None] == doubt[with_right]
    )
    without_weights, with_weights = weights[:, ~with_right], weights[:, with_right]
    hits = np.einsum("ri,ij,rj->r", without_weights, above, with_weights, optimize=True)
    pairs = without_weights.sum(axis=1) * with_weights.sum(axis=1)
    values = np.where(pairs > 0, hits / np.maximum(pairs, 1.0), np.nan)
    interval = percentile_interval(values)
    return None if interval is None else list(interval)


def _baselines(half: Prepared, cases: Sequence[Query], lexical: str) -> list[SystemRun]:
    catalog = JudgedCatalog(half.index)
    model = half.model
    retrievers = [
        found
        for found in lexical_retrievers(catalog.forms, model.g2p, model.lang)
        if found.name == lexical
    ]
    retrievers.append(sum_retriever(catalog.forms, model.g2p, model.lang))
    assert [retriever.name for retriever in retrievers] == [lexical, SUM]
    return [run_baseline(r, cases, catalog, 1, lambda _: None, timed=0) for r in retrievers]


def retrieval_of(
    prepared: Prepared,
    queries: Sequence[Query],
    notes: Sequence[Note],
    runs: dict[str, SystemRun],
    catalog: JudgedCatalog,
) -> dict[str, Any]:
    """Return how often the right entity is retrieved, and how often other searches have it.

    Aligning the phonemes with every name is slow, so it is asked a part of the queries.
    """
    retrieved = [
        bool(note.retrieved & {catalog.rows[entity_id] for entity_id in query.entity_ids})
        for note, query in zip(notes, queries, strict=True)
    ]
    some = sample(queries, ALIGNED)
    aligned = AlignmentRetriever(prepared, Heard(prepared.model))
    run = run_baseline(aligned, some, catalog, 1, lambda _: None, timed=0)
    ids = {query.id for query in some}
    members = np.array([query.id in ids for query in queries])
    vectors = runs[f"{SUM_OF_TOWERS} vectors"].ranks
    return {
        "candidates": float(np.mean([len(note.retrieved) for note in notes])),
        "retrieved": float(np.mean(retrieved)),
        "vectors": float((vectors <= FIRST_CANDIDATES).mean()),
        "aligned_queries": len(some),
        "aligned": float((run.ranks <= FIRST_CANDIDATES).mean()),
        "retrieved_of_these": float(np.array(retrieved)[members].mean()),
    }
