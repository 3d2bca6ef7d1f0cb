"""Which surface forms share rare pieces with what was heard: n-grams of sounds and of letters.

A sparse index of hashed n-grams, weighted by how rare they are in the catalog. It finds what the
vectors may miss (a rare word among wrong ones), and its cosine is one of the reranker's
similarities. Source of the weighting: TF-IDF with the BM25 form of the inverse document frequency
(Robertson and Zaragoza 2009), binary term frequency.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.similarity import sound_ids
from er_engine.search import FloatArray, RowArray
from er_engine.types import SurfaceForm

# Hashed n-grams: collisions only blur weights a little, and no vocabulary has to be stored.
BUCKETS = 1 << 17
# An n-gram that this share of all forms has tells nothing, and its postings are the longest.
MAX_SHARE = 0.2
# In small catalogs a share is too coarse to drop anything.
MIN_DROPPED = 1_000
# Spoken forms whose words are kept.
_KEPT = 1 << 15

# Forms without any n-gram have no length, and products of 0.
_LEAST = np.float32(1e-6)

BucketArray = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class NgramIndex:
    """Postings by bucket.

    Attributes:
        starts: int64 (BUCKETS + 1,): bucket b has the postings starts[b] to starts[b + 1].
        rows: int32 (n_postings,), form rows, ascending inside a bucket.
        rarity: float32 (BUCKETS,), inverse document frequency; also of buckets nothing has.
        lengths: float32 (n_forms,), Euclidean length of each form's weights.
    """

    starts: RowArray
    rows: NDArray[np.int32]
    rarity: FloatArray
    lengths: FloatArray

    def dot(self, buckets: BucketArray) -> tuple[FloatArray, float]:
        """Inner products with one heard form.

        Args:
            buckets: int32, distinct.

        Returns:
            float32 (n_forms,), and the length of the heard form's own weights.
        """
        squares = self.rarity[buckets] ** 2
        starts, ends = self.starts[buckets], self.starts[buckets + 1]
        length = float(np.sqrt(squares.sum()))
        if not (ends > starts).any():
            return np.zeros(len(self.lengths), np.float32), length
        rows = np.asarray(self.rows)  # slices of a memory map are slow to make
        pieces = [
            rows[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ]
        # In the types that bincount works with, so that it copies nothing.
        totals = np.bincount(
            np.concatenate(pieces, dtype=np.intp),
            np.repeat(squares.astype(np.float64), ends - starts),
            minlength=len(self.lengths),
        )
        return totals.astype(np.float32), length


def build_ngram_index(buckets_of_forms: Iterable[BucketArray], n_forms: int) -> NgramIndex:
    """Turn the buckets of each form (in row order) into postings."""
    groups = list(buckets_of_forms)
    buckets = np.concatenate([np.zeros(0, np.int32), *groups])
    rows = np.repeat(np.arange(n_forms, dtype=np.int32), [len(group) for group in groups])
    counts = np.bincount(buckets, minlength=BUCKETS)
    rarity = np.log1p((n_forms - counts + 0.5) / (counts + 0.5)).astype(np.float32)
    rarity[counts > max(MIN_DROPPED, MAX_SHARE * n_forms)] = 0.0
    kept = rarity[buckets] > 0
    buckets, rows = buckets[kept], rows[kept]
    lengths = np.sqrt(np.bincount(rows, rarity[buckets] ** 2, minlength=n_forms))
    order = np.argsort(buckets, kind="stable")
    starts = np.searchsorted(buckets[order], np.arange(BUCKETS + 1))
    return NgramIndex(starts.astype(np.int64), rows[order], rarity, lengths.astype(np.float32))


def sound_buckets(form: SurfaceForm) -> BucketArray:
    """Distinct pairs and triples of sounds, word boundaries ignored, ends marked."""
    sounds = b"\x00" + sound_ids(form.pronunciation).tobytes() + b"\x00"
    return _hash([sounds[i : i + n] for n in (2, 3) for i in range(len(sounds) - n + 1)])


def letter_buckets(form: SurfaceForm) -> BucketArray:
    """Distinct letter triples, letter quadruples and whole words, word edges marked."""
    pieces = []
    for word in form.spoken.split():
        marked = f"_{word}_"
        pieces.append(f"={word}")
        pieces.extend(marked[i : i + n] for n in (3, 4) for i in range(len(marked) - n + 1))
    return _hash([piece.encode() for piece in pieces])


@lru_cache(maxsize=_KEPT)
def word_buckets(spoken: str) -> tuple[int, ...]:
    """Distinct whole words of a spoken form; the same buckets as `letter_buckets` has for them."""
    return tuple(_hash([f"={word}".encode() for word in spoken.split()]).tolist())


def _hash(pieces: Sequence[bytes]) -> BucketArray:
    return np.array(sorted({zlib.crc32(piece) % BUCKETS for piece in pieces}), dtype=np.int32)


@dataclass(frozen=True, slots=True)
class CatalogNgrams:
    """Both n-gram indexes of a catalog."""

    sounds: NgramIndex
    letters: NgramIndex


def index_ngrams(forms: Sequence[SurfaceForm]) -> CatalogNgrams:
    """Build both n-gram indexes of surface forms, in row order."""
    return CatalogNgrams(
        sounds=build_ngram_index(map(sound_buckets, forms), len(forms)),
        letters=build_ngram_index(map(letter_buckets, forms), len(forms)),
    )


@dataclass(frozen=True, slots=True)
class NgramScores:
    """Of n heard forms and m forms of a catalog, each float32 (n, m), 0 to 1.

    `cosine` asks for the same pieces on both sides; `part` is the larger share of either side's
    weight that the other side has, so that a partial mention and one with extra words score high.
    """

    cosine: FloatArray
    part: FloatArray


@dataclass(frozen=True, slots=True)
class NgramProducts:
    """Inner products of n heard forms and all forms of a catalog.

    Scores of all forms would take most of the time of a query, and few of them are looked at.

    Attributes:
        products: float32 (n, n_forms).
        heard_lengths: float32 (n,), Euclidean length of each heard form's weights.
        form_lengths: float32 (n_forms,), that of each form's.
    """

    products: FloatArray
    heard_lengths: FloatArray
    form_lengths: FloatArray

    def scores_at(self, rows: RowArray) -> NgramScores:
        """The scores of these form rows only, (n, len(rows))."""
        lengths = np.maximum(self.form_lengths[rows], _LEAST)
        heard = np.maximum(self.heard_lengths, _LEAST)[:, None]
        products = self.products[:, rows]
        part = products / np.minimum(lengths, heard) ** 2
        return NgramScores(products / (lengths * heard), np.minimum(part, np.float32(1)))

    def strengths(self) -> Iterator[FloatArray]:
        """Yield `cosine + part / 2` of all forms for each heard form, float32 (n_forms,)."""
        inverse = 1 / np.maximum(self.form_lengths, _LEAST)
        half_square = inverse**2 / 2
        # One heard form after the other: all at once would leave the processor's caches.
        for products, heard in zip(self.products, self.heard_lengths, strict=True):
            of_heard = 1 / np.maximum(heard, _LEAST)
            strength = inverse * of_heard
            strength += np.maximum(half_square, of_heard**2 / 2)
            strength *= products
            yield strength


def ngram_products(
    index: NgramIndex,
    heard: Sequence[SurfaceForm],
    buckets_of: Callable[[SurfaceForm], BucketArray],
) -> NgramProducts:
    """Multiply each heard form with all forms of a catalog."""
    products = np.empty((len(heard), len(index.lengths)), dtype=np.float32)
    lengths = np.empty(len(heard), dtype=np.float32)
    for row, form in enumerate(heard):
        products[row], lengths[row] = index.dot(buckets_of(form))
    return NgramProducts(products, lengths, index.lengths)


def shared_words(
    letters: NgramIndex, heard: Sequence[SurfaceForm], forms: Sequence[SurfaceForm]
) -> FloatArray:
    """Cosine of whole words weighted by rarity, float32 (n, len(forms)), 0 to 1.

    A recogniser that knows a word writes it as it is: one rare word in common tells more than
    many similar letters.
    """
    of_heard, rows = _words(heard)
    of_forms, columns = _words(forms)
    known, places = np.unique(of_heard, return_inverse=True)
    has = np.zeros((len(heard), len(known)), dtype=np.float32)
    has[rows, places] = 1
    places = np.searchsorted(known, of_forms)
    same = np.flatnonzero(np.append(known, -1)[places] == of_forms)
    weights = letters.rarity[of_forms] ** 2
    shared = np.zeros((len(known), len(forms)), dtype=np.float32)
    shared[places[same], columns[same]] = weights[same]
    heard_squares = np.bincount(rows, letters.rarity[of_heard] ** 2, len(heard))
    squares = np.outer(heard_squares, np.bincount(columns, weights, len(forms)))
    return np.asarray(has @ shared / np.sqrt(squares.clip(min=1e-12)), dtype=np.float32)


def _words(forms: Sequence[SurfaceForm]) -> tuple[RowArray, RowArray]:
    """Buckets of all whole words, int64 (n_words,), and the position of the form of each."""
    words = [word_buckets(form.spoken) for form in forms]
    buckets = np.array([bucket for own in words for bucket in own], dtype=np.int64)
    return buckets, np.repeat(np.arange(len(forms)), [len(own) for own in words])
