"""The supplement: words whose spelling hides the sound and that the CMU dictionary lacks or misses.

`supplement.tsv` was written for this project, from general knowledge and class by class: names of
many origins, places, companies and brands, drugs. Its columns are `word` (lower case, without
accents), `pronunciations` (ARPABET without stress, as English speakers say them, parted by `/`,
best first), `class`, and `order`: `first` where they go before those of the dictionary.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from er_engine.phonemes.inventory import from_arpabet
from er_engine.phonemes.words import Readings, WordReader

SUPPLEMENT = Path(__file__).parent / "supplement.tsv"
HEADER = ("word", "pronunciations", "class", "order")
_FIRST = "first"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the supplement.

    Attributes:
        word: lower case, letters a-z and apostrophes.
        readings: best first.
        group: origin or kind, such as `irish` or `drug`.
        first: whether the readings go before those of the dictionary.
    """

    word: str
    readings: Readings
    group: str
    first: bool


def supplement_entries() -> list[Entry]:
    """Return all entries in the file's order."""
    return [_entry(line) for line in _lines()]


class SupplementedLexicon:
    """A lexicon with the supplement beside it.

    A word that both have gets the readings of both, the lexicon's first unless the supplement says
    otherwise. A word of the supplement alone gets its readings, then how somebody says it who does
    not know it.

    Args:
        lexicon: has the common words.
        naive: reads words by their spelling; without it only the supplement's readings are given.
    """

    def __init__(self, lexicon: WordReader, naive: WordReader | None = None) -> None:
        self._lexicon = lexicon
        self._naive = naive
        self._lines: dict[str, str] | None = None
        self._lock = threading.Lock()

    def read(self, words: Sequence[str]) -> list[Readings]:
        """See `WordReader.read`; none where neither has the word."""
        lines = self._loaded()
        known = dict(zip(words, self._lexicon.read(words), strict=True))
        hidden = [word for word, readings in known.items() if not readings and word in lines]
        naive: dict[str, Readings] = {}
        if self._naive is not None and hidden:
            naive = dict(zip(hidden, self._naive.read(hidden), strict=True))
        return [
            _merged(_entry(lines[word]), known[word], naive.get(word, ()))
            if word in lines
            else known[word]
            for word in words
        ]

    def _loaded(self) -> dict[str, str]:
        with self._lock:
            if self._lines is None:
                self._lines = {line.partition("\t")[0]: line for line in _lines()}
            return self._lines


def _merged(entry: Entry, known: Readings, naive: Readings) -> Readings:
    ordered = (*entry.readings, *known) if entry.first else (*known, *entry.readings)
    return tuple(dict.fromkeys((*ordered, *naive[:1])))


def _lines() -> list[str]:
    return SUPPLEMENT.read_text(encoding="utf-8").splitlines()[1:]


def _entry(line: str) -> Entry:
    word, written, group, order = line.split("\t")
    readings = tuple(from_arpabet(part.split()) for part in written.split("/"))
    return Entry(word, readings, group, order == _FIRST)
