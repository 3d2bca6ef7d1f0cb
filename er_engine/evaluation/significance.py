"""Is one system better than another on the same queries? Paired, with the entity as the unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.evaluation.intervals import SEED, Interval, bootstrap, sums_by_group

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


def compare(
    system: NDArray[np.float64], baseline: NDArray[np.float64], groups: Sequence[str]
) -> Comparison:
    """Compare misses (0 or 1, float64 (n,)) of two systems on the same n queries."""
    sums = sums_by_group([system, baseline], groups)
    total = sums.sum(axis=0, keepdims=True)
    reduction = float(_reduction(total)[0])
    return Comparison(
        None if np.isnan(reduction) else reduction,
        None if np.isnan(reduction) else bootstrap(sums, _reduction),
        randomisation_p_value(sums[:, 1] - sums[:, 0]),
    )


def _reduction(total: NDArray[np.float64]) -> NDArray[np.float64]:
    system, baseline = total[:, 0], total[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(baseline > 0, (baseline - system) / baseline, np.nan)


def randomisation_p_value(
    differences: NDArray[np.float64], permutations: int = PERMUTATIONS, seed: int = SEED
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
