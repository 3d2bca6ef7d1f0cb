"""Small SVG plots as text: curves over k, and bars with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from er_engine.evaluation.intervals import Interval

COLOURS = ("#0b6e99", "#d9730d", "#448361", "#9065b0", "#b35488")
_WIDTH, _HEIGHT = 760, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 270, 16, 40
_ROW = 34
_LABELS = 310
_GREY = "#c7c6c4"
# More numbers than these along the x axis run into each other.
_TICKS = 20


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a plot: values from 0 to 1 at x = 1, 2, 3 ...; grey unless emphasised."""

    name: str
    values: Sequence[float]
    emphasised: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One value with its interval, as shares of 1 (may be negative)."""

    name: str
    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where values go: x = 1..n, y = 0..top with a grid line at each step."""

    n: int
    step: float
    top: float

    @classmethod
    def of(cls, curves: Sequence[Curve]) -> _Axes:
        highest = max(max(curve.values) for curve in curves) or 0.01
        step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2) if highest / s <= 6)
        top = step * (int(highest / step - 1e-9) + 1)
        return cls(max(len(curve.values) for curve in curves), step, top)

    def x(self, index: int) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * index / max(1, self.n - 1)

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / self.top


def line_plot(
    curves: Sequence[Curve], x_title: str, y_title: str, labels: Sequence[str] = ()
) -> str:
    """Draw curves over x = 1, 2, ... with a legend at the right.

    Args:
        curves: what to draw.
        x_title: below the x axis.
        y_title: above the y axis.
        labels: of the places along the x axis, where they are not 1, 2, ...
    """
    axes = _Axes.of(curves)
    parts = [_text(_LEFT, 11, y_title), _text(axes.x(axes.n - 1), _HEIGHT - 6, x_title, "end")]
    parts += _grid(axes, labels)
    # The first curve is drawn last: on top of the others.
    for number, curve in reversed(list(enumerate(curves))):
        colour = COLOURS[number % len(COLOURS)] if curve.emphasised else _GREY
        width = 3 if curve.emphasised else 1.2
        points = " ".join(
            f"{axes.x(i):.1f},{axes.y(value):.1f}" for i, value in enumerate(curve.values)
        )
        y = _TOP + 8 + 17 * number
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>',
            _line(_WIDTH - _RIGHT + 10, y, _WIDTH - _RIGHT + 28, y, colour, width),
            _text(_WIDTH - _RIGHT + 34, y + 4, curve.name),
        ]
    return _svg(_WIDTH, max(_HEIGHT, _TOP + 17 * len(curves) + 12), parts)


def _grid(axes: _Axes, labels: Sequence[str]) -> list[str]:
    parts = []
    for number in range(round(axes.top / axes.step) + 1):
        y = axes.y(number * axes.step)
        parts.append(_line(_LEFT, y, _WIDTH - _RIGHT, y, "#e3e2e0"))
        parts.append(_text(_LEFT - 6, y + 4, f"{100 * number * axes.step:.0f} %", "end"))
    every = axes.n // _TICKS + 1
    ticks = [i for i in range(axes.n) if i == 0 or every == 1 or (i + 1) % every == 0]
    names = {i: labels[i] if labels else str(i + 1) for i in ticks}
    parts += [_text(axes.x(i), _HEIGHT - _BOTTOM + 16, names[i], "middle") for i in ticks]
    return parts


def bar_plot(bars: Sequence[Bar]) -> str:
    """Draw one row for each bar, with a whisker for its interval and a line at zero."""
    ends = [0.0, *(bar.value for bar in bars)]
    ends += [end for bar in bars if bar.interval is not None for end in bar.interval]
    low, high = min(ends), max(*ends, 0.01)
    height = _ROW * len(bars) + 28

    def x_of(value: float) -> float:
        return _LABELS + (_WIDTH - _LABELS - 70) * (value - low) / (high - low)

    parts = [_line(x_of(0), 4, x_of(0), height - 20, "#37352f")]
    for number, bar in enumerate(bars):
        y = 8 + _ROW * number
        left, right = sorted((x_of(0), x_of(bar.value)))
        colour = COLOURS[0] if bar.value >= 0 else COLOURS[1]
        parts.append(_text(_LABELS - 50, y + 15, bar.name, "end"))
        parts.append(
            f'<rect x="{left:.1f}" y="{y}" width="{right - left:.1f}" height="20" '
            f'fill="{colour}" fill-opacity="0.55"/>'
        )
        end = right
        if bar.interval is not None:
            start, end = (x_of(value) for value in bar.interval)
            parts.append(_line(start, y + 10, end, y + 10, "#37352f", 1.6))
            parts += [_line(x, y + 5, x, y + 15, "#37352f", 1.6) for x in (start, end)]
        parts.append(_text(max(end, right) + 8, y + 15, f"{bar.value:+.0%}"))
    parts.append(_text(x_of(0), height - 6, "0", "middle"))
    return _svg(_WIDTH, height, parts)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.0) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" font-size="12">'
        f"{''.join(parts)}</svg>"
    )
