"""One encoder for queries and for changes, which come from several threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from er_engine.encoder.base import Encoder
from er_engine.search import FloatArray
from er_engine.types import SurfaceForm

# A query waits for one of these at most while a catalog is encoded: some 50 ms.
AT_ONCE = 32


class SharedEncoder:
    """Encodes for one thread at a time, a few forms at once, so that queries get their turn.

    Turns are taken in the order of asking; a plain lock would mostly go to who had it before.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._turn = threading.Condition()
        self._asked = 0
        self._served = 0

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        with self._turn:
            return max(self._asked - self._served - 1, 0)

    @property
    def dimension(self) -> int:
        """See `Encoder.dimension`."""
        return self._encoder.dimension

    @property
    def fingerprint(self) -> str:
        """See `Encoder.fingerprint`."""
        return self._encoder.fingerprint

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """See `Encoder.encode`."""
        parts = [
            self._some(forms[start : start + AT_ONCE], batch_size)
            for start in range(0, len(forms), AT_ONCE)
        ]
        return np.concatenate(parts) if parts else self._some(forms, batch_size)

    def _some(self, forms: Sequence[SurfaceForm], batch_size: int) -> FloatArray:
        with self._turn:
            number = self._asked
            self._asked += 1
            self._turn.wait_for(lambda: self._served == number)
        try:
            return self._encoder.encode(forms, batch_size)
        finally:
            with self._turn:
                self._served += 1
                self._turn.notify_all()
