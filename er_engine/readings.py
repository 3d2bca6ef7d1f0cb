"""How what was heard may be read: "1984" as a year or a number, "lead" in two pronunciations."""

from __future__ import annotations

from collections.abc import Sequence

from er_engine.phonemes.g2p import G2P
from er_engine.surface_forms import text_forms
from er_engine.types import SurfaceForm

# Readings of one hypothesis, and of all together where any but the best one has a second. Long
# lists have forms enough: second readings there fix as many answers as they break, and take time.
MOST_OF_ONE = 2
MOST_WITH_SECOND = 6


def read_aloud(texts: Sequence[str], g2p: G2P, lang: str) -> list[list[SurfaceForm]]:
    """Return the readings of each hypothesis, none where it has nothing speakable.

    Args:
        texts: hypotheses, best first.
        g2p: pronounces them.
        lang: language of the texts.
    """
    readings = [_most_different(forms) for forms in text_forms(texts, g2p, lang)]
    chosen = [forms[:1] for forms in readings]
    best = next((rank for rank, forms in enumerate(readings) if forms), 0)
    for rank, forms in enumerate(readings):
        if rank == best or sum(map(len, chosen)) < MOST_WITH_SECOND:
            chosen[rank] = forms[:MOST_OF_ONE]
    return chosen


def _most_different(forms: Sequence[SurfaceForm]) -> list[SurfaceForm]:
    """Forms with words: the first pronunciation of each, then their other pronunciations."""
    spoken = [form for form in forms if form.spoken]
    first = list({form.spoken: form for form in reversed(spoken)}.values())[::-1]
    return first + [form for form in spoken if form not in first]
