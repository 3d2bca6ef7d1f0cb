"""Exact search: rough products choose what is looked at, exact ones order it, ties by row.

FAISS scans a flat index once for each query of a small batch. Here the vectors are read once for
all of them, as 8-bit numbers, and only those that may be among the best by the bound of the
rounding error are multiplied exactly: the answer is that of multiplying all.
"""

from __future__ import annotations

import numpy as np

from er_engine.search import FloatArray, MaskArray, RowArray
from index.rough_products import RoughProducts

# A matrix product rounds differently with the place of a row: far below what tells names apart.
_ROUNDING = np.float32(2e-6)
# Fewer vectors are multiplied exactly in less time than the rounding would save.
ROUGH_FROM = 1_000
# The largest of so many products bounds the best ones at a small part of the cost of ordering.
_GROUP = 32


class ExactVectors:
    """Finds the best of unit vectors. Thread-safe."""

    def __init__(self, vectors: FloatArray, rough_from: int = ROUGH_FROM) -> None:
        """Take float32 (n, dimension), of unit length or zero; they are not copied."""
        self._vectors = vectors
        self._rough = RoughProducts(vectors) if len(vectors) >= rough_from else None

    def best(
        self, unit: FloatArray, width: int, allowed: MaskArray | None
    ) -> tuple[FloatArray, RowArray]:
        """Return the best rows of each query, equal scores by row.

        Args:
            unit: float32 (n_queries, dimension), of unit length.
            width: how many rows, at least 1, at most as many as are allowed.
            allowed: bool (n,), or None for all.

        Returns:
            scores float32 and rows int64, both (n_queries, width).
        """
        products, errors = self._products(unit)
        if allowed is not None:
            products[:, ~allowed] = -np.inf
        scores = np.empty((len(unit), width), dtype=np.float32)
        rows = np.empty((len(unit), width), dtype=np.int64)
        for number, (line, error) in enumerate(zip(products, errors, strict=True)):
            near = _near(line, width, 2 * error)
            # One sum for each row, so that equal vectors get equal scores in every batch.
            exact = np.einsum("nd,d->n", self._vectors[near], unit[number])
            order = np.lexsort((near, -exact))[:width]
            scores[number], rows[number] = exact[order], near[order]
        return scores, rows

    def _products(self, unit: FloatArray) -> tuple[FloatArray, FloatArray]:
        if self._rough is not None:
            return self._rough(unit)
        # This way round the product is faster for a handful of queries.
        products: FloatArray = np.ascontiguousarray((self._vectors @ unit.T).T)
        return products, np.full(len(unit), _ROUNDING)


def best_of_all(
    vectors: FloatArray, unit: FloatArray, width: int, allowed: MaskArray | None
) -> tuple[FloatArray, RowArray]:
    """`ExactVectors.best` of vectors that are searched once, such as a few that just changed."""
    return ExactVectors(vectors, rough_from=len(vectors) + 1).best(unit, width, allowed)


def _near(line: FloatArray, width: int, slack: np.floating) -> RowArray:
    """Rows whose product is at most `slack` below the `width`-th largest, ascending."""
    at_least = _bound(line, width) - slack
    near: RowArray = np.flatnonzero(line >= at_least)
    some = line[near]
    cut = np.partition(some, len(some) - width)[len(some) - width]
    return np.asarray(near[some >= cut - slack])


def _bound(line: FloatArray, width: int) -> np.float32:
    """Return a number that at least `width` products reach: the `width`-th best of group maxima."""
    groups = len(line) // _GROUP
    if groups < width:
        return np.float32(line.min())
    maxima = line[: groups * _GROUP].reshape(_GROUP, groups).max(axis=0)
    return np.float32(np.partition(maxima, groups - width)[groups - width])
