"""How long a training took in all, however often it was stopped and resumed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from er_engine.files import write_atomically

FILE = "seconds.txt"


@contextmanager
def total_seconds(folder: Path) -> Iterator[Callable[[], float]]:
    """Give a function that tells the seconds so far, those before a stop by Ctrl-C included.

    A killed process keeps nothing: its time is missing in the total.
    """
    file = folder / FILE
    before = float(file.read_text(encoding="utf-8")) if file.is_file() else 0.0
    start = time.monotonic()

    def so_far() -> float:
        return before + time.monotonic() - start

    try:
        yield so_far
    finally:
        write_atomically(file, f"{so_far():.1f}\n")
