"""A deterministic encoder without weights, for tests of everything but the model."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from er_engine.search import FloatArray, unit_length
from er_engine.types import SurfaceForm


class DummyEncoder:
    """Counts phoneme bigrams and letter trigrams in hashed buckets."""

    def __init__(self, dimension: int = 64) -> None:
        self._dimension = dimension

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self._dimension

    @property
    def fingerprint(self) -> str:
        """A constant for each width: there are no weights."""
        return f"dummy-{self._dimension}"

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """See `Encoder.encode`."""
        vectors = np.zeros((len(forms), self._dimension), dtype=np.float32)
        for row, form in enumerate(forms):
            for feature in _features(form):
                vectors[row, zlib.crc32(feature.encode()) % self._dimension] += 1.0
        return unit_length(vectors)


def _features(form: SurfaceForm) -> list[str]:
    sounds = ("<", *form.pronunciation, ">")
    letters = f"<{form.spoken}>"
    bigrams = [f"p:{a}{b}" for a, b in pairwise(sounds)]
    trigrams = [f"t:{letters[i : i + 3]}" for i in range(max(1, len(letters) - 2))]
    return bigrams + trigrams
