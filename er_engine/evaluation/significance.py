"""Is one system better than another on the same queries? Paired, with the entity as the unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from er_engine.evaluation.intervals import (
    SEED,
    Floats,
    Interval,
    percentile_interval,
    resampled_totals,
    sums_by_group,
    wilson,
)

PERMUTATIONS = 5000
_CHUNK = 250
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much lower the error of a system is than that of a baseline.

    `reduction` is (baseline error - system error) / baseline error and `interval` its 95 %
    interval; both are None where the baseline makes no errors. `p_value` is two-sided.
    """

    reduction: float | None
    interval: Interval | None
    p_value: float


class PairedErrors:
    """The misses of several systems on the same queries; every draw resamples all of them."""

    def __init__(self, misses: Mapping[str, Floats], groups: Sequence[str]) -> None:
        """Add up and resample.

        Args:
            misses: by system, float64 (n,), 1 where the right entity was missed, else 0.
            groups: n names, the entity of each query.
        """
        self._column = {name: column for column, name in enumerate(misses)}
        self._sums = sums_by_group(list(misses.values()), groups)
        self._totals = resampled_totals(self._sums)

    def interval(self, name: str) -> Interval:
        """Return the 95 % interval of an error rate.

        Wilson's stands in where resampling can't see any variation: no miss, or misses only.
        """
        failures, n = int(self._of(name).sum()), int(self._sums[:, -1].sum())
        if failures in (0, n):
            return wilson(failures, n)
        column = self._column[name]
        interval = percentile_interval(self._totals[:, column] / self._totals[:, -1])
        assert interval is not None  # every group counts at least one query
        return interval

    def compare(self, name: str, baseline: str) -> Comparison:
        """Compare a system with a baseline."""
        columns = [self._column[name], self._column[baseline]]
        reduction = float(_reduction(self._sums[:, columns].sum(axis=0, keepdims=True))[0])
        p_value = randomisation_p_value(self._of(baseline) - self._of(name))
        if np.isnan(reduction):
            return Comparison(None, None, p_value)
        interval = percentile_interval(_reduction(self._totals[:, columns]))
        return Comparison(reduction, interval, p_value)

    def _of(self, name: str) -> Floats:
        return self._sums[:, self._column[name]]


def _reduction(totals: Floats) -> Floats:
    system, baseline = totals[:, 0], totals[:, 1]
    defined = baseline > 0
    return np.where(defined, (baseline - system) / np.where(defined, baseline, 1.0), np.nan)


def randomisation_p_value(
    differences: Floats, permutations: int = PERMUTATIONS, seed: int = SEED
) -> float:
    """Return the two-sided p-value of a sign-flip randomisation test.

    Under the null hypothesis either system could have made the errors of an entity, so the sign of
    each difference is a coin toss. Source: Noreen (1989), with 1 added to both counts.

    Args:
        differences: float64 (n_groups,), the difference in errors of each entity.
        permutations: how many coin-toss assignments are drawn.
        seed: of the draws.
    """
    differing = differences[differences != 0]
    observed = abs(differing.sum())
    rng = np.random.default_rng(seed)
    as_extreme = 0
    for start in range(0, permutations, _CHUNK):
        size = (min(_CHUNK, permutations - start), len(differing))
        signs = rng.integers(0, 2, size=size) * 2 - 1
        as_extreme += int(np.count_nonzero(abs(signs @ differing) >= observed - _ROUNDING))
    return (1 + as_extreme) / (1 + permutations)
