"""Tables and numbers as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

UNDEFINED = "–"


def percent(value: float | None, digits: int = 1) -> str:
    """Write a share as per cent, without the sign."""
    return UNDEFINED if value is None else f"{100 * value:.{digits}f}"


def with_interval(value: float | None, interval: Sequence[float] | None) -> str:
    """Write `12.3 [10.1, 14.9]`, in per cent."""
    if value is None or interval is None:
        return percent(value)
    return f"{percent(value)} [{percent(interval[0])}, {percent(interval[1])}]"


def p_value(value: float) -> str:
    """Write a p-value; the smallest that 5,000 permutations can give is a bound."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table, the first column left, the others right; ends with a blank."""
    lines = [f"| {' | '.join(header)} |", f"| --- |{' ---: |' * (len(header) - 1)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return [*lines, ""]
