"""Readings for English words that no lexicon has: spelled out, by a model, as compounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from er_engine.phonemes.english import letter_names
from er_engine.phonemes.words import Readings, WordReader

_WORD = re.compile(r"[a-z]+")
_VOWEL = re.compile(r"[aeiouy]")
_MIN_PART = 3
_MIN_COMPOUND = 7


class Lexicon(WordReader, Protocol):
    """A reader that can say which words it has."""

    def __contains__(self, word: str) -> bool:
        """Return whether the word has a reading."""


class GuessReader:
    """Guesses the reading of any word of the letters a-z; asked after the lexicon.

    A word without vowels is spelled out ("bnb"). All others are read by the model; one that parts
    into two words of the lexicon ("smilebit") gets their readings as its second one, since the
    model often slips at the seam.
    """

    def __init__(self, model: WordReader, lexicon: Lexicon | None) -> None:
        self._model = model
        self._lexicon = lexicon

    def read(self, words: Sequence[str]) -> list[Readings]:
        """See `WordReader.read`."""
        wanted = [word for word in dict.fromkeys(words) if _WORD.fullmatch(word)]
        pronounceable = [word for word in wanted if _VOWEL.search(word)]
        guessed = dict(zip(pronounceable, self._model.read(pronounceable), strict=True))
        found = {
            word: (*guessed[word], *self._compound(word))
            if word in guessed
            else (letter_names(word),)
            for word in wanted
        }
        return [tuple(dict.fromkeys(found.get(word, ()))) for word in words]

    def _compound(self, word: str) -> Readings:
        """Return one reading; of several seams the one nearest to the middle, then the first."""
        if self._lexicon is None or len(word) < _MIN_COMPOUND:
            return ()
        seams = sorted(
            range(_MIN_PART, len(word) - _MIN_PART + 1), key=lambda seam: abs(2 * seam - len(word))
        )
        for seam in seams:
            first, second = word[:seam], word[seam:]
            if first in self._lexicon and second in self._lexicon:
                parts = self._lexicon.read([first, second])
                return (parts[0][0] + parts[1][0],)
        return ()
