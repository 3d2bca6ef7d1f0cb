"""One more step of the ladder: the phonetic tower that was trained without n-best lists.

It is measured on its own, so that its figures can be added to a set that was measured before.
"""

from __future__ import annotations

from typing import Any

from benchmarks.accuracy.ladder import TRAINED, WITHOUT_NBEST
from benchmarks.accuracy.measure import (
    Asked,
    Runs,
    comparison_of,
    figures_of,
    paired_errors,
    run_retriever,
)
from benchmarks.accuracy.sets import LoadedSet
from benchmarks.accuracy.systems import PHONETIC, Heard, TowerRetriever, prepare
from er_engine.evaluation.cases import NBEST
from er_engine.evaluation.judged_catalog import JudgedCatalog
from er_engine.lexical.baselines import lexical_retrievers
from er_engine.model import Model

Figures = dict[str, Any]


def measure_without_nbest(
    loaded: LoadedSet, model: Model, compared: Model, ladders: Figures
) -> Figures:
    """Run the phonetic towers of both, and each mode's strongest lexical baseline beside them.

    Args:
        loaded: the set.
        model: the one that the report is about.
        compared: its phonetic tower was trained on synthetic confusions alone.
        ladders: by mode, what `measure` found of the set.

    Returns:
        By mode, as JSON values, what the ladder says of a system, and as `gain` what training on
        n-best lists brings.
    """
    asked = Asked.of(loaded)
    cases = {mode: asked.cases[mode] for mode in (asked.single, NBEST)}
    runs: Runs = {mode: {} for mode in cases}
    for name, one in ((TRAINED, model), (WITHOUT_NBEST, compared)):
        prepared = prepare(loaded.entities, one, loaded.spec.templates)
        catalog = JudgedCatalog(prepared.index)
        run_retriever(TowerRetriever(prepared, Heard(one), PHONETIC, name), cases, runs, catalog)
    lexical = {mode: ladders[mode]["lexical"] for mode in cases}
    for retriever in lexical_retrievers(catalog.forms, model.g2p, model.lang):
        if retriever.name in lexical.values():
            run_retriever(retriever, cases, runs, catalog)
    found = {}
    for mode, baseline in lexical.items():
        paired = paired_errors(runs[mode], cases[mode])
        gain = comparison_of(paired[1].compare(TRAINED, WITHOUT_NBEST))
        step = figures_of(runs[mode][WITHOUT_NBEST], paired, baseline)
        found[mode] = {**step, "gain": gain}
    return found


def with_step(figures: Figures, found: Figures) -> Figures:
    """Return the figures of a set with the step in its ladder; `found` is by mode."""
    ladders = {
        mode: {**ladder, "systems": {**ladder["systems"], WITHOUT_NBEST: found[mode]}}
        for mode, ladder in figures["ladders"].items()
    }
    return {**figures, "ladders": ladders}
