"""Entities that the ear can't tell apart."""

from __future__ import annotations

from collections.abc import Sequence

from er_engine.phonemes.g2p import G2P
from er_engine.surface_forms import text_forms
from er_engine.types import Pronunciation


def homophones(names: Sequence[str], g2p: G2P, lang: str = "en") -> list[tuple[int, ...]]:
    """Return groups of names that are most commonly said alike.

    Args:
        names: any texts.
        g2p: how they are read.
        lang: language of the names.

    Returns:
        Positions of the names in each group, ascending; groups of two or more, by their first one.
    """
    groups: dict[Pronunciation, list[int]] = {}
    for position, forms in enumerate(text_forms(names, g2p, lang)):
        if forms[0].pronunciation:
            groups.setdefault(forms[0].pronunciation, []).append(position)
    return [tuple(group) for group in groups.values() if len(group) > 1]
