"""Nearest vectors with FAISS: the `Searcher` that an index is served with.

Scores are what FAISS stores: exact inner products for `flat`, those of 8-bit numbers for `sq8` and
`ivf`. Equal scores are ordered by row, also where they are cut off at k, and the answer to a query
doesn't depend on which other queries are in its batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faiss as faiss_module
import numpy as np
from numpy.typing import NDArray

from er_engine.errors import IndexFormatError
from er_engine.search import (
    FloatArray,
    MaskArray,
    RowArray,
    check_search,
    pad_results,
    unit_length,
)
from index import faiss_build
from index.exact import ExactVectors

# FAISS describes its C++ signatures only; what its Python wrappers accept is wider.
faiss: Any = faiss_module

# From 20 queries on, FAISS goes through BLAS, whose sums depend on the batch. It also bounds the
# memory that exact scores take.
_BATCH = 16
# Read this many more than k, so that most ties at the cut are seen at once.
_MARGIN = 8
# At least so many candidates of the product codes are refined.
_REFINED = 500
# `ivf` looks into one list in so many: what is heard wrong lies far from what was said, and fewer
# lists lose it (measured on simulated speech: one in 16 finds 80 % of the ten nearest, one in 4
# finds 91 %).
_LIST_SHARE = 4
_MIN_LISTS = 16
_MAX_LISTS = 1_024
# Up to so many allowed rows, scanning them all is fast, and lists could miss them.
SCAN_UP_TO = 50_000


class FaissSearcher:
    """A `Searcher` on a FAISS index of unit vectors. Thread-safe."""

    def __init__(self, faiss_index: Any, scan_up_to: int = SCAN_UP_TO) -> None:
        """Wrap a FAISS index; `ivf` reads lists where more than `scan_up_to` rows are allowed."""
        self._faiss_index = faiss_index
        self._scan_up_to = scan_up_to
        self._is_refined = isinstance(faiss_index, faiss.IndexRefine)
        if self._is_refined:
            self._all = faiss.downcast_index(faiss_index.refine_index)
            n_lists = faiss.extract_index_ivf(faiss_index.base_index).nlist
            self._n_probe = min(n_lists, max(_MIN_LISTS, n_lists // _LIST_SHARE), _MAX_LISTS)
        else:
            self._all = faiss_index
        vectors = _float_vectors(faiss_index)
        self._exact = None if vectors is None else ExactVectors(vectors)

    @classmethod
    def from_vectors(
        cls, vectors: NDArray[np.floating], kind: str = "auto", scan_up_to: int = SCAN_UP_TO
    ) -> FaissSearcher:
        """Return a searcher of float (n, dimension) vectors, which are made unit length here."""
        unit = unit_length(vectors)
        plan = faiss_build.plan_vectors(kind, *unit.shape)
        faiss_index = faiss_build.train(plan, unit[faiss_build.training_rows(len(unit))])
        faiss_index.add(unit)
        return cls(faiss_index, scan_up_to)

    @classmethod
    def read(cls, path: Path, scan_up_to: int = SCAN_UP_TO) -> FaissSearcher:
        """Read what `write` wrote. FAISS trusts the file: check its hash before.

        Raises:
            IndexFormatError: FAISS can't read it.
        """
        try:
            return cls(faiss.read_index(str(path)), scan_up_to)
        except RuntimeError as error:
            raise IndexFormatError(f"{path}: FAISS can't read it; build the index again") from error

    def write(self, path: Path) -> None:
        """Write the FAISS index to a file."""
        faiss_build.write(self._faiss_index, path)

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return int(self._faiss_index.d)

    def __len__(self) -> int:
        return int(self._faiss_index.ntotal)

    def vectors(self, first: int, last: int) -> FloatArray:
        """Return the vectors of rows first to last - 1, float32 (n, dimension), of unit length.

        They are exact for `flat`, else what is left of them in 8-bit numbers.
        """
        found: FloatArray = self._all.reconstruct_n(first, last - first)
        return found if self._exact is not None else unit_length(found)

    def search(
        self, queries: FloatArray, k: int, allowed: MaskArray | None = None
    ) -> tuple[FloatArray, RowArray]:
        """See `Searcher.search`."""
        check_search(queries, k, self.dimension)
        if not np.isfinite(queries).all():
            raise ValueError("queries must be finite numbers")
        if allowed is not None and allowed.shape != (len(self),):
            raise ValueError(f"allowed must be ({len(self)},), got shape {allowed.shape}")
        n_allowed = len(self) if allowed is None else int(np.count_nonzero(allowed))
        width = min(k, n_allowed)
        scores = np.zeros((len(queries), width), dtype=np.float32)
        rows = np.zeros((len(queries), width), dtype=np.int64)
        unit = unit_length(queries)
        searched = np.flatnonzero(unit.any(axis=1))
        if width:
            # Every score of a zero vector is zero: the first rows come first.
            rows[:] = np.arange(width) if allowed is None else np.flatnonzero(allowed)[:width]
            with _threads(len(searched)):
                for start in range(0, len(searched), _BATCH):
                    batch = searched[start : start + _BATCH]
                    if self._exact is not None:
                        found = self._exact.best(unit[batch], width, allowed)
                    else:
                        found = self._nearest(unit[batch], width, n_allowed, _selector(allowed))
                    scores[batch], rows[batch] = found
        return pad_results(scores, rows, k)

    def _nearest(
        self, unit: FloatArray, width: int, n_allowed: int, selector: Any
    ) -> tuple[FloatArray, RowArray]:
        """Return the `width` best, in order; there are at least so many."""
        fetch = min(width + _MARGIN, n_allowed)
        while True:
            scores, rows = self._fetch(unit, fetch, n_allowed, selector)
            tied = scores[:, -1] >= scores[:, width - 1]
            if fetch == n_allowed or not tied.any():
                break
            fetch = min(4 * fetch, n_allowed)
        order = np.lexsort((rows, -scores))[:, :width]
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)

    def _fetch(
        self, unit: FloatArray, k: int, n_allowed: int, selector: Any
    ) -> tuple[FloatArray, RowArray]:
        if self._is_refined and n_allowed > self._scan_up_to:
            scores, rows = self._faiss_index.search(unit, k, params=self._list_search(k, selector))
            if rows.min() >= 0:
                return scores, rows
        parameters = None if selector is None else faiss.SearchParameters(sel=selector)
        scores, rows = self._all.search(unit, k, params=parameters)
        return scores, rows

    def _list_search(self, k: int, selector: Any) -> Any:
        lists = faiss.SearchParametersIVF(sel=selector, nprobe=self._n_probe)
        return faiss.IndexRefineSearchParameters(
            k_factor=max(4.0, _REFINED / k), base_index_params=lists
        )


def _float_vectors(faiss_index: Any) -> FloatArray | None:
    """Return a view of the float32 (n, dimension) vectors of a flat index, None of others."""
    if not isinstance(faiss_index, faiss.IndexFlat):
        return None
    shape = (faiss_index.ntotal, faiss_index.d)
    view: FloatArray = faiss.rev_swig_ptr(faiss_index.get_xb(), shape[0] * shape[1]).reshape(shape)
    return view


def _selector(allowed: MaskArray | None) -> Any:
    if allowed is None:
        return None
    return faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))


@contextmanager
def _threads(n_queries: int) -> Iterator[None]:
    """One thread for a query or a few: handing them out costs more than it saves."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1 if n_queries < _BATCH else before)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
