"""Which confusions are likely before any was counted: those that articulation makes near."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.features import distance_matrix, gap_costs
from er_engine.phonemes.inventory import SYMBOLS
from er_engine.phonemes.symbols import ARPABET

FloatArray = NDArray[np.float64]
# So many observations is the prior worth, for each phoneme that was said.
PRIOR_STRENGTH = 20.0
KEPT, LOST_SHARE, INSERTED_SHARE = 0.8, 0.06, 0.05
TEMPERATURE = 0.1
FIRST_PHONEME_ID = 3
# A phoneme that English lacks is heard so much less; padding and boundaries never are.
FOREIGN, NEVER = 0.05, 1e-9


def _is_english() -> NDArray[np.bool_]:
    known = set(ARPABET.values())
    return np.array([symbol in known for symbol in SYMBOLS])


@cache
def prior_outcomes() -> FloatArray:
    """P(heard or lost | said), float64 (n_symbols, n_symbols + 1), read-only.

    Most is heard as said; the rest falls off with articulatory distance, and weak sounds are lost
    more often than strong ones.
    """
    likeness = np.exp(-distance_matrix().astype(np.float64) / TEMPERATURE) + 1e-3
    likeness[:, ~_is_english()] *= FOREIGN
    likeness[:, :FIRST_PHONEME_ID] = NEVER
    np.fill_diagonal(likeness, 0.0)
    lost = LOST_SHARE / np.maximum(gap_costs(), 0.1) ** 2
    lost = np.minimum(lost, (1 - KEPT) / 2).astype(np.float64)
    others = likeness / likeness.sum(axis=1, keepdims=True) * (1 - KEPT - lost)[:, None]
    np.fill_diagonal(others, KEPT)
    result = np.concatenate([others, lost[:, None]], axis=1)
    result.setflags(write=False)
    return result


@cache
def prior_inserted() -> FloatArray:
    """Share of each phoneme among insertions, times how often there is one; (n_symbols,)."""
    shares = 1 / np.maximum(gap_costs(), 0.1).astype(np.float64) ** 2
    shares[~_is_english()] *= FOREIGN
    shares[:FIRST_PHONEME_ID] = NEVER
    result = INSERTED_SHARE * shares / shares.sum()
    result.setflags(write=False)
    return np.asarray(result)
