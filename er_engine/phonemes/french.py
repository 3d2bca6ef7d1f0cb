"""The silent ends of French names: *Chalamet*, *Signoret*, *Rigaud*, *Caillaux*, *Verdoux*.

Models that learned English words read their last letters out. English speakers mostly don't, and
say *ch*, *th* and *j* the French way along with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from er_engine.types import Pronunciation

_MIN_START = 3
_VOWEL = re.compile(r"[aeiouy]")
_ENDINGS: Mapping[str, Pronunciation] = {
    "et": ("eɪ",),
    "ault": ("oʊ",),
    "aud": ("oʊ",),
    "aux": ("oʊ",),
    "eau": ("oʊ",),
    "eaux": ("oʊ",),
    "ieux": ("j", "u"),
    "oux": ("u",),
    "ois": ("w", "ɑ"),
    "oit": ("w", "ɑ"),
    "ier": ("i", "eɪ"),
}
_LONGEST = max(map(len, _ENDINGS))
_FRENCH = {"tʃ": "ʃ", "θ": "t", "dʒ": "ʒ"}


def french_ending(word: str) -> tuple[str, Pronunciation] | None:
    """Return what precedes the longest French ending of a word, and the ending's sound."""
    for length in range(min(_LONGEST, len(word) - _MIN_START), 1, -1):
        sound = _ENDINGS.get(word[-length:])
        if sound is not None and _VOWEL.search(word[:-length]):
            return word[:-length], sound
    return None


def in_french(start: Pronunciation) -> Pronunciation:
    """Return the beginning of a name with the sounds that *ch*, *th* and *j* have in French."""
    return tuple(_FRENCH.get(sound, sound) for sound in start)
