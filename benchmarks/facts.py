"""What facts that were heard bring, and whether sentence vectors of the facts add to them.

python -m benchmarks.facts [--model M] [--output benchmarks/facts.md]

Development places and facts (data/dev), whole n-best lists, no surface forms. Queries are split in
two halves by entity: weights are chosen on the first half (`fact_share` was, too), errors are those
of the second. The sentence vectors are of the packaged MiniLM, made of "name. type. values of the
attributes" on one side, and of what was heard on the other.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from er_engine.attributes import attribute_texts
from er_engine.catalog import read_catalog
from er_engine.encoder.config import PACKAGED_MINILM
from er_engine.encoder.sentence_embedder import SentenceEmbedder, load_sentence_embedder
from er_engine.evaluation.intervals import percentile_interval, resampled_totals, sums_by_group
from er_engine.facts.fact_index import NO_FACTS
from er_engine.memory_index import index_in_memory
from er_engine.model import Model, load_model
from er_engine.queries import read_queries
from er_engine.rerank.comparison import entity_scores
from er_engine.resolver import MAX_HYPOTHESES, Resolver
from er_engine.types import Entity, Query

SETS = {"places": "dev_places", "facts": "dev_facts"}
DATA = Path("data/dev")
WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8)
# Entities whose sentence vectors are nearest are candidates, too.
NEAREST = 20
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One query: scores of all entities without and with facts, and cosines.

    The score of what is no candidate is -inf.
    """

    query: Query
    right: NDArray[np.bool_]
    names: Scores
    facts: Scores
    cosines: Scores

    @property
    def first_half(self) -> bool:
        """Whether it is for choosing; all queries of an entity are in the same half."""
        digest = hashlib.sha256(min(self.query.entity_ids).encode()).digest()
        return digest[-1] % 2 == 0

    @property
    def kind(self) -> str:
        """What was asked for."""
        kind = str(self.query.tags.get("kind"))
        return str(self.query.tags.get("said")) if kind == "place" else kind


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="folder of a model; the packaged one unless given")
    parser.add_argument("--output", type=Path, help="Markdown file to write")
    args = parser.parse_args()
    model = load_model(args.model)
    embedder = load_sentence_embedder(PACKAGED_MINILM)
    parts = [__doc__.split("\n\n", 2)[2].strip(), ""]
    for name in SETS:
        cases = make_cases(name, model, embedder)
        parts += [f"## {SETS[name]}", "", *table(cases), ""]
    text = "# Facts\n\nWritten by `python -m benchmarks.facts`; do not edit.\n\n" + "\n".join(parts)
    print(text)
    if args.output:
        args.output.write_text(text.rstrip() + "\n", encoding="utf-8")


def make_cases(name: str, model: Model, embedder: SentenceEmbedder) -> list[Case]:
    """Score all queries of a set."""
    entities = list(read_catalog(DATA / f"{name}.jsonl.gz").entities)
    index = index_in_memory(entities, model)
    with_facts = Resolver(index, model)
    without = Resolver(replace(index, facts=NO_FACTS), model)
    vectors = embedder.embed([described(entity) for entity in entities])
    ids = [entity.id for entity in entities]
    cases = []
    for query in read_queries(DATA / f"{name}_queries.jsonl.gz"):
        heard = embedder.embed([item.text for item in query.nbest[:MAX_HYPOTHESES]])
        cases.append(
            Case(
                query,
                np.isin(ids, query.entity_ids),
                scores(without, query, len(entities)),
                scores(with_facts, query, len(entities)),
                (heard @ vectors.T).mean(axis=0).astype(np.float64),
            )
        )
    return cases


def described(entity: Entity) -> str:
    """All that is known of an entity in one text."""
    values = [text for value in entity.attributes.values() for text in attribute_texts(value)]
    return ". ".join([entity.name, entity.type or "", *sorted(values)])


def scores(resolver: Resolver, query: Query, n_entities: int) -> Scores:
    """Scores of the candidates; -inf for all others."""
    comparison = resolver.compare(query.nbest, query.type)
    result = np.full(n_entities, -np.inf)
    settings = resolver.model.settings.rerank
    result[comparison.entity_rows] = entity_scores(comparison, settings)
    return result


def missed(case: Case, which: str, weight: float) -> float:
    """1 unless a right entity is alone at the top; 0 where it is."""
    own: Scores = getattr(case, which)
    if weight:
        nearest = np.argsort(-case.cosines, kind="stable")[:NEAREST]
        own = own.copy()
        own[nearest] = np.maximum(own[nearest], own[np.isfinite(own)].min())
        own = own + weight * case.cosines
    best = own[case.right].max(initial=-np.inf)
    return float(not np.isfinite(best) or (own[~case.right] >= best - 1e-6).any())


def table(cases: Sequence[Case]) -> list[str]:
    """Lines of Markdown: error rates of each way in all, and of each kind."""
    first = [case for case in cases if case.first_half]
    second = [case for case in cases if not case.first_half]
    chosen = {
        which: min(WEIGHTS[1:], key=lambda w: sum(missed(case, which, w) for case in first))
        for which in ("names", "facts")
    }
    ways = {
        "names alone": ("names", 0.0),
        f"names, sentence vectors ({chosen['names']})": ("names", chosen["names"]),
        "names and facts": ("facts", 0.0),
        f"names, facts, sentence vectors ({chosen['facts']})": ("facts", chosen["facts"]),
    }
    found = {name: np.array([missed(c, *way) for c in second]) for name, way in ways.items()}
    groups = [",".join(sorted(case.query.entity_ids)) for case in second]
    lines = [
        f"{len(second)} queries; error @1 in % with 95 % intervals; difference to the line above.",
        "",
        "| way (weight chosen on the first half) | error @1 | difference |",
        "| --- | ---: | ---: |",
    ]
    before = np.zeros(len(second))
    for name, errors in found.items():
        difference = shown(errors - before, groups) if "vectors" in name else ""
        lines.append(f"| {name} | {shown(errors, groups)} | {difference} |")
        before = errors
    return [*lines, "", *by_kind(second, found)]


def by_kind(cases: Sequence[Case], found: Mapping[str, NDArray[np.float64]]) -> list[str]:
    """The same by what was asked for, without intervals: these are few."""
    kinds = np.array([case.kind for case in cases])
    lines = [f"| asked for | queries | {' | '.join(found)} |"]
    lines.append("| --- | ---: |" + " ---: |" * len(found))
    for kind in sorted(set(kinds.tolist())):
        of_kind = kinds == kind
        rates = [f"{100 * errors[of_kind].mean():.1f}" for errors in found.values()]
        lines.append(f"| {kind} | {of_kind.sum()} | {' | '.join(rates)} |")
    return lines


def shown(values: NDArray[np.float64], groups: Sequence[str]) -> str:
    """A mean in per cent, with its interval."""
    totals = resampled_totals(sums_by_group([values], groups))
    interval = percentile_interval(totals[:, 0] / totals[:, 1])
    assert interval is not None
    low, high = (100 * end for end in interval)
    return f"{100 * values.mean():.1f} [{low:.1f}, {high:.1f}]"


if __name__ == "__main__":
    main()
