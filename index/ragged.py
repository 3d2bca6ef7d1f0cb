"""Many byte strings in one file, memory-mapped: item i is `bytes[offsets[i]:offsets[i + 1]]`."""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from er_engine.search import RowArray


class RaggedWriter:
    """Appends items; `close` writes the offsets."""

    def __init__(self, data: Path, offsets: Path) -> None:
        self._file: BinaryIO = data.open("wb")
        self._offsets_path = offsets
        self._offsets = array("q", [0])
        self._size = 0

    def append(self, item: bytes) -> None:
        """Add one item."""
        self._file.write(item)
        self._size += len(item)
        self._offsets.append(self._size)

    def close(self) -> None:
        """Finish both files."""
        self._file.close()
        np.save(self._offsets_path, np.frombuffer(self._offsets, dtype=np.int64))

    def abandon(self) -> None:
        """Close without finishing."""
        self._file.close()


class RaggedReader:
    """Reads items by row."""

    def __init__(self, data: Path, offsets: Path) -> None:
        self._offsets: NDArray[np.int64] = np.load(offsets, mmap_mode="r", allow_pickle=False)
        self._bytes = _map(data)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def get(self, rows: Sequence[int] | RowArray) -> list[bytes]:
        """Return the items of these rows, which must be in range."""
        starts = np.asarray(rows, dtype=np.int64)
        ends = self._offsets[starts + 1].tolist()
        first = self._offsets[starts].tolist()
        return [self._bytes[a:b] for a, b in zip(first, ends, strict=True)]

    def is_sound(self) -> bool:
        """Whether the offsets ascend from 0 to the size of the data."""
        ascending = bool(np.all(np.diff(self._offsets) >= 0))
        return ascending and self._offsets[0] == 0 and self._offsets[-1] == len(self._bytes)


def _map(path: Path) -> mmap.mmap | bytes:
    if path.stat().st_size == 0:
        return b""  # an empty file can't be mapped
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
