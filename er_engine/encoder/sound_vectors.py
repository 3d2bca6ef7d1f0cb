"""Vectors of pronunciations by the phoneme tower alone, the latest kept.

Names are made of few words: a catalog of 36,000 films has some 20,000 of them, and one that was
compared once is soon compared again. What is kept changes no answer, only how long it takes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from er_engine.encoder.phoneme_ids import MAX_PHONEMES, padded_ids
from er_engine.search import FloatArray

# With 192 numbers each they take 16 MB.
KEPT = 20_000

Tower = Callable[[NDArray[np.int64]], FloatArray]


class SoundVectors:
    """Encodes phoneme ids; thread-safe."""

    def __init__(self, tower: Tower, kept: int = KEPT) -> None:
        """Wrap a tower.

        Args:
            tower: phoneme ids int64 (n, length), 0 where padded, to unit vectors float32 (n, d).
            kept: how many vectors are kept, at least 1.
        """
        self._tower = tower
        self._kept = kept
        self._vectors: OrderedDict[bytes, FloatArray] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, sounds: Sequence[bytes]) -> FloatArray:
        """Return float32 (n, d), unit length, of n >= 1 rows of phoneme ids (uint8, no padding)."""
        with self._lock:
            found = {row: self._vectors.get(row) for row in dict.fromkeys(sounds)}
            for row in found:
                if row in self._vectors:
                    self._vectors.move_to_end(row)
        missing = sorted((row for row, vector in found.items() if vector is None), key=len)
        if missing:
            ids = [np.frombuffer(row, dtype=np.uint8)[:MAX_PHONEMES] for row in missing]
            new = dict(zip(missing, self._tower(padded_ids(ids)), strict=True))
            found.update(new)
            self.keep(new)
        return np.stack([vector for row in sounds if (vector := found[row]) is not None])

    def keep(self, new: Mapping[bytes, FloatArray]) -> None:
        """Take vectors, float32 (d,), that the tower has made of these phoneme ids elsewhere."""
        with self._lock:
            # A copy each: a row of the tower's array would keep all of its rows.
            self._vectors.update((row, vector.copy()) for row, vector in new.items())
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
