"""How alike two pronunciations are: quick edit similarity, and weighted alignment of many pairs.

Alignment costs come from dynamic programming (Needleman and Wunsch 1970; free end gaps as in
semi-global alignment), one row at a time for all pairs at once. Inside a row each cell depends on
its left neighbour; with S the running sum of the row's insertion costs,
`cost[j] = S[j] + min over i <= j of (from_above[i] - S[i])`, so a running minimum does the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.features import distance_matrix, gap_costs
from er_engine.phonemes.inventory import PADDING_ID, WORD_BOUNDARY, ids
from er_engine.types import Pronunciation

FloatArray = NDArray[np.float32]
IdArray = NDArray[np.uint8]
LengthArray = NDArray[np.int64]


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


def articulatory_costs() -> Costs:
    """Return costs from articulatory distances, without any training."""
    gaps = gap_costs()
    return Costs(distance_matrix(), gaps, gaps)


def edit_similarity(a: Pronunciation, b: Pronunciation) -> float:
    """Return 1 - Levenshtein distance / longer length, word boundaries ignored; 0..1.

    Two empty pronunciations are nothing alike: 0.
    """
    from rapidfuzz.distance import Levenshtein

    first, second = as_text(a), as_text(b)
    if not first and not second:
        return 0.0
    return float(Levenshtein.normalized_similarity(first, second))


def as_text(pronunciation: Sequence[str]) -> str:
    """Return one character for each phoneme, word boundaries left out, for string matchers.

    The characters are ids shifted to U+0100, letters all: matchers that trim do not touch them.
    """
    sounds = [symbol for symbol in pronunciation if symbol != WORD_BOUNDARY]
    return "".join(chr(0x100 + number) for number in ids(sounds))


def pad(pronunciations: Sequence[Sequence[str]]) -> tuple[IdArray, LengthArray]:
    """Return ids uint8 (n, longest) padded with `PADDING_ID`, and lengths int64 (n,).

    Word boundaries are left out: where a word ends is not heard.
    """
    rows = [ids([s for s in sounds if s != WORD_BOUNDARY]) for sounds in pronunciations]
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    width = int(lengths.max(initial=0))
    padded = np.full((len(rows), width), PADDING_ID, dtype=np.uint8)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    return padded, lengths


def global_costs(
    a: IdArray, a_lengths: LengthArray, b: IdArray, b_lengths: LengthArray, costs: Costs
) -> FloatArray:
    """Return float32 (n,): the least cost of turning each row of `a` into the same row of `b`.

    Args:
        a: uint8 (n, La) or (1, La), padded at the end; one row is aligned with every row of `b`.
        a_lengths: int64, as many as rows of `a`.
        b: uint8 (n, Lb), padded at the end.
        b_lengths: int64 (n,).
        costs: see `Costs`.
    """
    return _align_rows(a, a_lengths, b, b_lengths, costs, free_ends=False)


def fitting_costs(
    a: IdArray, a_lengths: LengthArray, b: IdArray, b_lengths: LengthArray, costs: Costs
) -> FloatArray:
    """Return float32 (n,): the least cost of turning `a` into some stretch of `b`.

    What stands before and after the stretch is free, so a partial mention fits well inside the full
    name. Swap the sequences (and `transposed` costs) for the other direction. Arguments as in
    `global_costs`.
    """
    return _align_rows(a, a_lengths, b, b_lengths, costs, free_ends=True)


def transposed(costs: Costs) -> Costs:
    """Return the costs for the sequences in the other order."""
    return Costs(np.ascontiguousarray(costs.substitution.T), costs.insertion, costs.deletion)


def _align_rows(
    a: IdArray,
    a_lengths: LengthArray,
    b: IdArray,
    b_lengths: LengthArray,
    costs: Costs,
    free_ends: bool,
) -> FloatArray:
    """Fill the table row by row; a row belongs to one symbol of `a`, its columns to those of `b`."""
    n, width = b.shape
    within = np.arange(width + 1) <= b_lengths[:, None]
    inserted = np.zeros((n, width + 1), dtype=np.float32)
    np.cumsum(costs.insertion[b], axis=1, out=inserted[:, 1:])
    row = np.zeros_like(inserted) if free_ends else inserted
    found = _last(row, within, b_lengths, free_ends)
    for step in range(a.shape[1]):
        symbols = a[:, step]
        row = _next_row(row, inserted, symbols, b, costs)
        ended = np.broadcast_to(a_lengths == step + 1, (n,))
        if ended.any():
            found = np.where(ended, _last(row, within, b_lengths, free_ends), found)
    return found


def _next_row(
    row: FloatArray, inserted: FloatArray, symbols: IdArray, b: IdArray, costs: Costs
) -> FloatArray:
    above = row + costs.deletion[symbols][:, None]
    np.minimum(
        above[:, 1:], row[:, :-1] + costs.substitution[symbols[:, None], b], out=above[:, 1:]
    )
    above -= inserted
    np.minimum.accumulate(above, axis=1, out=above)
    above += inserted
    return above


def _last(
    row: FloatArray, within: NDArray[np.bool_], b_lengths: LengthArray, free_ends: bool
) -> FloatArray:
    """Return the cost at the end of `b`, or the least one anywhere when its end is free."""
    if free_ends:
        return np.asarray(np.where(within, row, np.inf).min(axis=1), dtype=np.float32)
    return np.asarray(np.take_along_axis(row, b_lengths[:, None], axis=1)[:, 0], dtype=np.float32)
