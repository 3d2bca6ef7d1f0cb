"""Everything that is measured of one set, as plain values for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.accuracy.calibration import (
    calibration_of,
    removed_half,
    retrieval_of,
    supposed_share,
)
from benchmarks.accuracy.ladder import WITHOUT_SEMANTIC
from benchmarks.accuracy.parts import parts_of, with_derived_tags
from benchmarks.accuracy.sets import LoadedSet
from benchmarks.accuracy.systems import (
    PHONETIC,
    SEMANTIC,
    SUM_OF_TOWERS,
    Heard,
    NotedEngine,
    Prepared,
    Remembering,
    TowerRetriever,
)
from er_engine.evaluation.baseline_runs import run_baseline, strongest
from er_engine.evaluation.cases import EACH, FIRST, NBEST, entity_group, expand
from er_engine.evaluation.evaluation import Evaluation
from er_engine.evaluation.judged_catalog import JudgedCatalog
from er_engine.evaluation.metrics import error_rate, misses
from er_engine.evaluation.significance import Comparison, PairedErrors
from er_engine.evaluation.systems import SystemRun, run_system
from er_engine.lexical.baselines import SUM, lexical_retrievers, sum_retriever
from er_engine.search import Retriever
from er_engine.types import Query

KS = (1, 3, 10)
# How many hypotheses are given, in the curve.
NUMBERS = (1, 2, 3, 5, 10)
DEPTH = 20
CLASSICAL = "double_metaphone"


@dataclass(frozen=True)
class Asked:
    """The queries of a set in each mode: single hypotheses, the first n, the whole list."""

    single: str
    cases: dict[str, list[Query]]

    @classmethod
    def of(cls, loaded: LoadedSet) -> Asked:
        """Bring the queries of a set into every mode that is measured."""
        single = FIRST if loaded.spec.ranked else EACH
        cases = {single: expand(loaded.queries, single), NBEST: loaded.queries}
        if loaded.spec.ranked:
            for n in NUMBERS[1:-1]:
                cases[str(n)] = [replace(q, nbest=q.nbest[:n]) for q in loaded.queries]
        return cls(single, cases)


Runs = dict[str, dict[str, SystemRun]]
Paired = dict[int, PairedErrors]


def measure(loaded: LoadedSet, prepared: Prepared, say: Any) -> dict[str, Any]:
    """Run every system on a set and return all figures as JSON values."""
    asked = Asked.of(loaded)
    catalog = JudgedCatalog(prepared.index)
    engine = NotedEngine(prepared.resolver(), DEPTH)
    say("engine")
    runs: Runs = {NBEST: {"engine": _run(engine, asked.cases[NBEST])}}
    notes = engine.notes[1:]  # the first query is asked twice
    for mode in [mode for mode in asked.cases if mode != NBEST]:
        found = _run(NotedEngine(prepared.resolver(), DEPTH), asked.cases[mode])
        runs[mode] = {"engine": found}
    _run_without_semantic(prepared, asked, runs, say)
    _run_towers(prepared, asked, runs, catalog, say)
    baselines = _run_baselines(prepared, asked, runs, catalog, say)
    ladders = {
        mode: _ladder(found, baselines, asked.cases[mode])
        for mode, found in runs.items()
        if mode in (asked.single, NBEST)
    }
    best = ladders[NBEST]["lexical"]
    say("parts, calibration")
    return {
        "name": loaded.spec.name,
        "title": loaded.spec.title,
        "split": loaded.spec.split,
        "templates": list(loaded.spec.templates),
        "single": asked.single,
        "entities": len(catalog.entities),
        "queries": len(loaded.queries),
        "total_queries": loaded.total,
        "asked_entities": len({entity_group(query) for query in loaded.queries}),
        "ladders": ladders,
        "curve": _curve(runs, best) if loaded.spec.ranked else {},
        "parts": parts_of(_evaluation(asked, runs[NBEST], baselines, prepared)),
        "retrieval": retrieval_of(prepared, loaded.queries, notes, runs[NBEST], catalog),
        "calibration": calibration_of(notes, loaded.queries, supposed_share(prepared)),
        "removed": removed_half(prepared, loaded.queries, best, notes),
    }


def _run(engine: NotedEngine, cases: Sequence[Query]) -> SystemRun:
    return run_system(engine, cases, lambda _: None)


def _run_without_semantic(prepared: Prepared, asked: Asked, runs: Runs, say: Any) -> None:
    if SEMANTIC not in prepared.vectors:
        return
    say(WITHOUT_SEMANTIC)
    for mode in (asked.single, NBEST):
        engine = NotedEngine(prepared.resolver_of(PHONETIC), DEPTH)
        found = _run(engine, asked.cases[mode])
        runs[mode][WITHOUT_SEMANTIC] = replace(found, name=WITHOUT_SEMANTIC)


def _run_towers(
    prepared: Prepared, asked: Asked, runs: Runs, catalog: JudgedCatalog, say: Any
) -> None:
    say("towers")
    heard = Heard(prepared.model)
    for tower in (PHONETIC, SEMANTIC, SUM_OF_TOWERS):
        if tower in prepared.vectors:
            run_retriever(TowerRetriever(prepared, heard, tower), asked.cases, runs, catalog)


def _run_baselines(
    prepared: Prepared, asked: Asked, runs: Runs, catalog: JudgedCatalog, say: Any
) -> list[str]:
    model = prepared.model
    retrievers = lexical_retrievers(catalog.forms, model.g2p, model.lang)
    for retriever in [*retrievers, sum_retriever(catalog.forms, model.g2p, model.lang)]:
        say(retriever.name)
        run_retriever(retriever, asked.cases, runs, catalog)
    return [retriever.name for retriever in retrievers]


def run_retriever(
    retriever: Retriever, asked: Mapping[str, list[Query]], runs: Runs, catalog: JudgedCatalog
) -> None:
    """Ask a retriever the queries of each mode; its runs are added to `runs`."""
    remembering = Remembering(retriever)
    for mode, cases in asked.items():
        found = run_baseline(remembering, cases, catalog, DEPTH, lambda _: None, timed=0)
        runs[mode][found.name] = found


def _ladder(
    runs: dict[str, SystemRun], baselines: Sequence[str], cases: Sequence[Query]
) -> dict[str, Any]:
    everything = np.ones(len(cases), dtype=bool)
    lexical = strongest([runs[name] for name in baselines], everything).name
    classical = strongest(
        [runs[name] for name in baselines if name.startswith(CLASSICAL)], everything
    ).name
    paired = paired_errors(runs, cases)
    systems = {
        name: {
            **figures_of(run, paired, lexical),
            "engine_reduction": comparison_of(paired[1].compare("engine", name)),
        }
        for name, run in runs.items()
    }
    return {
        "lexical": lexical,
        "classical": classical,
        "cases": len(cases),
        "systems": systems,
    }


def paired_errors(runs: Mapping[str, SystemRun], cases: Sequence[Query]) -> Paired:
    """Pair the misses of systems that were asked the same, for each of `KS`."""
    groups = [entity_group(case) for case in cases]
    return {
        k: PairedErrors({name: misses(run.ranks, k) for name, run in runs.items()}, groups)
        for k in KS
    }


def figures_of(run: SystemRun, paired: Paired, lexical: str) -> dict[str, Any]:
    """Return errors of a system with intervals, and its reduction against a lexical baseline."""
    return {
        "error": {str(k): error_rate(run.ranks, k) for k in KS},
        "interval": {str(k): list(paired[k].interval(run.name)) for k in KS},
        "reduction": comparison_of(paired[1].compare(run.name, lexical)),
        "fusion": run.fusion,
    }


def comparison_of(found: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON values."""
    interval = None if found.interval is None else list(found.interval)
    return {"reduction": found.reduction, "interval": interval, "p": found.p_value}


def _curve(runs: Runs, lexical: str) -> dict[str, list[float]]:
    modes = [FIRST, *(str(n) for n in NUMBERS[1:-1]), NBEST]
    shown = {"engine": "engine", f"lexical ({lexical})": lexical, SUM: SUM}
    shown["weighted sum of towers"] = f"{SUM_OF_TOWERS} vectors"
    return {
        label: [error_rate(runs[mode][name].ranks, 1) for mode in modes]
        for label, name in shown.items()
    }


def _evaluation(
    asked: Asked, runs: dict[str, SystemRun], baselines: Sequence[str], prepared: Prepared
) -> Evaluation:
    cases = with_derived_tags(asked.cases[NBEST], prepared)
    others = [runs[name] for name in [*baselines, SUM]]
    return Evaluation(NBEST, KS, cases, runs["engine"], others)
