"""Progress for people: one line of log for machines, a bar on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

T = TypeVar("T")


class Progress:
    """Writes to standard error; quiet when asked."""

    def __init__(self, quiet: bool = False, pause: float = 60.0) -> None:
        """Set how much is said.

        Args:
            quiet: nothing at all.
            pause: seconds of silence after which `say_again` speaks.
        """
        self._quiet = quiet
        self._pause = pause
        self._start = self._said = time.monotonic()

    def say(self, message: str) -> None:
        """Write one line with the seconds since the start."""
        self._said = time.monotonic()
        if not self._quiet:
            seconds = self._said - self._start
            print(f"[{seconds:7.1f} s] {message}", file=sys.stderr, flush=True)

    def say_again(self, message: str) -> None:
        """Write one line where nothing was said for a while: it still goes on."""
        if time.monotonic() - self._said >= self._pause:
            self.say(message)

    def track(self, items: Iterable[T], description: str, total: int | None = None) -> Iterator[T]:
        """Yield the items, with a bar on a terminal and a line at the start elsewhere.

        Args:
            items: what to go through.
            description: of what is done.
            total: how many items there are about, where they have no length.
        """
        total = len(items) if isinstance(items, Sized) else total
        if self._quiet or not sys.stderr.isatty():
            self.say(f"{description}: {total} steps")
            yield from items
            return
        from rich.console import Console
        from rich.progress import track

        yield from track(items, description, total, console=Console(stderr=True))
