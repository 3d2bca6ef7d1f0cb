"""How alike two pronunciations are: weighted alignment of many pairs at once.

Alignment costs come from dynamic programming (Needleman and Wunsch 1970; free end gaps as in
semi-global alignment) over a table with one row for each symbol of the first sequence and one
column for each of the second. All pairs are computed at once, so that each cell is one operation
on a vector over the pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.features import distance_matrix, gap_costs
from er_engine.phonemes.inventory import PADDING_ID, SYMBOLS, UNKNOWN, UNKNOWN_ID, WORD_BOUNDARY

# Names as short as this are compared together: more groups would cost more than padding does.
_SHORT = 8
# Names that are compared again and again are read once.
_KEPT = 1 << 15
# More than any alignment costs.
_NEVER = np.float32(1e4)

FloatArray = NDArray[np.float32]
IdArray = NDArray[np.uint8]
LengthArray = NDArray[np.int64]

_IDS = {symbol: number for number, symbol in enumerate(SYMBOLS)}
# "ver sigh" has one sound where *Versailles* /vɛɹsaɪ/ has two. Compared as two they differ in a
# vowel; as one they would in a vowel and in a consonant too many.
_RHOTIC, _PARTED = "ɚ", ("ə", "ɹ")
_RHOTIC_BYTES, _PARTED_BYTES = bytes([_IDS[_RHOTIC]]), bytes(_IDS[s] for s in _PARTED)
_CHARACTERS = {symbol: chr(0x100 + number) for symbol, number in _IDS.items()}


@dataclass(frozen=True)
class Costs:
    """What an alignment charges, each cost at least 0; indexes are phoneme ids.

    Attributes:
        substitution: float32 (n_symbols, n_symbols), from the first sequence's symbol to the
            second's; 0 on the diagonal.
        deletion: float32 (n_symbols,), for a symbol of the first sequence alone.
        insertion: float32 (n_symbols,), for a symbol of the second sequence alone.
    """

    substitution: FloatArray
    deletion: FloatArray
    insertion: FloatArray


@cache
def articulatory_costs() -> Costs:
    """Return costs from articulatory distances, without any training; read-only arrays."""
    distances, gaps = distance_matrix(), gap_costs()
    distances.setflags(write=False)
    gaps.setflags(write=False)
    return Costs(distances, gaps, gaps)


def transposed(costs: Costs) -> Costs:
    """Return the costs for the sequences in the other order."""
    return Costs(np.ascontiguousarray(costs.substitution.T), costs.insertion, costs.deletion)


def as_text(pronunciation: Sequence[str]) -> str:
    """Return one character for each phoneme, word boundaries left out, for string matchers.

    The characters are ids shifted to U+0100: letters all, so that no matcher trims them.
    """
    unknown = _CHARACTERS[UNKNOWN]
    return "".join(_CHARACTERS.get(s, unknown) for s in pronunciation if s != WORD_BOUNDARY)


def sound_ids(pronunciation: Sequence[str]) -> IdArray:
    """Return uint8 ids of the phonemes, word boundaries left out: where a word ends isn't heard."""
    return np.frombuffer(_sound_bytes(tuple(pronunciation)), dtype=np.uint8)


@lru_cache(maxsize=_KEPT)
def _sound_bytes(pronunciation: tuple[str, ...]) -> bytes:
    return bytes([_IDS.get(s, UNKNOWN_ID) for s in pronunciation if s != WORD_BOUNDARY])


def compared(pronunciation: Sequence[str]) -> tuple[str, ...]:
    """Return the symbols that similarities align: an r-coloured vowel is a vowel and an r."""
    apart = ((_PARTED if symbol == _RHOTIC else (symbol,)) for symbol in pronunciation)
    return tuple(symbol for symbols in apart for symbol in symbols)


def _compared(sounds: IdArray) -> IdArray:
    """The same of ids."""
    return np.frombuffer(sounds.tobytes().replace(_RHOTIC_BYTES, _PARTED_BYTES), dtype=np.uint8)


