"""What a recogniser's scores bring, beside the order of its hypotheses.

python -m benchmarks.hypothesis_scores CATALOG QUERIES [--model M]

QUERIES has n-best lists with scores, as `er-engine simulate` writes them. Hypotheses are fused by
their order, by their scores with several values of `score_decay`, and by scores that are wrong on
purpose (another scale, the lowest best). Where a hypothesis of a list has no score the order counts
in every row.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from er_engine.catalog import read_catalog
from er_engine.evaluation.significance import PairedErrors
from er_engine.memory_index import index_in_memory
from er_engine.model import Model, load_model
from er_engine.queries import read_queries
from er_engine.rerank.comparison import entity_scores
from er_engine.resolver import Resolver
from er_engine.types import Entity, Hypothesis, Query

DECAYS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
SCALES = (0.01, 10.0, 100.0)
ORDER = "order of the list"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to weigh: what scores are multiplied with (None: they are left out), their decay."""

    factor: float | None
    decay: float


def ways(decay: float) -> Mapping[str, Way]:
    """All ways, by name; `decay` is that of the model."""
    found = {ORDER: Way(None, decay)}
    found |= {f"scores, decay {value:g}": Way(1.0, value) for value in DECAYS}
    found |= {f"scores times {factor:g}": Way(factor, decay) for factor in SCALES}
    return found | {"lowest score best": Way(-1.0, decay)}


def measure(
    entities: Sequence[Entity], queries: Sequence[Query], model: Model
) -> Mapping[str, list[float]]:
    """Misses @1 (1 or 0; ties count against us) of each way, in the order of the queries."""
    resolver = Resolver(index_in_memory(entities, model), model)
    tried = ways(model.settings.rerank.score_decay)
    row_of = {entity.id: row for row, entity in enumerate(entities)}
    misses: dict[str, list[float]] = {name: [] for name in tried}
    for query in queries:
        right = [row_of[entity_id] for entity_id in query.entity_ids]
        factors = dict.fromkeys(way.factor for way in tried.values())
        compared = {f: resolver.compare(scaled(query.nbest, f), query.type) for f in factors}
        for name, way in tried.items():
            comparison = compared[way.factor]
            settings = replace(model.settings.rerank, score_decay=way.decay)
            scores = entity_scores(comparison, settings)
            is_right = np.isin(comparison.entity_rows, right)
            best = scores[is_right].max(initial=-np.inf)
            misses[name].append(float((scores[~is_right] >= best).any()))
    return misses


def scaled(n_best: Sequence[Hypothesis], factor: float | None) -> list[Hypothesis]:
    """The same list, its scores times `factor`, or without them."""
    return [
        replace(h, score=None if factor is None or h.score is None else factor * h.score)
        for h in n_best
    ]


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--model")
    args = parser.parse_args()
    queries = [query for query in read_queries(args.queries) if query.entity_ids]
    scored = sum(all(h.score is not None for h in query.nbest) for query in queries)
    misses = measure(read_catalog(args.catalog).entities, queries, load_model(args.model))
    paired = PairedErrors(
        {name: np.array(values) for name, values in misses.items()},
        [query.entity_ids[0] for query in queries],
    )
    print(f"{len(queries)} queries, {scored} with scores")
    for name, values in misses.items():
        found = paired.compare(name, ORDER)
        low, high = found.interval or (0.0, 0.0)
        print(
            f"{name:19} error @1 {100 * np.mean(values):5.2f} %, "
            f"{100 * (found.reduction or 0.0):5.1f} % fewer [{100 * low:.1f}, {100 * high:.1f}], "
            f"p {found.p_value:.3f}"
        )


if __name__ == "__main__":
    main()
