"""Error rates of parts of the queries: by the type of the right entity, and by each tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from er_engine.evaluation.evaluation import LEXICAL, Evaluation
from er_engine.evaluation.intervals import wilson
from er_engine.evaluation.metrics import error_rate, misses
from er_engine.lexical.baselines import SUM
from er_engine.search import MaskArray
from er_engine.types import Query

# A tag with more values than these (an utterance's id, a time) is no group worth a table.
MOST_VALUES = 20


@dataclass(frozen=True, slots=True)
class Slice:
    """Some queries: `errors` by system and k; `interval` is the engine's 95 % (Wilson) at `k`."""

    name: str
    queries: int
    errors: dict[str, dict[int, float]]
    interval: tuple[float, float]


def by_type(evaluation: Evaluation, type_of: Mapping[str, str | None]) -> list[Slice]:
    """Slice by type.

    Args:
        evaluation: what was asked and answered.
        type_of: the type of each entity id; the first right entity's counts.
    """
    names = [type_of.get(case.entity_ids[0]) for case in evaluation.scored_cases]
    return _slices(evaluation, names)


def by_tag(evaluation: Evaluation) -> list[Slice]:
    """Slice by `tag=value` (a bare tag by its name), leaving out tags with too many values."""
    cases = evaluation.scored_cases
    keys = dict.fromkeys(key for case in cases for key in case.tags)
    found = []
    for key in keys:
        names = [_tag_name(case, key) for case in cases]
        if len(set(names) - {None}) <= MOST_VALUES:
            found += _slices(evaluation, names)
    return found


def _tag_name(case: Query, key: str) -> str | None:
    value = case.tags.get(key)
    if value is None:
        return None
    return key if value is True else f"{key}={value}"


def _slices(evaluation: Evaluation, names: Iterable[str | None]) -> list[Slice]:
    listed = list(names)
    distinct = sorted({name for name in listed if name is not None})
    return [
        _slice(evaluation, name, np.array([found == name for found in listed])) for name in distinct
    ]


def _slice(evaluation: Evaluation, name: str, members: MaskArray) -> Slice:
    shown = {run.name: run for run in evaluation.runs if run.name == SUM}
    shown[evaluation.engine.name] = evaluation.engine
    if evaluation.lexical is not None:
        shown[LEXICAL] = evaluation.lexical
    ranks = {system: run.ranks[evaluation.scored][members] for system, run in shown.items()}
    of_engine = ranks[evaluation.engine.name]
    return Slice(
        name,
        len(of_engine),
        {system: {k: error_rate(r, k) for k in evaluation.ks} for system, r in ranks.items()},
        wilson(int(misses(of_engine, evaluation.ks[0]).sum()), len(of_engine)),
    )
