"""Words that sound like a phoneme sequence: what a recogniser writes where it knows no such name.

The phonemes are cut into the words of a lexicon so that the language model finds them likeliest,
one word after the other.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.inventory import from_arpabet, ids
from er_engine.phonemes.lexicon import CmuLexicon
from training.confusion.language_model import LanguageModel

IdArray = NDArray[np.uint8]
# A phoneme that no word takes up is dropped at this cost (nats), about that of a rare word.
DROPPED = 14.0
# A word that the recogniser was taught costs no more than this (nats): as much as PocketSphinx is
# given in a simulation (training/simulation/recogniser.py).
TAUGHT = 10.1
# Of words that sound the same, and of ways to write the beginning, so many likely ones are kept.
HOMOPHONES, BEAM = 3, 4
_REMEMBERED = 1 << 18
# One way to write the first phonemes: its cost, and its words.
_Written = tuple[float, tuple[str, ...]]


class SoundsLike:
    """Writes phonemes as words; made once from a lexicon and a language model."""

    def __init__(
        self,
        model: LanguageModel,
        lexicon: CmuLexicon | None = None,
        taught: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Index the words by sound.

        Args:
            model: says how readily a word is written after another; what it doesn't know is not
                written.
            lexicon: the words to write; the packaged dictionary unless given.
            taught: more words to write, with their phones in ARPABET.
        """
        self._most = {word: TAUGHT for word, _ in taught}
        self._model = model
        self._cost = lru_cache(_REMEMBERED)(self._least_cost)
        by_sound: dict[bytes, list[str]] = defaultdict(list)
        for word, reading in _readings(lexicon or CmuLexicon(), taught):
            if self._cost(word, "") < math.inf:
                by_sound[reading].append(word)
        self._words = {reading: self._likeliest(words) for reading, words in by_sound.items()}
        self._longest = max(map(len, self._words), default=0)

    def write(self, sounds: IdArray) -> str:
        """Return the likeliest words, or an empty text where none fits.

        Args:
            sounds: uint8 (n,), phonemes without word boundaries.
        """
        key = sounds.tobytes()
        written: list[list[_Written]] = [[(0.0, ())]]
        for end in range(1, len(key) + 1):
            # By the last word: the next one depends on no other.
            best = {_last(words): (cost + DROPPED, words) for cost, words in written[-1]}
            for start in range(max(0, end - self._longest), end):
                for word in self._words.get(key[start:end], ()):
                    found = min(self._added(begun, word) for begun in written[start])
                    if word not in best or found < best[word]:
                        best[word] = found
            written.append(sorted(best.values())[:BEAM])
        return " ".join(written[-1][0][1])

    def _added(self, begun: _Written, word: str) -> _Written:
        cost, words = begun
        return cost + self._cost(word, _last(words)), (*words, word)

    def _likeliest(self, words: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted(set(words), key=lambda word: (self._cost(word, ""), word))[:HOMOPHONES])

    def _least_cost(self, word: str, before: str) -> float:
        return min(self._model.cost(word, before), self._most.get(word, math.inf))


def _last(words: Sequence[str]) -> str:
    return words[-1] if words else ""


def _readings(
    lexicon: CmuLexicon, taught: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, bytes]]:
    words = [word for word in lexicon.words() if "(" not in word and word[0].isalpha()]
    for word, readings in zip(words, lexicon.read(words), strict=True):
        for reading in readings:
            yield word, ids(reading).tobytes()
    for word, phones in taught:
        yield word, ids(from_arpabet(phones.split())).tobytes()
