"""What recognisers make of each phoneme, counted: the table `confusions.tsv` of a model.

A row says how often a phoneme that was said was heard as another one, lost, or heard where nothing
was said. Training counts (training/confusion), this module reads, smooths, and turns probabilities
into alignment costs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from er_engine.errors import EncoderError
from er_engine.files import write_atomically
from er_engine.phonemes.confusion_prior import (
    PRIOR_STRENGTH,
    prior_inserted,
    prior_outcomes,
)
from er_engine.phonemes.inventory import SYMBOLS

CONFUSIONS = "confusions.tsv"
ANY, NOTHING = "any", "-"
COLUMNS = ("kind", "left", "said", "right", "heard", "count", "probability")
N = len(SYMBOLS)
# The column of `ConfusionTable.sounds` for a phoneme that was said and not heard.
LOST = N
FloatArray = NDArray[np.float64]

_ID = {symbol: number for number, symbol in enumerate(SYMBOLS)}
_INTRODUCTION = """\
# What a speech recogniser heard where a phoneme was said. Counts are weighted: no whole numbers.
# kind         sound: a phoneme that was said (heard "-": it was lost);
#              insertion: heard where nothing was said; none: a gap without any insertion;
#              boundary: what became of the places where one word ends and the next begins
# left, right  the phoneme said before or after it, "|" for the edge of a word, "any" for all
# said, heard  the phoneme; for a boundary what became of it: kept, lost, added, or moved by so many
#              phonemes (-1: one too early)
# count        how often; probabilities are computed from the counts anew when the table is read
# probability  small counts are smoothed by articulatory likeness, contexts by all contexts
"""


@dataclass(frozen=True)
class ConfusionTable:
    """Counts of confusions; arrays are indexed by phoneme ids.

    Attributes:
        sounds: float64 (n_symbols, n_symbols + 1), said by heard; the last column is "lost".
        inserted: float64 (n_symbols,), heard where nothing was said.
        gaps: number of places where nothing was inserted; there is one beside each phoneme said.
        left: for (left neighbour, said), the counts float64 (n_symbols + 1,) in this context; the
            word boundary stands for the edge of a word.
        right: the same for (right neighbour, said).
        boundaries: how often word boundaries were kept, lost, added or moved.
    """

    sounds: FloatArray
    inserted: FloatArray
    gaps: float
    left: Mapping[tuple[int, int], FloatArray] = field(default_factory=dict)
    right: Mapping[tuple[int, int], FloatArray] = field(default_factory=dict)
    boundaries: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def outcomes(self) -> FloatArray:
        """P(heard or lost | said), float64 (n_symbols, n_symbols + 1), rows add up to 1."""
        smoothed = self.sounds + PRIOR_STRENGTH * prior_outcomes()
        return np.asarray(smoothed / smoothed.sum(axis=1, keepdims=True))

    @cached_property
    def insertions(self) -> FloatArray:
        """P(this phoneme is heard where nothing was said), float64 (n_symbols,), for each gap."""
        smoothed: FloatArray = self.inserted + PRIOR_STRENGTH * prior_inserted()
        return np.asarray(smoothed / (self.inserted.sum() + self.gaps + PRIOR_STRENGTH))

    @cached_property
    def heard_shares(self) -> FloatArray:
        """Share of each phoneme in all that is heard, float64 (n_symbols,), adds up to 1."""
        heard = self.sounds[:, :LOST].sum(axis=0) + self.inserted
        smoothed = heard + PRIOR_STRENGTH * prior_inserted() / prior_inserted().sum()
        return np.asarray(smoothed / smoothed.sum())

    def beside(self, neighbour: int, said: int, left: bool) -> FloatArray:
        """P(heard or lost | said after, or before, a neighbour), float64 (n_symbols + 1,)."""
        return self._backed_off(said, (self.left if left else self.right).get((neighbour, said)))

    def _backed_off(self, said: int, counts: FloatArray | None) -> FloatArray:
        everywhere: FloatArray = self.outcomes[said]
        if counts is None:
            return everywhere
        return np.asarray((counts + PRIOR_STRENGTH * everywhere) / (counts.sum() + PRIOR_STRENGTH))

    def save(self, path: Path) -> None:
        """Write the table; the same counts give the same bytes."""
        lines = ["\t".join(COLUMNS), *("\t".join(row) for row in self._rows())]
        write_atomically(path, _INTRODUCTION + "".join(f"{line}\n" for line in lines))

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for said in range(N):
            yield from _sound_rows(ANY, said, ANY, self.sounds[said], self.outcomes[said])
        for (left, said), counts in sorted(self.left.items()):
            chances = self._backed_off(said, counts)
            yield from _sound_rows(SYMBOLS[left], said, ANY, counts, chances)
        for (right, said), counts in sorted(self.right.items()):
            chances = self._backed_off(said, counts)
            yield from _sound_rows(ANY, said, SYMBOLS[right], counts, chances)
        for heard in _most_first(self.inserted):
            numbers = _numbers(self.inserted[heard], self.insertions[heard])
            yield ("insertion", ANY, NOTHING, ANY, SYMBOLS[heard], *numbers)
        free = _numbers(self.gaps, 1 - self.insertions.sum())
        yield ("none", ANY, NOTHING, ANY, NOTHING, *free)
        total = sum(self.boundaries.values())
        for what, count in sorted(self.boundaries.items()):
            yield ("boundary", ANY, "|", ANY, what, *_numbers(count, count / total))


def read_confusions(path: Path) -> ConfusionTable:
    """Read `confusions.tsv`.

    Raises:
        EncoderError: the file is missing or a line is wrong; names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise EncoderError(f"{path} is missing; learn it with `er-engine train`") from error
    except UnicodeDecodeError as error:
        raise EncoderError(f"{path}: not UTF-8; the table is damaged") from error
    reader = _Reader()
    header_seen = False
    for number, line in enumerate(lines, start=1):
        if line.startswith("# ") or not line:
            continue
        cells = line.split("\t")
        try:
            if header_seen:
                reader.add(cells)
            elif tuple(cells) != COLUMNS:
                raise ValueError(f"expected the columns {' '.join(COLUMNS)}")
            header_seen = True
        except ValueError as error:
            raise EncoderError(
                f"{path}, line {number}: {error}; the table is damaged or of another version"
            ) from error
    if not header_seen or reader.gaps is None:
        raise EncoderError(f"{path}: the row of kind 'none' is missing: the table is not complete")
    return reader.table(reader.gaps)


