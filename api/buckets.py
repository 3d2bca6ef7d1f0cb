"""Where the tokens of each API key are kept: in this process, or in a file that several share.

A client with one connection always meets the same worker, so that shares of a rate, one for each
worker, would hold it to a part of what it was promised.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

# Tokens, and the time (of `time.monotonic`, one clock for all processes) when there were so many.
Bucket = tuple[float, float]
_SLOT = struct.Struct("16sdd")
_FREE = bytes(16)
SLOTS = 4096


class Buckets(Protocol):
    """A bucket for each owner, kept while it is held."""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else reads or puts until the block ends."""

    def get(self, owner: str) -> Bucket | None:
        """What was put last."""

    def put(self, owner: str, bucket: Bucket) -> None:
        """Keep this."""


class OwnBuckets:
    """Buckets of one process, used by one thread."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """See `Buckets.held`."""
        yield

    def get(self, owner: str) -> Bucket | None:
        """See `Buckets.get`."""
        return self._buckets.get(owner)

    def put(self, owner: str, bucket: Bucket) -> None:
        """See `Buckets.put`."""
        self._buckets[owner] = bucket


class SharedBuckets:
    """Buckets in a file. A process that dies while it holds them lets go of them."""

    def __init__(self, path: Path, slots: int = SLOTS) -> None:
        """Open or make the file; of more owners than it has slots, some share."""
        self._slots = slots
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        # Zeros where it grows, which are free slots.
        os.ftruncate(self._file, slots * _SLOT.size)
        self._map = mmap.mmap(self._file, slots * _SLOT.size)

    @contextmanager
    def held(self) -> Iterator[None]:
        """See `Buckets.held`; the others hold it for microseconds."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def get(self, owner: str) -> Bucket | None:
        """See `Buckets.get`."""
        found, tokens, when = _SLOT.unpack_from(self._map, self._find(owner)[1])
        return None if found == _FREE else (tokens, when)

    def put(self, owner: str, bucket: Bucket) -> None:
        """See `Buckets.put`."""
        name, at = self._find(owner)
        _SLOT.pack_into(self._map, at, name, *bucket)

    def close(self) -> None:
        """Free the file."""
        self._map.close()
        os.close(self._file)

    def _find(self, owner: str) -> tuple[bytes, int]:
        """The name of a slot and its place: the owner's, a free one, or one of somebody else."""
        name = blake2b(owner.encode(), digest_size=16).digest()
        first = int.from_bytes(name[:8]) % self._slots
        for turn in range(self._slots):
            at = (first + turn) % self._slots * _SLOT.size
            if self._map[at : at + 16] in (name, _FREE):
                return name, at
        at = first * _SLOT.size
        return self._map[at : at + 16], at
