"""Error rate @k and mean reciprocal rank, from ranks (1 is first, infinity is not found)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ranks = NDArray[np.float64]
Misses = NDArray[np.float64]


def misses(ranks: Ranks, k: int) -> Misses:
    """Return float64 (n,): 1 where the right entity is not in the first k, else 0."""
    return (ranks > k).astype(np.float64)


def error_rate(ranks: Ranks, k: int) -> float:
    """Return the share of queries whose right entity is not in the first k."""
    return float(misses(ranks, k).mean())


def mean_reciprocal_rank(ranks: Ranks) -> float:
    """Return the mean of 1 / rank; not found counts 0."""
    return float((1.0 / ranks).mean())
