"""An array that grows at its end; what was seen of it before stays as it was."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

_LEAST_ROOM = 64


class GrowingArray:
    """Appends rows into spare room; `view` shares memory, and its rows never change."""

    def __init__(self, start: NDArray[np.generic], dtype: DTypeLike) -> None:
        """Begin with a copy of `start`, (n,) or (n, width)."""
        self._array: NDArray[np.generic] = np.array(start, dtype=dtype)
        self._size = len(start)

    def __len__(self) -> int:
        return self._size

    def extend(self, rows: NDArray[np.generic]) -> None:
        """Add rows at the end."""
        needed = self._size + len(rows)
        if needed > len(self._array):
            room = max(needed + needed // 8, needed + _LEAST_ROOM)
            grown = np.empty((room, *self._array.shape[1:]), dtype=self._array.dtype)
            grown[: self._size] = self._array[: self._size]
            self._array = grown
        self._array[self._size : needed] = rows
        self._size = needed

    def view(self) -> NDArray[np.generic]:
        """The rows up to now; don't write to them."""
        return self._array[: self._size]
