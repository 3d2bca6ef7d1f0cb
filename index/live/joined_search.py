"""One searcher of two: the main vectors, some of them gone, and the exact side vectors."""

from __future__ import annotations

import numpy as np

from er_engine.search import (
    MISSING_ROW,
    FloatArray,
    MaskArray,
    RowArray,
    Searcher,
    check_search,
    pad_results,
    unit_length,
)
from index.exact import best_of_all


class JoinedSearcher:
    """A `Searcher` whose rows are those of the main searcher, then those of the side."""

    def __init__(self, main: Searcher, side: FloatArray, alive: MaskArray | None) -> None:
        """Join them.

        Args:
            main: the main vectors.
            side: float32 (n_side, dimension), of unit length.
            alive: bool (len(main) + n_side,): rows that may be found; None for all.
        """
        self._main = main
        self._side = side
        self._alive = alive

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self._main.dimension

    def __len__(self) -> int:
        return len(self._main) + len(self._side)

    def search(
        self, queries: FloatArray, k: int, allowed: MaskArray | None = None
    ) -> tuple[FloatArray, RowArray]:
        """See `Searcher.search`."""
        check_search(queries, k, self.dimension)
        if allowed is not None and allowed.shape != (len(self),):
            raise ValueError(f"allowed must be ({len(self)},), got shape {allowed.shape}")
        mask = _both(self._alive, allowed)
        n_main = len(self._main)
        scores, rows = self._main.search(queries, k, None if mask is None else mask[:n_main])
        if not len(self._side):
            return scores, rows
        more, more_rows = self._search_side(queries, k, None if mask is None else mask[n_main:])
        scores, rows = np.hstack([scores, more]), np.hstack([rows, more_rows])
        # What is missing has the score -inf and comes last.
        order = np.lexsort((rows, -scores))[:, :k]
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)

    def _search_side(
        self, queries: FloatArray, k: int, mask: MaskArray | None
    ) -> tuple[FloatArray, RowArray]:
        n_allowed = len(self._side) if mask is None else int(np.count_nonzero(mask))
        width = min(k, n_allowed)
        if not width:
            empty = np.zeros((len(queries), 0), dtype=np.float32)
            return pad_results(empty, empty.astype(np.int64), 0)
        scores, rows = best_of_all(self._side, unit_length(queries), width, mask)
        return scores, np.where(rows == MISSING_ROW, rows, rows + len(self._main))


def _both(one: MaskArray | None, other: MaskArray | None) -> MaskArray | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other
