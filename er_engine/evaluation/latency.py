"""Latency percentiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PERCENTILES = (50, 95, 99)


def latency_percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds (linear between measurements)."""
    values = np.percentile(np.asarray(milliseconds, dtype=np.float64), PERCENTILES)
    return {f"p{p}": float(value) for p, value in zip(PERCENTILES, values, strict=True)}
