"""The reliability plot: whether answers are right as often as their probability says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# A circle of the largest radius fits above and beside the corner.
_SIDE, _MARGIN, _TOP = 360, 44, 18


def reliability_plot(found: Mapping[str, Any]) -> str:
    """Circles, as large as their bins: mean probability against the share that was right."""

    def place(said: float, right: float) -> tuple[float, float]:
        return _MARGIN + _SIDE * said, _TOP + _SIDE * (1 - right)

    (x0, y0), (x1, y1) = place(0, 0), place(1, 1)
    parts = [
        f'<path d="M{x0} {y0}H{x1}V{y1}H{x0}Z" fill="none" stroke="#c7c6c4"/>',
        f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" stroke="#c7c6c4"/>',
        f'<text x="{x0}" y="{y0 + 34}">mean probability of the answer</text>',
        f'<text x="{x0 + 8}" y="{y1 + 16}">share of right answers</text>',
    ]
    for share in (0, 0.5, 1):
        x, y = place(share, share)
        parts.append(f'<text x="{x}" y="{y0 + 16}" text-anchor="middle">{share:.0%}</text>')
        parts.append(f'<text x="{x0 - 6}" y="{y + 4}" text-anchor="end">{share:.0%}</text>')
    most = max(b["count"] for b in found["bins"])
    for b in found["bins"]:
        if b["count"]:
            x, y = place(b["said"], b["right"])
            radius = 3 + 12 * (b["count"] / most) ** 0.5
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#0b6e99" '
                f'fill-opacity="0.55"><title>{b["count"]:.0f} queries</title></circle>'
            )
    width, height = _SIDE + 2 * _MARGIN, _SIDE + _TOP + _MARGIN
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" font-size="12">'
        f"{''.join(parts)}</svg>"
    )
