"""Which of several processes takes the next connection: the one that has fewest.

They all wait at one socket, and the system wakes all of them; who comes first would take all that
wait. A connection that stays open is then answered by that process alone, however idle the others
are.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Callable
from pathlib import Path

_COUNT = struct.Struct("i")
# Takes no connections: it is loading, stopping, or dead.
AWAY = -1
# Many connections need not be shared out one by one.
_SLACK = 8


class Board:
    """A file where each process writes how many connections it has. Nobody needs to wait for it."""

    def __init__(self, path: Path, processes: int) -> None:
        """Open or make it; in a new one everybody is away."""
        is_new = not path.exists()
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(file, processes * _COUNT.size)
            self._map = mmap.mmap(file, processes * _COUNT.size)
        finally:
            os.close(file)
        self._processes = processes
        if is_new:
            for number in range(processes):
                self.put(number, AWAY)

    def put(self, number: int, count: int) -> None:
        """Write down how many this process has."""
        _COUNT.pack_into(self._map, number * _COUNT.size, count)

    def least_of_others(self, number: int) -> int | None:
        """The fewest that any other process has which is there; None if none is."""
        found = [_COUNT.unpack_from(self._map, at * _COUNT.size)[0] for at in self._all_but(number)]
        return min((count for count in found if count != AWAY), default=None)

    def _all_but(self, number: int) -> list[int]:
        return [at for at in range(self._processes) if at != number]


class Turns:
    """One process's look at the board."""

    def __init__(
        self, board: Board, number: int, is_ready: Callable[[], bool] = lambda: True
    ) -> None:
        """Take the number of this process, and whether it can answer queries yet."""
        self._board = board
        self._number = number
        self._is_ready = is_ready

    @property
    def ready(self) -> bool:
        """Whether this process can answer queries."""
        return self._is_ready()

    def is_ours(self, count: int) -> bool:
        """Whether this process should take the next connection when it has `count` of them."""
        least = self._board.least_of_others(self._number)
        return least is None or (self.ready and count <= least + count // _SLACK)

    def tell(self, count: int) -> None:
        """Let the others know; nobody waits for a process that is not ready."""
        self._board.put(self._number, count if self.ready else AWAY)

    def leave(self) -> None:
        """Take no more connections."""
        self._board.put(self._number, AWAY)
