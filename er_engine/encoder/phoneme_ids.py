"""Pronunciations as the phoneme tower reads them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.inventory import PADDING_ID
from er_engine.phonemes.similarity import sound_ids
from er_engine.types import Pronunciation

# 64 words have about 400 phonemes; what is longer is cut, not refused.
MAX_PHONEMES = 512


def phoneme_ids(pronunciation: Pronunciation) -> NDArray[np.uint8]:
    """Ids uint8 without word boundaries, which recognisers shift; cut at MAX_PHONEMES."""
    return sound_ids(pronunciation)[:MAX_PHONEMES]


def padded_ids(rows: Sequence[NDArray[np.uint8]]) -> NDArray[np.int64]:
    """Ragged ids to int64 (n, longest), 0 where padded; at least one column."""
    longest = max((len(row) for row in rows), default=0)
    padded = np.full((len(rows), max(longest, 1)), PADDING_ID, dtype=np.int64)
    for index, row in enumerate(rows):
        padded[index, : len(row)] = row
    return padded
