"""How long each stage of an answer takes."""

from __future__ import annotations

import time


class Stages:
    """A stopwatch with laps; what one query does is one thread's work."""

    def __init__(self) -> None:
        self._milliseconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Count the time since the last lap as time of this stage."""
        now = time.perf_counter()
        passed = (now - self._last) * 1000
        self._milliseconds[stage] = self._milliseconds.get(stage, 0.0) + passed
        self._last = now

    def milliseconds(self) -> dict[str, float]:
        """Milliseconds of each stage, in the order in which they came first."""
        return dict(self._milliseconds)
