"""95 % intervals: Wilson's for a share, and a bootstrap that resamples entities, not queries.

Queries about one entity fail together, so the entity is the unit that is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]
Floats = NDArray[np.float64]

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


def sums_by_group(values: Sequence[Floats], groups: Sequence[str]) -> Floats:
    """Add up values by group; the last column counts.

    Args:
        values: m arrays float64 (n,).
        groups: n names.

    Returns:
        float64 (n_groups, m + 1), groups in order of first appearance.
    """
    row_of: dict[str, int] = {}
    rows = np.array([row_of.setdefault(group, len(row_of)) for group in groups], dtype=np.int64)
    columns = [np.bincount(rows, weights=value, minlength=len(row_of)) for value in values]
    counts = np.bincount(rows, minlength=len(row_of)).astype(np.float64)
    return np.column_stack([*columns, counts])


def resampled_totals(sums: Floats, resamples: int = RESAMPLES, seed: int = SEED) -> Floats:
    """Draw as many groups as there are, with replacement, and add up their sums; again and again.

    Args:
        sums: float64 (n_groups, m), from `sums_by_group`.
        resamples: how many times.
        seed: of the draws; the same seed draws the same groups.

    Returns:
        float64 (resamples, m).
    """
    rng = np.random.default_rng(seed)
    n_groups = sums.shape[0]
    chances = np.full(n_groups, 1 / n_groups)
    found = []
    for start in range(0, resamples, _CHUNK):
        draws = rng.multinomial(n_groups, chances, size=min(_CHUNK, resamples - start))
        found.append(draws @ sums)
    return np.concatenate(found)


def percentile_interval(values: Floats) -> Interval | None:
    """Return the 2.5th and 97.5th percentile of the values that are not nan; None without any."""
    defined = values[~np.isnan(values)]
    if not len(defined):
        return None
    low, high = np.percentile(defined, [2.5, 97.5])
    return (float(low), float(high))
