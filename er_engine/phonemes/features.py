"""Articulatory features of the inventory's symbols, and how far apart the symbols are.

Features are panphon's (Mortensen et al., "PanPhon: A Resource for Mapping IPA Segments to
Articulatory Feature Vectors", COLING 2016), 20 that vary here, once for the start and once for the
end of a symbol: diphthongs and affricates change on the way, all others don't. They are read from
`features.tsv`; panphon itself is not imported.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.symbols import SYMBOLS
from er_engine.types import WORD_BOUNDARY

FloatArray = NDArray[np.float32]

_VALUES = {"+": 1.0, "-": -1.0, "0": 0.0}
_FIRST_PHONEME = 3
_LEAST = 0.05
# Sounds that come and go in running speech are cheap to miss or to add. The order of magnitude is
# from the confusions of recognisers (t and d at word ends, h and schwa before vowels); training can
# fit better ones.
_GAP_COSTS = {
    WORD_BOUNDARY: 0.1,
    **dict.fromkeys(("ə", "ʔ"), 0.45),
    **dict.fromkeys(("h", "ɦ", "ɪ", "ɐ"), 0.6),
    **dict.fromkeys(("j", "w", "ɥ", "ɰ", "t", "d", "ɾ"), 0.7),
    **dict.fromkeys(("ɹ", "l", "n", "s", "z", "ɚ", "i"), 0.85),
}


def features() -> FloatArray:
    """Return float32 (n_symbols, n_features): 1 has it, -1 has it not, 0 does not apply.

    The rows of padding, word boundary and unknown are zero.
    """
    return _table()[0].copy()


def distance_matrix() -> FloatArray:
    """Return float32 (n_symbols, n_symbols), articulatory distances in 0..1, symmetric.

    The sum over features of |a - b|, each times panphon's weight (syllabic and consonantal count
    most), divided by the largest such sum; then its square root, which spreads out the small
    distances inside vowels and inside consonants, and at least `_LEAST` between different symbols.
    Padding, word boundary and unknown are at 1 from all others.
    """
    values, weights = _table()
    weighted = values * weights
    distances = np.abs(weighted[:, None, :] - weighted[None, :, :]).sum(axis=2)
    phonemes = distances[_FIRST_PHONEME:, _FIRST_PHONEME:]
    matrix = np.ones_like(distances)
    matrix[_FIRST_PHONEME:, _FIRST_PHONEME:] = np.sqrt(phonemes / phonemes.max()).clip(_LEAST)
    np.fill_diagonal(matrix, 0.0)
    return np.asarray(matrix, dtype=np.float32)


def gap_costs() -> FloatArray:
    """Return float32 (n_symbols,), the cost in 0..1 of missing or adding each symbol.

    Used for insertions and deletions alike; padding is free, a word boundary nearly so.
    """
    costs = np.array([_GAP_COSTS.get(symbol, 1.0) for symbol in SYMBOLS], dtype=np.float32)
    costs[0] = 0.0
    return costs


@cache
def _table() -> tuple[FloatArray, FloatArray]:
    """Return values (n_symbols, n_features) and weights (n_features,)."""
    text = (resources.files("er_engine.phonemes") / "features.tsv").read_text(encoding="utf-8")
    header, weights, *rows = (line.split("\t") for line in text.splitlines())
    by_symbol = {row[0]: [_VALUES[sign] for sign in row[1:]] for row in rows}
    nothing = [0.0] * (len(header) - 1)
    special = SYMBOLS[:_FIRST_PHONEME]
    values = [nothing if symbol in special else by_symbol[symbol] for symbol in SYMBOLS]
    return (
        np.array(values, dtype=np.float32),
        np.array([float(weight) for weight in weights[1:]], dtype=np.float32),
    )
