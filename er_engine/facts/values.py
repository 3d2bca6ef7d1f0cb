"""The facts of an entity that people may say: the values of its attributes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from er_engine.facts.items import sound_key, value_keys
from er_engine.text import normalise
from er_engine.types import Entity

# Nobody says a longer value whole, and a part of it says little.
MAX_ITEMS = 12
MAX_CHARACTERS = 120
# Values of one entity that are read: a cast of hundreds costs space.
MAX_VALUES = 64

_WORDS = re.compile(r"\w+")
_PLAIN = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]{2,})*")

HashArray = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Value:
    """A value, in hashes.

    Attributes:
        hash: of all its items in their order.
        items: its items, distinct.
        sounds: what these sound like (see `sound_key`); 0 where that is nothing.
    """

    hash: int
    items: tuple[int, ...]
    sounds: tuple[int, ...]


def entity_values(entity: Entity, lang: str = "en") -> list[Value]:
    """Return the distinct values of an entity.

    A value that is an alias, or whose words are all in the name, says nothing that these don't, and
    is left out; so are long texts, booleans and objects.
    """
    texts = _texts(entity.attributes.values())
    if not texts:
        return []
    name = set(_words(entity.name))
    aliases = [_words(alias) for alias in entity.aliases]
    new = [t for t in texts if not name.issuperset(words := _words(t)) and words not in aliases]
    found = [_value(text, lang) for text in new]
    return [value for value in dict.fromkeys(found) if 0 < len(value.items) <= MAX_ITEMS]


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())


def _texts(values: Iterable[object]) -> list[str]:
    texts: list[str] = []
    for value in values:
        if isinstance(value, list | tuple):
            texts.extend(_texts(value))
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            whole = isinstance(value, float) and value.is_integer()
            texts.append(str(int(value)) if whole else str(value))
    return [text for text in texts[:MAX_VALUES] if len(text) <= MAX_CHARACTERS]


@lru_cache(maxsize=65536)
def _value(text: str, lang: str) -> Value:
    # Capitals only cost time where there is nothing but letters.
    plain = _PLAIN.fullmatch(text)
    keys = value_keys(normalise(text.lower() if plain else text, lang))
    sounds = [sound_key(key) for key in keys]
    return Value(
        _hash("\n".join(keys)),
        tuple(_hash(key) for key in keys),
        tuple(_hash(sound) if sound else 0 for sound in sounds),
    )


def key_hashes(keys: Sequence[str]) -> HashArray:
    """Return uint64 (n,): what items are found by; 64 bits of BLAKE2b."""
    return np.array([_hash(key) for key in keys], dtype=np.uint64)


@lru_cache(maxsize=65536)
def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
