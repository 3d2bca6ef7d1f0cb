"""Plots of the report as SVG files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from er_engine.evaluation.svg import Bar, Curve, bar_plot, line_plot

Figures = dict[str, Any]


def write_svg(path: Path, svg: str) -> None:
    """Write a plot that stands alone as a file."""
    head = '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" '
    head += 'style="background:white" '
    path.write_text(svg.replace("<svg ", head, 1) + "\n", "utf-8")


def reductions_plot(sets: Sequence[Figures]) -> str:
    """Bars: relative reduction against the strongest lexical baseline, n-best lists."""
    bars = []
    for one in sets:
        found = one["ladders"]["nbest"]["systems"]["engine"]["reduction"]
        if found["reduction"] is not None:
            interval = found["interval"]
            bars.append(Bar(one["name"], found["reduction"], interval and tuple(interval)))
    return bar_plot(bars)


def curves_plot(sets: Sequence[Figures], numbers: Sequence[int]) -> str:
    """Lines: error @1 of the engine against the number of hypotheses."""
    curves = [
        Curve(one["name"], one["curve"]["engine"], emphasised=True) for one in sets if one["curve"]
    ]
    labels = [str(number) for number in numbers]
    return line_plot(curves, "hypotheses given", "error @1 of the engine", labels)
