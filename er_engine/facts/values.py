"""The facts of an entity that people may say: the values of its attributes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from er_engine.facts.items import value_keys
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


def entity_values(entity: Entity, lang: str = "en") -> list[tuple[str, ...]]:
    """Return the distinct values of an entity, each as its item keys.

    Values whose words are all in one of the entity's own names say nothing that a name does not,
    and are left out; so are long texts, booleans and objects.
    """
    texts = _texts(entity.attributes.values())
    if not texts:
        return []
    names = [set(_words(name)) for name in (entity.name, *entity.aliases)]
    new = [text for text in texts if not any(name.issuperset(_words(text)) for name in names)]
    found = [_keys(text, lang) for text in new]
    return [keys for keys in dict.fromkeys(found) if 0 < len(keys) <= MAX_ITEMS]


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
def _keys(text: str, lang: str) -> tuple[str, ...]:
    # Capitals only cost time where there is nothing but letters.
    plain = _PLAIN.fullmatch(text)
    return tuple(value_keys(normalise(text.lower() if plain else text, lang)))


def key_hashes(keys: Sequence[str]) -> HashArray:
    """uint64 (n,): what items are found by; 64 bits of BLAKE2b."""
    return np.array([_hash(key) for key in keys], dtype=np.uint64)


def value_hash(keys: Sequence[str]) -> int:
    """The same for a value: of its keys in their order."""
    return _hash("\n".join(keys))


@lru_cache(maxsize=65536)
def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