def pad(rows: Sequence[IdArray]) -> tuple[IdArray, LengthArray]:
    """Return ids uint8 (n, longest), padded with `PADDING_ID`, and their lengths, int64 (n,)."""
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    width = int(lengths.max(initial=0))
    joined = b"".join(row.tobytes().ljust(width, bytes([PADDING_ID])) for row in rows)
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(rows), width), lengths


def global_costs(
    a: IdArray, a_lengths: LengthArray, b: IdArray, b_lengths: LengthArray, costs: Costs
) -> FloatArray:
    """Return float32 (n,): the least cost of turning each row of `a` into the same row of `b`.

    Args:
        a: uint8 (n, La), padded at the end.
        a_lengths: int64 (n,).
        b: uint8 (n, Lb), padded at the end.
        b_lengths: int64 (n,).
        costs: see `Costs`.
    """
    return _align_pairs(a, a_lengths, b, b_lengths, costs, (False,)).ravel()


def fitting_costs(
    a: IdArray, a_lengths: LengthArray, b: IdArray, b_lengths: LengthArray, costs: Costs
) -> FloatArray:
    """Return float32 (n,): the least cost of turning each row of `a` into some stretch of `b`.

    What stands before and after the stretch is free, so a partial mention fits well inside the full
    name. For the other direction swap the sequences and use `transposed` costs. Arguments as in
    `global_costs`.
    """
    return _align_pairs(a, a_lengths, b, b_lengths, costs, (True,)).ravel()


def alignment_similarities(
    heard: Sequence[IdArray], names: Sequence[IdArray], costs: Costs | None = None
) -> tuple[FloatArray, FloatArray]:
    """Compare all with all: float32 (n, m) of whole and of fitting similarity, each 0..1.

    Whole: 1 - global cost / the larger cost of leaving one side out. Fitting: what was heard inside
    the name, 1 - fitting cost / the cost of leaving out what was heard. Nothing is like an empty
    sequence.

    Args:
        heard: n arrays of ids (see `sound_ids`).
        names: m arrays of ids.
        costs: articulatory costs unless given.
    """
    costs = costs or articulatory_costs()
    whole = np.zeros((len(heard), len(names)), dtype=np.float32)
    fitting = np.zeros_like(whole)
    for group in _of_like_length(names):
        found = _compare_all(heard, [names[column] for column in group], costs)
        whole[:, group], fitting[:, group] = found
    return whole, fitting


def _of_like_length(names: Sequence[IdArray]) -> list[LengthArray]:
    """Positions of names, grouped so that none is padded to more than about twice its length."""
    groups = np.array([max(len(name), _SHORT).bit_length() for name in names], dtype=np.int64)
    return [np.flatnonzero(groups == group) for group in np.unique(groups)]


def pair_similarities(
    heard: Sequence[IdArray],
    names: Sequence[IdArray],
    rows: LengthArray,
    columns: LengthArray,
    costs: Costs,
) -> FloatArray:
    """Compare chosen pairs: float32 (n,) of whole similarity, as in `alignment_similarities`.

    Args:
        heard: arrays of ids.
        names: arrays of ids.
        rows: int64 (n,), which of `heard`.
        columns: int64 (n,), which of `names`.
        costs: see `Costs`.
    """
    return _compare_pairs(heard, names, rows, columns, costs, (False,))[0]


def _compare_all(
    heard: Sequence[IdArray], names: Sequence[IdArray], costs: Costs
) -> tuple[FloatArray, FloatArray]:
    rows = np.repeat(np.arange(len(heard)), len(names))
    columns = np.tile(np.arange(len(names)), len(heard))
    whole, fitting = _compare_pairs(heard, names, rows, columns, costs, (False, True))
    shape = len(heard), len(names)
    return whole.reshape(shape), fitting.reshape(shape)


