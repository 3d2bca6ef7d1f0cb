"""Random confusions that articulation makes plausible, without any audio.

Sounds made alike are mistaken for one another; short and weak sounds are lost or heard where there
are none. The rates are a prior; confusions of a real recogniser come from n-best data.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.features import distance_matrix
from er_engine.phonemes.inventory import from_arpabet, ids
from er_engine.phonemes.symbols import ARPABET

PhonemeIds = NDArray[np.uint8]
# Random insertions and replacements stay within the sounds of the lexicon's language.
FIRST_PHONEME_ID = 3


class ConfusionMaker:
    """Draws a misheard version of a phoneme sequence."""

    def __init__(self, rate: float, temperature: float = 0.1) -> None:
        """Set the rate and the spread.

        Args:
            rate: expected share of sounds that are changed, 0 to 1.
            temperature: higher draws less similar substitutes (distances are 0 to 1).
        """
        self._rate = rate
        self._sounds = np.unique(ids(from_arpabet(sorted(ARPABET))))
        self._sounds = self._sounds[self._sounds >= FIRST_PHONEME_ID]
        distances = distance_matrix()[:, self._sounds].astype(np.float64)
        likeness = np.exp(-distances / temperature)
        likeness[self._sounds, np.arange(len(self._sounds))] = 0.0
        totals = likeness.sum(axis=1, keepdims=True)
        self._cumulative = np.cumsum(likeness / np.where(totals > 0, totals, 1), axis=1)

    def confuse(self, sounds: PhonemeIds, random: np.random.Generator) -> PhonemeIds:
        """Return a changed copy, uint8 (any length of at least 1)."""
        rate = self._rate * random.uniform(0.3, 1.7)
        heard: list[int] = []
        for sound, draw in zip(sounds.tolist(), random.random(len(sounds)).tolist(), strict=True):
            if draw < 0.6 * rate:
                heard.append(self._substitute(sound, random))
            elif draw < 0.85 * rate:
                continue
            elif draw < rate:
                heard.extend((sound, int(random.choice(self._sounds))))
            else:
                heard.append(sound)
        return np.array(heard or sounds[:1].tolist(), dtype=np.uint8)

    def _substitute(self, sound: int, random: np.random.Generator) -> int:
        column = int(np.searchsorted(self._cumulative[sound], random.random()))
        return int(self._sounds[min(column, len(self._sounds) - 1)])
