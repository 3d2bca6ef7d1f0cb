"""One set of queries against catalogs of 1, 10 and 100 times the size."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from benchmarks.accuracy.calibration import (
    answered,
    is_removed,
    share_without,
    supposed_share,
    with_known_share,
    without,
)
from benchmarks.accuracy.sets import SEED
from benchmarks.accuracy.systems import NotedEngine, Prepared
from er_engine.evaluation.calibration import reliability
from er_engine.evaluation.cases import entity_group
from er_engine.evaluation.metrics import error_rate, misses
from er_engine.evaluation.no_match import auroc
from er_engine.evaluation.significance import PairedErrors
from er_engine.evaluation.systems import run_system
from er_engine.search import MaskArray
from er_engine.types import Entity, Query


def at_sizes(
    prepared: Prepared, queries: Sequence[Query], core: Collection[str], sizes: Sequence[int]
) -> list[dict[str, Any]]:
    """Measure the engine with nested samples of a catalog that all hold the entities of `core`.

    Of the right answers those count that are in the sample. Calibration is that of all queries with
    the whole sample and again with half of it removed.
    """
    return [_at(prepared, queries, kept_of(prepared.entities, core, size)) for size in sizes]


def kept_of(entities: Sequence[Entity], core: Collection[str], size: int) -> MaskArray:
    """Return bool (n_entities,): the entities of `core`, and a seeded sample of the others."""
    kept = np.array([entity.id in core for entity in entities])
    others = np.flatnonzero(~kept).tolist()
    random.Random(SEED).shuffle(others)
    kept[others[: max(0, size - int(kept.sum()))]] = True
    return kept


def _at(prepared: Prepared, asked: Sequence[Query], kept: MaskArray) -> dict[str, Any]:
    ids = np.array([entity.id for entity in prepared.entities])
    gone = np.array([is_removed(entity_id) for entity_id in ids])
    queries = without(asked, set(ids[~kept].tolist()))
    cases = without(queries, set(ids[gone].tolist()))
    whole, half = prepared.subset(kept), prepared.subset(kept & ~gone)
    first, second = NotedEngine(whole.resolver()), NotedEngine(half.resolver())
    run = run_system(first, queries, lambda _: None)
    again = run_system(second, cases, lambda _: None)
    said, right = answered([*first.notes[1:], *second.notes[1:]], [*queries, *cases])
    with_right = np.array([bool(case.entity_ids) for case in cases])
    supposed = supposed_share(whole)
    known = with_known_share(first.notes[1:], share_without(queries), supposed)
    known += with_known_share(second.notes[1:], share_without(cases), supposed)
    told, _ = answered(known, [*queries, *cases])
    assert again.no_match is not None
    doubt = again.no_match
    missed = misses(run.ranks, 1)
    paired = PairedErrors({"engine": missed}, [entity_group(query) for query in queries])
    return {
        "entities": len(whole.entities),
        "queries": len(queries),
        "error": error_rate(run.ranks, 1),
        "interval": list(paired.interval("engine")),
        "auroc": auroc(doubt[~with_right], doubt[with_right]),
        "calibration": reliability(said, right),
        "known_share": reliability(told, right)["error"],
    }