def _compare_pairs(
    heard: Sequence[IdArray],
    names: Sequence[IdArray],
    rows: LengthArray,
    columns: LengthArray,
    costs: Costs,
    free_ends: Sequence[bool],
) -> list[FloatArray]:
    a, a_lengths = pad([_compared(sounds) for sounds in heard])
    b, b_lengths = pad([_compared(sounds) for sounds in names])
    a_alone = _alone(a, costs.deletion)[rows]
    b_alone = _alone(b, costs.insertion)[columns]
    a, a_lengths, b, b_lengths = a[rows], a_lengths[rows], b[columns], b_lengths[columns]
    found = _align_pairs(a, a_lengths, b, b_lengths, costs, free_ends)
    empty = (a_lengths == 0) | (b_lengths == 0)
    return [
        _similarity(cost, a_alone if free else np.maximum(a_alone, b_alone), empty)
        for cost, free in zip(found, free_ends, strict=True)
    ]


def _alone(sounds: IdArray, gaps: FloatArray) -> FloatArray:
    """Return float32 (n,): what it costs to leave each row out."""
    # Column after column: sums along a row would round differently with its padding.
    return np.asarray(np.ascontiguousarray(_charged(sounds, gaps).T).sum(axis=0))


def _similarity(costs: FloatArray, scale: FloatArray, empty: NDArray[np.bool_]) -> FloatArray:
    similarity = 1 - costs / np.where(scale > 0, scale, np.float32(1))
    return np.where(empty, np.float32(0), similarity.clip(0.0, 1.0))


def _align_pairs(
    a: IdArray,
    a_lengths: LengthArray,
    b: IdArray,
    b_lengths: LengthArray,
    costs: Costs,
    free_ends: Sequence[bool],
) -> FloatArray:
    """Fill the tables row by row; arrays are (columns, kinds, pairs).

    Each cell is counted from what it costs to insert all that stands before it, so that insertions
    are free and a running minimum makes them. Padding is moved to the front, where it costs
    nothing: all pairs end in the last row and column.

    Args:
        a: uint8 (n, La).
        a_lengths: int64 (n,).
        b: uint8 (n, Lb).
        b_lengths: int64 (n,).
        costs: see `Costs`.
        free_ends: for each kind whether what stands before and after is free.

    Returns:
        float32 (kinds, n).
    """
    first, second = _padded_before(a, a_lengths), _padded_before(b, b_lengths)
    insertion = _charged(second, costs.insertion)
    inserted = np.zeros((len(second) + 1, len(b)), dtype=np.float32)
    np.cumsum(insertion, axis=0, out=inserted[1:])
    row = np.zeros((len(second) + 1, len(free_ends), len(b)), dtype=np.float32)
    for kind, free in enumerate(free_ends):
        if free:
            np.negative(inserted, out=row[:, kind])
    substitution = costs.substitution.copy()
    substitution[PADDING_ID] = substitution[:, PADDING_ID] = _NEVER
    for symbols, deletion in zip(first, _charged(first, costs.deletion), strict=True):
        # Flat look-ups are twice as fast as pairs of indexes; all kinds share them.
        substituted = substitution.take(symbols * len(substitution) + second)
        row = _next_row(row, deletion, substituted - insertion)
    ends = [
        (row[:, kind] + inserted).min(axis=0) if free else row[-1, kind] + inserted[-1]
        for kind, free in enumerate(free_ends)
    ]
    return np.stack(ends)


def _padded_before(sounds: IdArray, lengths: LengthArray) -> NDArray[np.intp]:
    """The transpose, with padding moved from the end to the front: (longest, n)."""
    # Negative columns are those at the end, which are padding.
    columns = np.arange(sounds.shape[1]) - (sounds.shape[1] - lengths[:, None])
    return np.ascontiguousarray(np.take_along_axis(sounds, columns, axis=1).T).astype(np.intp)


def _charged(sounds: NDArray[np.integer], gaps: FloatArray) -> FloatArray:
    """What each symbol costs when it is left out, float32; padding costs nothing."""
    return np.where(sounds == PADDING_ID, np.float32(0), gaps[sounds])


def _next_row(row: FloatArray, deletion: FloatArray, substitution: FloatArray) -> FloatArray:
    """Return the next row: delete a symbol or substitute for it, then insert for nothing."""
    after: FloatArray = row + deletion
    np.minimum(after[1:], row[:-1] + substitution[:, None], out=after[1:])
    before = after[0]
    for here in after[1:]:
        np.minimum(here, before, out=here)
        before = here
    return after
