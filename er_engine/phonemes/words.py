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
WORD_CACHE_SIZE = 200_000
TEXT_CACHE_SIZE = 20_000


class WordReader(Protocol):
    """Reads single words."""

    def read(self, words: Sequence[str]) -> list[Readings]:
        """Return the readings of each word, best first; an empty tuple where there is none."""


class ReadingCache:
    """A bounded, thread-safe memory of readings; when full it forgets everything and starts anew.

    Forgetting all at once keeps a hit as cheap as one dict look-up; the words of catalogs repeat so
    much that a finer order of forgetting gains nothing.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: dict[str, Readings] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def fill(
        self, keys: Iterable[str], compute: Callable[[list[str]], Sequence[Readings]]
    ) -> dict[str, Readings]:
        """Return the readings of all keys; `compute` is called once, with those not yet known."""
        known = self._known
        found = {key: known.get(key) for key in keys}
        missing = [key for key, readings in found.items() if readings is None]
        computed = dict(zip(missing, compute(missing), strict=True)) if missing else {}
        self._remember(computed)
        return {key: computed[key] if r is None else r for key, r in found.items()}

    def _remember(self, computed: dict[str, Readings]) -> None:
        with self._lock:
            if len(self._known) + len(computed) > self._size:
                self._known = {}
            room = self._size - len(self._known)
            self._known.update(list(computed.items())[:room])


class WordG2P:
    """A G2P (see `er_engine.phonemes.g2p.G2P`) on top of a word reader.

    Args:
        name: see `G2P.name`.
        reader: reads the words.
        split: parts a text into the words that the reader is asked for.
        minor: words whose second readings are left aside, such as "the".
    """

    def __init__(
        self,
        name: str,
        reader: WordReader,
        split: Callable[[str], list[str]],
        minor: frozenset[str] = frozenset(),
    ) -> None:
        self._name = name
        self._reader = reader
        self._split = split
        self._minor = minor
        self._words = ReadingCache(WORD_CACHE_SIZE)
        self._texts = ReadingCache(TEXT_CACHE_SIZE)

    @property
    def name(self) -> str:
        """See `G2P.name`."""
        return self._name

    def pronounce(self, spoken: Sequence[str]) -> list[Readings]:
        """See `G2P.pronounce`; a text with an unreadable word has no pronunciation."""
        known = self._texts.fill(spoken, self._read_texts)
        return [known[text] for text in spoken]

    def _read_texts(self, texts: list[str]) -> list[Readings]:
        split = [self._split(text) for text in texts]
        known = self._words.fill((word for words in split for word in words), self._reader.read)
        return [self._combined(words, known) for words in split]

    def _combined(self, words: list[str], known: dict[str, Readings]) -> Readings:
        if len(words) == 1:
            return known[words[0]][:MAX_READINGS]
        return combine([known[w][:1] if w in self._minor else known[w] for w in words])


def combine(words: Sequence[Readings]) -> Readings:
    """Return at most `MAX_READINGS` readings of a text from those of its words, best first.

    The first takes the best reading of each word. Each further one changes a single word, those
    first whose other reading is the most different. No words, or one that can't be read: none.
    """
    if not words or not all(words):
        return ()
    best = [readings[0] for readings in words]
    found = [join_words(best)]
    for position, reading in _changes(words)[: MAX_READINGS - 1]:
        found.append(join_words([*best[:position], reading, *best[position + 1 :]]))
    return tuple(dict.fromkeys(found))


def _changes(words: Sequence[Readings]) -> list[tuple[int, Pronunciation]]:
    """Return other readings with the positions of their words, the most different first."""
    from rapidfuzz.distance import Levenshtein

    changes = [
        (-Levenshtein.distance(readings[0], reading), position, rank, reading)
        for position, readings in enumerate(words)
        for rank, reading in enumerate(readings[1:])
    ]
    return [(position, reading) for _, position, _, reading in sorted(changes)]
