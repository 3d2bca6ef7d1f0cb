"""Queries compared with a catalog: what reranking and calibration are fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.errors import QueryError, TrainingError
from er_engine.memory_index import index_in_memory
from er_engine.model import Model
from er_engine.rerank.comparison import Comparison
from er_engine.resolver import Resolver
from er_engine.types import Entity, Query
from training.progress import Progress


@dataclass(frozen=True, slots=True)
class FitSet:
    """One domain: a catalog and queries with right entities in it."""

    name: str
    entities: Sequence[Entity]
    queries: Sequence[Query]
    templates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A compared query; `right` bool (e,) marks the candidates that are right, maybe none."""

    comparison: Comparison
    right: NDArray[np.bool_]


def make_cases(fit_set: FitSet, model: Model, progress: Progress) -> list[Case]:
    """Compare each query of a set that has a right entity with the set's catalog.

    Raises:
        TrainingError: no query has its right entity among the candidates.
    """
    index = index_in_memory(fit_set.entities, model, fit_set.templates)
    resolver = Resolver(index, model)
    row_of = {entity.id: row for row, entity in enumerate(fit_set.entities)}
    cases = []
    for query in progress.track(fit_set.queries, f"comparing {fit_set.name}"):
        rows = [row_of[entity_id] for entity_id in query.entity_ids if entity_id in row_of]
        if not rows:
            continue
        try:
            comparison = resolver.compare(query.nbest, query.type)
        except QueryError as error:
            progress.say(f"{fit_set.name}: query {query.id!r} is left out: {error}")
            continue
        cases.append(Case(comparison, np.isin(comparison.entity_rows, rows)))
    if not any(case.right.any() for case in cases):
        raise TrainingError(
            f"{fit_set.name}: no query to fit on has its right entity among the candidates"
        )
    return cases
