"""What is left of a hypothesis when facts that were heard are taken out of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from er_engine.facts.heard_facts import HeardFacts
from er_engine.facts.items import FUNCTION_WORDS
from er_engine.phonemes.inventory import join_words, words_of
from er_engine.search import MaskArray
from er_engine.types import SurfaceForm


@dataclass(frozen=True, slots=True)
class Rest:
    """One hypothesis without some facts.

    Attributes:
        form: what is left; maybe nothing.
        explained: share of what was heard that the facts explain, above 0.
        telling: how far these facts alone tell which entity is meant, from 0 to 1.
        words: what they explain.
    """

    form: SurfaceForm
    explained: float
    telling: float
    words: str


class RestMaker:
    """Makes the rests of the hypotheses of one query."""

    def __init__(self, found: HeardFacts, heard: Sequence[SurfaceForm]) -> None:
        """Begin with what was heard: one form of each hypothesis, and the facts in them."""
        self._found = found
        self._heard = heard
        self._words = [form.spoken.split() for form in heard]
        self._most = math.log(found.facts.n_entities + 1)
        self._made: dict[tuple[int, bytes], Rest | None] = {}

    def rest(self, row: int, values: MaskArray) -> Rest | None:
        """Take these values, bool (v,), out of a hypothesis; None where it has none of them."""
        active = values & (self._found.shares[row] > 0)
        if not active.any():
            return None
        key = row, active.tobytes()
        if key not in self._made:
            self._made[key] = self._make(row, active)
        return self._made[key]

    def _make(self, row: int, active: MaskArray) -> Rest | None:
        found, words = self._found, self._words[row]
        credit = [0.0] * len(words)
        of_items = found.credit[row][:, active].max(axis=1).tolist()
        for item, share in zip(found.items[row], of_items, strict=True):
            for place in range(item.start, item.end):
                credit[place] = max(credit[place], share)
        if not any(credit):
            return None
        _fill(credit, words)
        counted = [
            len(word) if share or word not in FUNCTION_WORDS else 0
            for word, share in zip(words, credit, strict=True)
        ]
        explained = sum(map(float.__mul__, credit, map(float, counted))) / sum(counted)
        told = float((found.shares[row] * found.tells)[active].sum())
        return Rest(
            _part(self._heard[row], words, _left(credit, words)),
            explained,
            min(1.0, told / self._most),
            " ".join(word for word, share in zip(words, credit, strict=True) if share),
        )


def _fill(credit: list[float], words: Sequence[str]) -> None:
    """Count function words between words of facts, as in "song of ice and fire"."""
    content = [n for n, word in enumerate(words) if credit[n] or word not in FUNCTION_WORDS]
    for one, other in pairwise(content):
        for place in range(one + 1, other):
            credit[place] = min(credit[one], credit[other])


def _left(credit: Sequence[float], words: Sequence[str]) -> list[int]:
    """Words that are no facts; function words before a fact go with it, as "from" before a year."""
    out = [share > 0 for share in credit]
    for place in range(len(words) - 2, -1, -1):
        out[place] |= out[place + 1] and words[place] in FUNCTION_WORDS
    return [place for place, gone in enumerate(out) if not gone]


def _part(form: SurfaceForm, words: Sequence[str], left: Sequence[int]) -> SurfaceForm:
    """The form with these of its words."""
    spoken = " ".join(words[place] for place in left)
    said = words_of(form.pronunciation)
    if len(said) != len(words):
        return SurfaceForm(spoken, spoken, ())
    return SurfaceForm(spoken, spoken, join_words(said[place] for place in left))
