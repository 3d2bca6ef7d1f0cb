"""The packaged model must rank the right entity first on most hand-collected confusables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from er_engine.cli import main, open_index
from er_engine.lexical.baselines import SUM
from er_engine.queries import read_queries
from er_engine.types import Query
from tests.confusables import make_catalog

if TYPE_CHECKING:
    from er_engine.search import CatalogIndex, FloatArray

# Share of the queries whose right entity must come first. The aim is 0.97; the default model
# reaches 0.972, the strongest lexical baseline 0.74. Raise it with the model, never lower it.
FLOOR = 0.972
DEPTH = 50


@dataclass(frozen=True, slots=True)
class Case:
    """One query and what the engine answered; `rank` is infinite when it is not in the first 50."""

    query: Query
    rank: float
    answer: str


@pytest.fixture(scope="session")
def index_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the whole catalog, made with the packaged model."""
    folder = tmp_path_factory.mktemp("confusables")
    catalog = folder / "catalog.jsonl"
    make_catalog.write_catalog(catalog)
    assert main(["index", "build", str(catalog), "-o", str(folder / "index")]) == 0
    return folder / "index"


@pytest.mark.slow
def test_the_right_entity_comes_first(index_folder, capsys):
    """Rank 1 on at least FLOOR of the cases; printed beside the strongest lexical baseline."""
    queries = read_queries(make_catalog.QUERIES)
    index = open_index(index_folder)
    cases = resolve_all(index, queries)
    share = sum(case.rank == 1 for case in cases) / len(cases)
    rates = lexical_rates(index, queries)
    competitor = rates.pop(SUM)
    strongest = max(rates, key=rates.__getitem__)
    with capsys.disabled():
        print("\n" + case_list(cases) + "\n\n" + kind_table(cases))
        print("\n" + ", ".join(f"{name} {rate:.1%}" for name, rate in sorted(rates.items())))
        print(
            f"rank 1: engine {share:.1%}, strongest lexical baseline ({strongest}) "
            f"{rates[strongest]:.1%}, {SUM} {competitor:.1%}"
        )
    assert share >= FLOOR
    assert share > rates[strongest]


def resolve_all(index: CatalogIndex, queries: Sequence[Query]) -> list[Case]:
    """Resolve each query's whole n-best list among all entities."""
    from er_engine.evaluation.ranking import rank_in_list
    from er_engine.model import load_model
    from er_engine.resolver import Resolver

    resolver = Resolver(index, load_model(None))
    cases = []
    for query in queries:
        candidates = resolver.resolve(query.nbest, k=DEPTH).candidates
        scored = [(candidate.entity.id, candidate.score) for candidate in candidates]
        answer = candidates[0].entity.name if candidates else ""
        cases.append(Case(query, rank_in_list(scored, query.entity_ids), answer))
    return cases


def lexical_rates(index: CatalogIndex, queries: Sequence[Query]) -> dict[str, float]:
    """Share at rank 1 of every baseline: the better of maximum and mean over hypotheses."""
    from er_engine.evaluation.judged_catalog import JudgedCatalog
    from er_engine.lexical.baselines import lexical_retrievers, sum_retriever
    from er_engine.model import load_model

    catalog = JudgedCatalog(index)
    parts = (catalog.forms, load_model(None).g2p, catalog.lang)
    retrievers = [*lexical_retrievers(*parts), sum_retriever(*parts)]
    return {found.name: _rate(found.score, queries, catalog.rows) for found in retrievers}


def _rate(score, queries: Sequence[Query], rows: dict[str, int]) -> float:
    from er_engine.evaluation.ranking import rank_of_best

    first = {"max": 0, "mean": 0}
    for query in queries:
        scores: FloatArray = score([hypothesis.text for hypothesis in query.nbest])
        right = [rows[entity_id] for entity_id in query.entity_ids]
        first["max"] += rank_of_best(scores.max(axis=0), right) == 1
        first["mean"] += rank_of_best(scores.mean(axis=0), right) == 1
    return max(first.values()) / len(queries)


def case_list(cases: Iterable[Case]) -> str:
    """One line per case: id, rank, what was heard, the first answer."""
    lines = []
    for case in cases:
        heard = " / ".join(hypothesis.text for hypothesis in case.query.nbest)
        rank = f"{case.rank:.0f}" if case.rank <= DEPTH else f">{DEPTH}"
        lines.append(f"{case.query.id:14} {rank:>3}  {heard}  ->  {case.answer}")
    return "\n".join(lines)


def kind_table(cases: Iterable[Case]) -> str:
    """Share at rank 1 for each kind."""
    ranks = defaultdict(list)
    for case in cases:
        ranks[case.query.tags["kind"]].append(case.rank)
    lines = [
        f"{kind:12} {sum(rank == 1 for rank in found):>3} of {len(found)}"
        for kind, found in sorted(ranks.items())
    ]
    return "\n".join(lines)
