"""Error rates of parts of the queries: by the type of the right entity, and by each tag."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from er_engine.evaluation.evaluation import LEXICAL, Evaluation
from er_engine.evaluation.metrics import error_rate, misses
from er_engine.evaluation.significance import PairedErrors
from er_engine.lexical.baselines import SUM
from er_engine.search import MaskArray

# A tag with more values than these (an utterance's id, a time) is no group worth a table.
MOST_VALUES = 20
# More distinct numbers than these are put into as many ranges.
MOST_NUMBERS = 4
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Slice:
    """Some queries: `errors` by system and k; `interval` is the engine's, 95 %, at the first k."""

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
    """Slice by `tag=value` (a bare tag by its name); numbers are put into a few ranges.

    Tags with too many values are left out.
    """
    cases = evaluation.scored_cases
    keys = dict.fromkeys(key for case in cases for key in case.tags)
    found = []
    for key in keys:
        values = [case.tags.get(key) for case in cases]
        texts = _ranges(values) if _are_many_numbers(values) else _texts(values)
        names = [_tag_name(key, text) for text in texts]
        if len(set(names) - {None}) <= MOST_VALUES:
            found += _slices(evaluation, names)
    return found


def _are_many_numbers(values: Sequence[object]) -> bool:
    given = [value for value in values if value is not None]
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in given)
    return numbers and len(set(given)) > MOST_NUMBERS


def _ranges(values: Sequence[Any]) -> list[str | None]:
    """Name the range of each number, `28 to 32`; each has about as many queries."""
    given = np.array([value for value in values if value is not None], dtype=np.float64)
    shares = np.arange(1, MOST_NUMBERS) / MOST_NUMBERS
    cuts = np.unique(np.quantile(given, shares, method="inverted_cdf"))
    places = np.searchsorted(cuts, given)
    ends = {
        int(place): (given[places == place].min(), given[places == place].max())
        for place in np.unique(places)
    }
    names = {
        place: f"{low:g}" if low == high else f"{low:g} to {high:g}"
        for place, (low, high) in ends.items()
    }
    return [None if value is None else names[int(np.searchsorted(cuts, value))] for value in values]


def _texts(values: Sequence[object]) -> list[str | None]:
    return [None if value is None else "" if value is True else str(value) for value in values]


def _tag_name(key: str, text: str | None) -> str | None:
    return None if text is None else f"{key}={text}" if text else key


def _slices(evaluation: Evaluation, names: Iterable[str | None]) -> list[Slice]:
    listed = list(names)
    distinct = sorted({name for name in listed if name is not None}, key=_in_order)
    return [
        _slice(evaluation, name, np.array([found == name for found in listed])) for name in distinct
    ]


def _in_order(name: str) -> tuple[str, float, str]:
    """Order by the first number of the value, where it begins with one, else by the text."""
    key, _, value = name.partition("=")
    number = _NUMBER.match(value)
    return key, float(number.group()) if number else float("inf"), name


def _slice(evaluation: Evaluation, name: str, members: MaskArray) -> Slice:
    shown = {run.name: run for run in evaluation.runs if run.name == SUM}
    shown[evaluation.engine.name] = evaluation.engine
    if evaluation.lexical is not None:
        shown[LEXICAL] = evaluation.lexical
    ranks = {system: run.ranks[evaluation.scored][members] for system, run in shown.items()}
    engine = evaluation.engine.name
    groups = [evaluation.groups[row] for row in np.flatnonzero(members)]
    paired = PairedErrors({engine: misses(ranks[engine], evaluation.ks[0])}, groups)
    return Slice(
        name,
        len(groups),
        {system: {k: error_rate(r, k) for k in evaluation.ks} for system, r in ranks.items()},
        paired.interval(engine),
    )