class _Reader:
    """Collects rows; every method raises ValueError for what can't be."""

    def __init__(self) -> None:
        self.gaps: float | None = None
        self._sounds = np.zeros((N, N + 1))
        self._inserted = np.zeros(N)
        self._left: dict[tuple[int, int], FloatArray] = {}
        self._right: dict[tuple[int, int], FloatArray] = {}
        self._boundaries: dict[str, float] = {}
        self._seen: set[tuple[str, ...]] = set()

    def table(self, gaps: float) -> ConfusionTable:
        return ConfusionTable(
            self._sounds, self._inserted, gaps, self._left, self._right, self._boundaries
        )

    def add(self, cells: list[str]) -> None:
        if len(cells) != len(COLUMNS):
            raise ValueError(f"expected {len(COLUMNS)} columns, found {len(cells)}")
        kind, left, said, right, heard = cells[:5]
        count = _number(cells[5], "count", math.inf)
        _number(cells[6], "probability", 1.0)
        if tuple(cells[:5]) in self._seen:
            raise ValueError("this row is there twice")
        self._seen.add(tuple(cells[:5]))
        if kind == "sound":
            self._counts(left, _id(said), right)[_heard(heard)] = count
        elif kind == "insertion":
            self._inserted[_id(heard)] = count
        elif kind == "none":
            self.gaps = count
        elif kind == "boundary":
            self._boundaries[heard] = count
        else:
            raise ValueError(f"unknown kind {kind!r}")

    def _counts(self, left: str, said: int, right: str) -> FloatArray:
        if left == right == ANY:
            return np.asarray(self._sounds[said])
        if left != ANY and right != ANY:
            raise ValueError("a context has one side; the other must be 'any'")
        side, key = (self._left, left) if right == ANY else (self._right, right)
        return side.setdefault((_id(key), said), np.zeros(N + 1))


def _sound_rows(
    left: str, said: int, right: str, counts: FloatArray, chances: FloatArray
) -> Iterator[tuple[str, ...]]:
    for heard in _most_first(counts):
        name = NOTHING if heard == LOST else SYMBOLS[heard]
        yield ("sound", left, SYMBOLS[said], right, name, *_numbers(counts[heard], chances[heard]))


def _most_first(counts: FloatArray) -> list[int]:
    """Places of the counts above 0, the largest first."""
    found = np.flatnonzero(counts > 0)
    return [int(place) for place in found[np.argsort(-counts[found], kind="stable")]]


def _numbers(count: float, chance: float) -> tuple[str, str]:
    return f"{count:.2f}", f"{chance:.3g}"


def _number(text: str, name: str, largest: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (0 <= value <= largest and math.isfinite(value)):
        upper = "" if largest == math.inf else f" and at most {largest:g}"
        raise ValueError(f"{name} {text!r} must be a number of at least 0{upper}")
    return value


def _id(symbol: str) -> int:
    if symbol not in _ID:
        raise ValueError(f"{symbol!r} is no phoneme of the inventory")
    return _ID[symbol]


def _heard(symbol: str) -> int:
    return LOST if symbol == NOTHING else _id(symbol)
