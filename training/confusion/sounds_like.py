"""Words that sound like a phoneme sequence: what a recogniser writes where it knows no such name.

The cheapest way to cut the phonemes into dictionary words, each costing its -log probability. A
recogniser's own transcripts say which words it likes to write; other words of the dictionary count
as rare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.inventory import ids
from er_engine.phonemes.lexicon import CmuLexicon

IdArray = NDArray[np.uint8]
# Words that were never written count as if written so often.
RARE = 0.2
# A phoneme that no word takes up is dropped at this cost (nats), about that of a rare word.
DROPPED = 14.0


class SoundsLike:
    """Writes phonemes as words; made once from a lexicon and transcripts."""

    def __init__(self, transcripts: Iterable[str], lexicon: CmuLexicon | None = None) -> None:
        """Count words and index the lexicon by sound.

        Args:
            transcripts: spoken forms of hypotheses; the more often a word is there, the more
                readily it is written.
            lexicon: the words to write; the packaged dictionary unless given.
        """
        counts = Counter(word for text in transcripts for word in text.split())
        known = lexicon or CmuLexicon()
        words = [word for word in known.words() if "(" not in word and word[0].isalpha()]
        total = sum(counts.values()) + RARE * len(words)
        self._words: dict[bytes, tuple[float, str]] = {}
        for word, readings in zip(words, known.read(words), strict=True):
            cost = -float(np.log((counts[word] + RARE) / total))
            for reading in readings:
                key = ids(reading).tobytes()
                self._words[key] = min(self._words.get(key, (np.inf, "")), (cost, word))
        self._longest = max(map(len, self._words), default=0)

    def write(self, sounds: IdArray) -> str:
        """Return the likeliest words, or an empty text where none fits.

        Args:
            sounds: uint8 (n,), phonemes without word boundaries.
        """
        key = sounds.tobytes()
        best: list[tuple[float, int, str]] = [(0.0, 0, "")]
        for end in range(1, len(key) + 1):
            options = [(best[end - 1][0] + DROPPED, end - 1, "")]
            for start in range(max(0, end - self._longest), end):
                found = self._words.get(key[start:end])
                if found is not None:
                    options.append((best[start][0] + found[0], start, found[1]))
            best.append(min(options))
        return _read_back(best)


def _read_back(best: list[tuple[float, int, str]]) -> str:
    words, end = [], len(best) - 1
    while end:
        _, start, word = best[end]
        words.append(word)
        end = start
    return " ".join(word for word in reversed(words) if word)
