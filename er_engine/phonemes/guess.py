"""Readings for English words that no lexicon has: spelled out, by a model, by rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from er_engine.phonemes.english import letter_names
from er_engine.phonemes.french import french_ending, in_french
from er_engine.phonemes.romanised import regular_readings
from er_engine.phonemes.stems import stem_of
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

    A word without vowels is spelled out ("bnb"). All others are read by models, which slip at
    four kinds of words. They get one more reading: compounds of two words of the lexicon
    ("smilebit"), names of drugs that end in a known stem ("omeprazole"), names with a French ending
    ("chalamet"), and words in a regular romanisation ("xiaomi").
    """

    def __init__(self, model: WordReader, lexicon: Lexicon | None) -> None:
        self._model = model
        self._lexicon = lexicon

    def read(self, words: Sequence[str]) -> list[Readings]:
        """See `WordReader.read`."""
        wanted = [word for word in dict.fromkeys(words) if _WORD.fullmatch(word)]
        pronounceable = [word for word in wanted if _VOWEL.search(word)]
        stems = {word: stem for word in pronounceable if (stem := stem_of(word)) is not None}
        french = {word: end for word in pronounceable if (end := french_ending(word)) is not None}
        starts = [start for start, _ in (*stems.values(), *french.values())]
        asked = list(dict.fromkeys([*pronounceable, *starts]))
        guessed = dict(zip(asked, self._model.read(asked), strict=True))
        stemmed = {
            word: tuple((*start, *end) for start in guessed[letters][:1])
            for word, (letters, end) in stems.items()
        }
        ended = {
            word: tuple((*in_french(start), *end) for start in guessed[letters][:1])
            for word, (letters, end) in french.items()
        }
        found = {
            word: (*guessed[word], *self._by_rule(word, stemmed, ended))
            if _VOWEL.search(word)
            else (letter_names(word),)
            for word in wanted
        }
        return [tuple(dict.fromkeys(found.get(word, ()))) for word in words]

    def _by_rule(
        self, word: str, stemmed: Mapping[str, Readings], ended: Mapping[str, Readings]
    ) -> Readings:
        return (
            stemmed.get(word, ())
            or self._compound(word)
            or ended.get(word, ())
            or regular_readings(word)
        )

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
