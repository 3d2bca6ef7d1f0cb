"""Phonemes as strings: one character for each phoneme, so that string tools compare sounds."""

from __future__ import annotations

from collections.abc import Iterable

from er_engine.phonemes.inventory import ids
from er_engine.types import WORD_BOUNDARY, Pronunciation

# Above all ASCII, and no character that a string tool would treat in its own way.
_FIRST_CHARACTER = 0x4E00


def sound_keys(pronunciations: Iterable[Pronunciation]) -> tuple[str, ...]:
    """Return each distinct pronunciation as a string, word boundaries left out."""
    return tuple(dict.fromkeys(_as_string(sounds) for sounds in pronunciations))


def _as_string(sounds: Pronunciation) -> str:
    numbers = ids([sound for sound in sounds if sound != WORD_BOUNDARY])
    return "".join(chr(_FIRST_CHARACTER + int(number)) for number in numbers)
