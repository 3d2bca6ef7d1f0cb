"""What each part of the engine gives: one tower, both, and reranking on top.

python -m benchmarks.ablation CATALOG QUERIES [--hypotheses first|each|nbest] [--model M]

All vectors come from one trained model: a tower alone is its own unit vector, searched exactly;
over an n-best list the mean counts. Prints error rate @1 (ties count against us), a 95 % interval
that resamples entities, and the share of queries whose right entity is among the first 100.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from er_engine.model import Model
    from er_engine.search import FloatArray
    from er_engine.types import Entity, Query, SurfaceForm

STEPS = ("phonetic", "semantic", "sum")
_BATCH = 256


def main() -> int:
    """Measure and print; return 0."""
    args = _arguments()
    from er_engine.catalog import read_catalog
    from er_engine.evaluation.cases import expand
    from er_engine.model import load_model
    from er_engine.queries import read_queries

    entities = read_catalog(args.catalog).entities
    asked = expand(read_queries(args.queries), args.hypotheses)
    cases = [query for query in asked if query.entity_ids and _speakable(query)]
    model = load_model(args.model)
    print(f"{args.queries}: {len(cases)} queries ({args.hypotheses}), {len(entities)} entities")
    print(f"{'system':24s} {'error @1':>9s}  {'95 % interval':>16s}  {'in first 100':>12s}")
    for name, ranks in _all_ranks(model, entities, cases):
        low, high = _interval(ranks, cases)
        print(
            f"{name:24s} {np.mean(ranks > 1):9.3f}  [{low:6.3f}, {high:6.3f}]"
            f"  {np.mean(ranks <= 100):12.3f}"
        )
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("catalog", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--hypotheses", choices=("first", "each", "nbest"), default="nbest")
    parser.add_argument("--model", help="model folder (default: the packaged one)")
    return parser.parse_args()


def _speakable(query: Query) -> bool:
    return any(any(letter.isalnum() for letter in h.text) for h in query.nbest)


def _all_ranks(
    model: Model, entities: Sequence[Entity], cases: Sequence[Query]
) -> list[tuple[str, np.ndarray]]:
    from er_engine.surface_forms import surface_forms, text_forms

    groups = surface_forms(entities, model.g2p, (), model.lang)
    forms = [form for group in groups for form in group]
    starts = np.cumsum([0, *(len(group) for group in groups)])[:-1]
    heard = [
        [form[0] for form in text_forms([h.text for h in q.nbest], model.g2p, model.lang)]
        for q in cases
    ]
    row_of = {entity.id: row for row, entity in enumerate(entities)}
    right = [[row_of[entity_id] for entity_id in query.entity_ids] for query in cases]
    results = []
    names, queries = _vectors(model, forms), [_vectors(model, group) for group in heard]
    for step in names:
        ranks = [
            _rank(np.maximum.reduceat(query[step].mean(axis=0) @ names[step].T, starts), rows)
            for query, rows in zip(queries, right, strict=True)
        ]
        results.append((f"{step} vectors", np.array(ranks)))
    results.append(("reranked (the engine)", _engine_ranks(model, entities, cases)))
    return results


def _vectors(model: Model, forms: Sequence[SurfaceForm]) -> dict[str, FloatArray]:
    """Each tower's unit vectors and their weighted sum's, float32 (n, dimension)."""
    from er_engine.encoder.trained import TrainedEncoder

    assert isinstance(model.encoder, TrainedEncoder)
    found: dict[str, list[FloatArray]] = {}
    for start in range(0, len(forms), _BATCH):
        some = forms[start : start + _BATCH]
        vectors_of = {**model.encoder.parts(some), "sum": model.encoder.encode(some)}
        for name, vectors in vectors_of.items():
            found.setdefault(name, []).append(vectors)
    return {name: np.concatenate(found[name]) for name in STEPS if name in found}


def _rank(scores: FloatArray, right: Sequence[int]) -> float:
    """1 + how many wrong entities score at least as high as the best right one."""
    best = scores[list(right)].max()
    wrong = np.ones(len(scores), dtype=bool)
    wrong[list(right)] = False
    return 1.0 + float((scores[wrong] >= best).sum())


def _engine_ranks(model: Model, entities: Sequence[Entity], cases: Sequence[Query]) -> np.ndarray:
    from er_engine.evaluation.ranking import rank_in_list
    from er_engine.memory_index import index_in_memory
    from er_engine.resolver import Resolver

    resolver = Resolver(index_in_memory(entities, model), model)
    ranks = []
    for query in cases:
        candidates = resolver.resolve(query.nbest, k=100, type=query.type).candidates
        scored = [(candidate.entity.id, candidate.score) for candidate in candidates]
        ranks.append(rank_in_list(scored, frozenset(query.entity_ids)))
    return np.array(ranks)


def _interval(ranks: np.ndarray, cases: Sequence[Query]) -> tuple[float, float]:
    from er_engine.evaluation.cases import entity_group
    from er_engine.evaluation.intervals import (
        percentile_interval,
        resampled_totals,
        sums_by_group,
    )

    wrong = (ranks > 1).astype(np.float64)
    totals = resampled_totals(sums_by_group([wrong], [entity_group(case) for case in cases]))
    interval = percentile_interval(totals[:, 0] / totals[:, 1])
    assert interval is not None
    return interval


if __name__ == "__main__":
    raise SystemExit(main())
