"""The seam where files and databases are written: tests stop or fail the process there."""

from __future__ import annotations

from collections.abc import Callable

# Called with the name of each point that is reached; may raise OSError, or never return.
Reached = Callable[[str], None]


def nothing(point: str) -> None:
    """Go on: what production does at every point."""
