"""How well what was heard fits a part of a name that people say alone: "livia" for "livia berg".

A partial mention is unlike the whole name in length, so every similarity of wholes is low; beside a
stranger's whole name of like length it loses. Here it is compared with single words of the name and
with its beginnings and ends of several words: "law and order", "the prisoner of azkaban". Words
have clear borders, which a free stretch of the name has not.
With the sides swapped it finds a name among words that do not belong to it: "fm" in "fm station".
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.inventory import words_of
from er_engine.phonemes.similarity import Costs, IdArray, pair_similarities, sound_ids
from er_engine.search import FloatArray
from er_engine.types import Pronunciation

# Names of more words are not said by one of them; of still more not by a part. All cost time.
MAX_WORDS = 6
MAX_LONG_NAME = 12
MIN_SOUNDS = 2
# Sequences that differ more in length than by this factor are unlike anyway.
MAX_RATIO = 2.0
# Of names that many queries are compared with, parts are kept.
_KEPT = 1 << 15


def part_similarities(
    heard: Sequence[IdArray], names: Sequence[Pronunciation], whole: FloatArray, costs: Costs
) -> FloatArray:
    """Return the similarity of whole alignment to a name or, where better, to a part of it.

    Args:
        heard: ids of what was heard (n).
        names: pronunciations of the candidates' forms (m).
        whole: float32 (n, m), the similarity to the whole name.
        costs: of aligning.

    Returns:
        float32 (n, m), at least `whole`.
    """
    places: dict[bytes, int] = {}
    parts_of = [
        [places.setdefault(part, len(places)) for part in all_parts(name)] for name in names
    ]
    if not places:
        return whole
    found = _compare(heard, [np.frombuffer(part, dtype=np.uint8) for part in places], costs)
    having = [column for column, parts in enumerate(parts_of) if parts]
    chosen = [parts_of[column] for column in having]
    starts = np.cumsum([0, *(len(parts) for parts in chosen[:-1])])
    best = np.maximum.reduceat(found[:, np.concatenate(chosen)], starts, axis=1)
    result = whole.copy()
    result[:, having] = np.maximum(result[:, having], best)
    return result


def _compare(heard: Sequence[IdArray], parts: Sequence[IdArray], costs: Costs) -> FloatArray:
    """float32 (n, n_parts); 0 for those of very unlike length."""
    near = of_like_length(heard, parts)
    rows, columns = np.nonzero(near)
    result = np.zeros(near.shape, dtype=np.float32)
    if len(rows):
        result[rows, columns] = pair_similarities(heard, parts, rows, columns, costs)
    return result


def of_like_length(heard: Sequence[Sized], parts: Sequence[Sized]) -> NDArray[np.bool_]:
    """Which parts are not of very unlike length, bool (n, n_parts)."""
    lengths = np.array([len(sounds) for sounds in heard], dtype=np.int64)[:, None]
    part_lengths = np.array([len(part) for part in parts], dtype=np.int64)
    near = (lengths <= MAX_RATIO * part_lengths) & (part_lengths <= MAX_RATIO * lengths)
    return np.asarray(near)


@lru_cache(maxsize=_KEPT)
def all_parts(name: Pronunciation) -> tuple[bytes, ...]:
    """Sound ids of each word of short names, and of a name's beginnings and ends of more words."""
    sounds = _sounds_of_words(name)
    parts = dict.fromkeys(sounds if len(sounds) <= MAX_WORDS else [])
    for count in range(2, len(sounds)):
        parts |= {b"".join(sounds[:count]): None, b"".join(sounds[-count:]): None}
    return tuple(part for part in parts if len(part) >= MIN_SOUNDS)


def _sounds_of_words(name: Pronunciation) -> list[bytes]:
    """Sound ids of each word; none of names of one word, or of more than MAX_LONG_NAME."""
    words = words_of(name)
    return [sound_ids(word).tobytes() for word in words] if 1 < len(words) <= MAX_LONG_NAME else []
