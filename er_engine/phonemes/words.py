"""G2Ps that read word by word, and how readings of words become pronunciations of a text."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from er_engine.phonemes.inventory import join_words
from er_engine.types import Pronunciation

Readings = tuple[Pronunciation, ...]
# More readings than these of one text cost index space and find little.
MAX_READINGS = 3
CACHE_SIZE = 200_000


class WordReader(Protocol):
    """Reads single words."""

    def read(self, words: Sequence[str]) -> list[Readings]:
        """Return the readings of each word, best first; an empty tuple where there is none."""


class WordCache:
    """A bounded, thread-safe memory of readings; when full it forgets everything and starts anew.

    Forgetting all at once keeps a hit as cheap as one dict look-up; catalogs' words repeat so much
    that a finer order of forgetting gains nothing.
    """

    def __init__(self, size: int = CACHE_SIZE) -> None:
        self._size = size
        self._known: dict[str, Readings] = {}
        self._lock = threading.Lock()

    def fill(
        self, keys: Iterable[str], compute: Callable[[list[str]], Sequence[Readings]]
    ) -> dict[str, Readings]:
        """Return the readings of all keys; `compute` is called once, with those not yet known."""
        known = self._known
        found = {key: known.get(key) for key in dict.fromkeys(keys)}
        missing = [key for key, readings in found.items() if readings is None]
        if missing:
            computed = dict(zip(missing, compute(missing), strict=True))
            found.update(computed)
            self._remember(computed)
        return {key: readings for key, readings in found.items() if readings is not None}

    def _remember(self, computed: dict[str, Readings]) -> None:
        with self._lock:
            if len(self._known) + len(computed) > self._size:
                self._known = {}
            if len(computed) <= self._size:
                self._known.update(computed)


class WordG2P:
    """A G2P (see `er_engine.phonemes.g2p.G2P`) on top of a word reader."""

    def __init__(self, name: str, reader: WordReader) -> None:
        self._name = name
        self._reader = reader
        self._cache = WordCache()

    @property
    def name(self) -> str:
        """See `G2P.name`."""
        return self._name

    def pronounce(self, spoken: Sequence[str]) -> list[Readings]:
        """See `G2P.pronounce`; a text with an unreadable word has no pronunciation."""
        texts = [_tokens(text) for text in spoken]
        words = (word for text in texts for word in text)
        known = self._cache.fill(words, self._reader.read)
        return [combine([known[word] for word in text]) for text in texts]


def combine(words: Sequence[Readings]) -> Readings:
    """Return at most `MAX_READINGS` readings of a text from those of its words, best first.

    The first takes the best reading of each word. Each further one changes a single word, those
    first whose other reading is the most different: that "the" may be ði adds little, that
    "Jesus" may be heɪsus adds much.
    """
    if not words or not all(words):
        return ()
    best = [readings[0] for readings in words]
    changes = [
        (-_difference(best[position], reading), position, rank, reading)
        for position, readings in enumerate(words)
        for rank, reading in enumerate(readings[1:])
    ]
    found = [join_words(best)]
    for _, position, _, reading in sorted(changes)[: MAX_READINGS - 1]:
        found.append(join_words([*best[:position], reading, *best[position + 1 :]]))
    return tuple(dict.fromkeys(found))


def _difference(a: Pronunciation, b: Pronunciation) -> int:
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(a, b)


# A letter said by its name, among other letters ("n c a a"), has no other reading.
_LETTER_A = "a."


def _tokens(text: str) -> list[str]:
    """Words of a text; an `a` beside another single letter is marked as the letter's name."""
    words = text.split()
    return [
        _LETTER_A if word == "a" and _beside_letter(words, i) else word
        for i, word in enumerate(words)
    ]


def _beside_letter(words: list[str], position: int) -> bool:
    around = words[max(0, position - 1) : position] + words[position + 1 : position + 2]
    return any(len(word) == 1 and word.isalpha() for word in around)
