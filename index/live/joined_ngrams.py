"""One n-gram index of two: the main postings without what is gone, and those of the side.

How rare an n-gram is, is known from the last merge on; merging counts it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from er_engine.rerank.ngrams import BUCKETS, BucketArray, CatalogNgrams, NgramIndex
from er_engine.search import FloatArray, RowArray


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


def join(
    main: CatalogNgrams,
    sounds: Sequence[BucketArray],
    letters: Sequence[BucketArray],
    gone: RowArray,
) -> CatalogNgrams:
    """Join the main n-grams with the buckets of each side form, in row order."""
    if not sounds and not len(gone):
        return main
    return CatalogNgrams(
        sounds=_join(main.sounds, sounds, gone), letters=_join(main.letters, letters, gone)
    )


def _join(main: NgramIndex, groups: Sequence[BucketArray], gone: RowArray) -> JoinedNgrams:
    side = _postings(main.rarity, groups)
    lengths = np.concatenate([main.lengths, side.lengths])
    return JoinedNgrams(main.starts, main.rows, main.rarity, lengths, side, gone)


def _postings(rarity: FloatArray, groups: Sequence[BucketArray]) -> NgramIndex:
    buckets = np.concatenate([np.zeros(0, np.int32), *groups])
    rows = np.repeat(np.arange(len(groups), dtype=np.int32), [len(group) for group in groups])
    kept = rarity[buckets] > 0
    buckets, rows = buckets[kept], rows[kept]
    lengths = np.sqrt(np.bincount(rows, rarity[buckets] ** 2, minlength=len(groups)))
    order = np.argsort(buckets, kind="stable")
    starts = np.searchsorted(buckets[order], np.arange(BUCKETS + 1))
    return NgramIndex(starts.astype(np.int64), rows[order], rarity, lengths.astype(np.float32))
