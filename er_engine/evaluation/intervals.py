"""95 % intervals: Wilson's for a share, and a bootstrap that resamples entities, not queries.

Queries about one entity fail together, so the entity is the unit that is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]

Z_95 = 1.959963984540054
RESAMPLES = 2000
SEED = 20220918
# Draws held in memory at a time.
_CHUNK = 100


def wilson(failures: int, n: int) -> Interval:
    """Return Wilson's 95 % score interval of failures / n.

    Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference".
    """
    if n == 0:
        return (0.0, 1.0)
    share, z2 = failures / n, Z_95 * Z_95
    centre = share + z2 / (2 * n)
    margin = Z_95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low, high = (centre - margin) / (1 + z2 / n), (centre + margin) / (1 + z2 / n)
    # Rounding must not exclude a share of exactly 0 or 1.
    return (min(max(0.0, low), share), max(min(1.0, high), share))


def sums_by_group(
    values: Sequence[NDArray[np.float64]], groups: Sequence[str]
) -> NDArray[np.float64]:
    """Add up values by group; the last column counts.

    Args:
        values: arrays float64 (n,).
        groups: n names.

    Returns:
        float64 (n_groups, len(values) + 1), groups in order of first appearance.
    """
    row_of: dict[str, int] = {}
    rows = np.array([row_of.setdefault(group, len(row_of)) for group in groups], dtype=np.int64)
    columns = [np.bincount(rows, weights=value, minlength=len(row_of)) for value in values]
    return np.column_stack([*columns, np.bincount(rows, minlength=len(row_of))]).astype(np.float64)


def bootstrap(
    sums: NDArray[np.float64],
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval | None:
    """Return the 95 % percentile interval of a statistic of totals.

    Args:
        sums: float64 (n_groups, m), from `sums_by_group`.
        statistic: totals float64 (r, m) in, float64 (r,) out; nan where it is undefined.
        resamples: how many times the groups are drawn, with replacement.
        seed: of the draws.

    Returns:
        The interval over the defined values, or None if there is none.
    """
    rng = np.random.default_rng(seed)
    n_groups = sums.shape[0]
    found = []
    for start in range(0, resamples, _CHUNK):
        draws = rng.multinomial(
            n_groups, np.full(n_groups, 1 / n_groups), size=min(_CHUNK, resamples - start)
        )
        found.append(statistic(draws @ sums))
    values = np.concatenate(found)
    values = values[~np.isnan(values)]
    if not len(values):
        return None
    low, high = np.percentile(values, [2.5, 97.5])
    return (float(low), float(high))


def error_interval(miss: NDArray[np.float64], groups: Sequence[str]) -> Interval:
    """Return the bootstrap interval of an error rate over entities.

    Wilson's interval stands in where resampling can't see any variation: no miss, or misses only.
    """
    failures = int(miss.sum())
    if failures in (0, len(miss)):
        return wilson(failures, len(miss))
    interval = bootstrap(sums_by_group([miss], groups), lambda total: total[:, 0] / total[:, 1])
    assert interval is not None  # every group counts at least one query
    return interval
