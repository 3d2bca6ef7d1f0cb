"""Makes FAISS indexes: which kind for how many vectors, training, adding, writing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from er_engine.errors import ConfigError
from er_engine.search import FloatArray

KINDS = ("flat", "sq8", "ivf")
# Exact search stays within a few milliseconds up to here; beyond, lists are worth their loss.
FLAT_UP_TO = 100_000
# Fewer vectors can't train the quantisers of `ivf`.
IVF_FROM = 1_000
# More vectors don't make better centroids (FAISS itself uses up to 256 for each).
MAX_TRAINING_VECTORS = 400_000
_VECTORS_PER_LIST = 39  # FAISS asks for at least as many to train one centroid


@dataclass(frozen=True, slots=True)
class VectorPlan:
    """How vectors will be stored: `kind` is one of `KINDS`, `factory` is FAISS's own word."""

    kind: str
    factory: str


def plan_vectors(kind: str, n_vectors: int, dimension: int) -> VectorPlan:
    """Choose how to store vectors.

    Args:
        kind: `auto` (exact up to `FLAT_UP_TO` vectors, then `ivf`), `flat` (exact, float32),
            `sq8` (every vector scanned, 8 bits for each number) or `ivf` (some lists scanned in
            4-bit product codes, then refined with 8 bits). `ivf` with fewer than `IVF_FROM`
            vectors becomes `flat`: there would be nothing to gain and too little to train on.
        n_vectors: how many there will be.
        dimension: width of the vectors.

    Raises:
        ConfigError: unknown kind.
    """
    if kind == "auto":
        kind = "flat" if n_vectors <= FLAT_UP_TO else "ivf"
    if kind == "ivf" and n_vectors < IVF_FROM:
        kind = "flat"
    if kind == "flat":
        return VectorPlan(kind, "Flat")
    if kind == "sq8":
        return VectorPlan(kind, "SQ8")
    if kind == "ivf":
        lists = _n_lists(n_vectors)
        return VectorPlan(kind, f"IVF{lists},PQ{_n_codes(dimension)}x4fs,Refine(SQ8)")
    raise ConfigError(f"index kind {kind!r} is unknown; use auto, {', '.join(KINDS)}")


def train(plan: VectorPlan, sample: FloatArray) -> Any:
    """Return an empty FAISS index, trained on a sample of unit vectors, float32 (n, dimension).

    FAISS seeds its k-means with a constant: the same sample gives the same index.
    """
    import faiss

    dimension = sample.shape[1]
    faiss_index = faiss.index_factory(dimension, plan.factory, faiss.METRIC_INNER_PRODUCT)
    faiss_index.train(np.ascontiguousarray(sample, dtype=np.float32))
    return faiss_index


def training_rows(n_vectors: int) -> slice:
    """Return which vectors to train on: evenly spaced ones, at most `MAX_TRAINING_VECTORS`."""
    return slice(0, n_vectors, max(1, -(-n_vectors // MAX_TRAINING_VECTORS)))


def write(faiss_index: Any, path: Path) -> None:
    """Write a FAISS index.

    Raises:
        OSError: it can't be written, for example because the disk is full.
    """
    import faiss

    try:
        faiss.write_index(faiss_index, str(path))
    except RuntimeError as error:
        raise OSError(f"{path.name} can't be written") from error


def _n_lists(n_vectors: int) -> int:
    """About twice the square root, a power of two, and never too many to train."""
    wanted = 1 << max(2, round(np.log2(2 * np.sqrt(n_vectors))))
    return int(max(1, min(wanted, n_vectors // _VECTORS_PER_LIST)))


def _n_codes(dimension: int) -> int:
    """4-bit codes for each vector: one for four numbers, where the width allows it."""
    return next(m for m in range(max(1, dimension // 4), 0, -1) if dimension % m == 0)
