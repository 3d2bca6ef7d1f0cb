"""N-gram indexes of a catalog that changes, equal to those of a fresh build.

How rare an n-gram is depends on how many forms there are, so that each change touches the length
of every form. With n forms, of which c have an n-gram, its weight is
log1p((n - c + 0.5) / (c + 0.5)) = log(n + 1) - log(c + 0.5). So the squared length of a form is
m L² - 2 L Σ l + Σ l², where L = log(n + 1), l = log(c + 0.5), and m is how many n-grams it has.
The three sums are kept for each form; a change touches only those that share an n-gram with it.

One thing waits for the next merge: an n-gram that was too common to be kept stays left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.rerank.ngrams import (
    BUCKETS,
    MAX_SHARE,
    MIN_DROPPED,
    BucketArray,
    NgramIndex,
)
from er_engine.search import FloatArray, RowArray

_Sums = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class JoinedNgrams(NgramIndex):
    """An `NgramIndex` of main and side rows.

    `starts` and `rows` are the main postings; `rarity` and `lengths` are of all rows.

    Attributes:
        side: postings of the side rows, numbered from 0.
        gone: form rows, main or side, that are found no more.
    """

    side: NgramIndex
    gone: RowArray

    def dot(self, buckets: BucketArray) -> tuple[FloatArray, float]:
        """See `NgramIndex.dot`."""
        totals, length = NgramIndex.dot(self, buckets)
        n_side = len(self.side.lengths)
        if n_side:
            totals[len(totals) - n_side :] = self.side.dot(buckets)[0]
        totals[self.gone] = 0.0
        return totals, length


class LiveNgrams:
    """Counts n-grams while forms come and go; one thread at a time."""

    def __init__(self, main: NgramIndex) -> None:
        """Begin with the n-grams of the main index; takes time only when something changes."""
        self._main = main
        self._n_forms = len(main.lengths)
        self._n_side = 0
        # Postings of the side, sorted by bucket, then row; what is newer waits in the list.
        self._side_buckets = np.zeros(0, dtype=np.int32)
        self._side_rows = np.zeros(0, dtype=np.int32)
        self._new_forms: list[BucketArray] = []
        self._changed: list[BucketArray] = []
        self._sums: _Sums | None = None

    def add(self, buckets: BucketArray) -> None:
        """Append a side form that has these buckets, all distinct."""
        self._count(buckets, 1)
        self._new_forms.append(buckets)
        self._n_side += 1

    def remove(self, buckets: BucketArray) -> None:
        """Count a form no more; its row stays, and is named as gone in `joined`."""
        self._count(buckets, -1)

    def joined(self, gone: RowArray) -> NgramIndex:
        """Return the index of what there is now; later changes don't touch it."""
        if self._sums is None:
            return self._main
        self._update()
        rarity = np.where(self._used, np.log(self._n_forms + 1) - self._logs, 0.0)
        rarity32 = rarity.astype(np.float32)
        side = self._postings(rarity32)
        lengths = np.concatenate([self._lengths(self._sums), side.lengths])
        return JoinedNgrams(self._main.starts, self._main.rows, rarity32, lengths, side, gone)

    def _count(self, buckets: BucketArray, step: int) -> None:
        if self._sums is None:
            self._begin()
        self._n_forms += step
        self._counts[buckets] += step
        self._changed.append(buckets)

    def _begin(self) -> None:
        main = self._main
        self._counts = np.diff(main.starts)
        self._kept = main.rarity > 0
        self._used = self._kept.copy()
        self._logs = np.log(self._counts + 0.5)
        self._sums = _sums(main.rows, np.repeat(self._logs, self._counts), len(main.lengths))

    def _update(self) -> None:
        """Bring the sums of the main forms up to date with the counts."""
        assert self._sums is not None
        most = max(MIN_DROPPED, MAX_SHARE * self._n_forms)
        used = self._kept & (self._counts <= most)
        changed = np.unique(np.concatenate([*self._changed, np.flatnonzero(used != self._used)]))
        before = _powers(self._logs[changed]) * self._used[changed]
        # Forms that go may have n-grams that were left out as too common, and never counted.
        self._logs[changed] = np.log(np.maximum(self._counts[changed], 0) + 0.5)
        difference = _powers(self._logs[changed]) * used[changed] - before
        starts, ends = self._main.starts[changed], self._main.starts[changed + 1]
        for column, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            # Rows of one n-gram are distinct.
            self._sums[:, self._main.rows[start:end]] += difference[:, column, None]
        self._used = used
        self._changed.clear()

    def _lengths(self, sums: _Sums) -> FloatArray:
        log_n = np.log(self._n_forms + 1)
        squares = sums[0] * log_n**2 - 2 * log_n * sums[1] + sums[2]
        lengths: FloatArray = np.sqrt(squares.clip(min=0.0)).astype(np.float32)
        return lengths

    def _postings(self, rarity: FloatArray) -> NgramIndex:
        self._sort_in()
        used = self._used[self._side_buckets]
        buckets, rows = self._side_buckets[used], self._side_rows[used]
        lengths = self._lengths(_sums(rows, self._logs[buckets], self._n_side))
        starts = np.zeros(BUCKETS + 1, dtype=np.int64)
        np.cumsum(np.bincount(buckets, minlength=BUCKETS), out=starts[1:])
        return NgramIndex(starts, rows, rarity, lengths)

    def _sort_in(self) -> None:
        """Put the new side forms, which have the highest rows, among the sorted postings."""
        new = self._new_forms
        buckets = np.concatenate([np.zeros(0, np.int32), *new])
        first = self._n_side - len(new)
        rows = np.repeat(np.arange(first, self._n_side), [len(group) for group in new])
        order = np.argsort(buckets, kind="stable")
        places = np.searchsorted(self._side_buckets, buckets[order], side="right")
        self._side_buckets = np.insert(self._side_buckets, places, buckets[order])
        self._side_rows = np.insert(self._side_rows, places, rows[order])
        new.clear()


def _powers(logs: NDArray[np.float64]) -> _Sums:
    return np.stack([np.ones_like(logs), logs, logs**2])


def _sums(rows: NDArray[np.int32], logs: NDArray[np.float64], n_rows: int) -> _Sums:
    """How many n-grams each row has, their logarithms and the squares, float64 (3, n_rows)."""
    sums = [np.bincount(rows, part, minlength=n_rows) for part in _powers(logs)]
    return np.stack(sums).astype(np.float64)
