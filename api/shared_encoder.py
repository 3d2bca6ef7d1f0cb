"""One encoder for queries and for changes, which come from several threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from er_engine.encoder.base import Encoder
from er_engine.search import FloatArray
from er_engine.types import SurfaceForm

# A query waits for one of these at most while a catalog is encoded: some 0.1 s.
AT_ONCE = 64


class SharedEncoder:
    """Encodes for one thread at a time, a few forms at once, so that queries get their turn."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lock = threading.Lock()

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
        with self._lock:
            return self._encoder.encode(forms, batch_size)
