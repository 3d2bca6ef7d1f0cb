"""Exact search in one matrix product, with ties in order.

FAISS scans a flat index once for each query of a small batch; one matrix product reads the vectors
once for all of them, which is several times faster for the hypotheses of one utterance.
"""

from __future__ import annotations

import numpy as np

from er_engine.search import FloatArray, MaskArray, RowArray

# A matrix product rounds differently with the place of a row: far below what tells names apart.
_ROUNDING = np.float32(2e-6)


def best_of_all(
    vectors: FloatArray, unit: FloatArray, width: int, allowed: MaskArray | None
) -> tuple[FloatArray, RowArray]:
    """Return the best rows of each query, equal scores by row.

    Args:
        vectors: float32 (n, dimension), of unit length.
        unit: float32 (n_queries, dimension), of unit length.
        width: how many rows, at most as many as are allowed.
        allowed: bool (n,), or None for all.

    Returns:
        scores float32 and rows int64, both (n_queries, width).
    """
    # This way round the product is faster for a handful of queries.
    rough = np.ascontiguousarray((vectors @ unit.T).T)
    if allowed is not None:
        rough[:, ~allowed] = -np.inf
    scores = np.empty((len(unit), width), dtype=np.float32)
    rows = np.empty((len(unit), width), dtype=np.int64)
    for number, line in enumerate(rough):
        cut = np.partition(line, len(line) - width)[len(line) - width]
        near = np.flatnonzero(line >= cut - _ROUNDING)
        # One sum for each row, so that equal vectors get equal scores in every batch.
        exact = np.einsum("nd,d->n", vectors[near], unit[number])
        order = np.lexsort((near, -exact))[:width]
        scores[number], rows[number] = exact[order], near[order]
    return scores, rows
