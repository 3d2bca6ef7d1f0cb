"""The likeliest alignment of many pairs at once, under the probabilities of a confusion table.

Each phoneme said is heard as one phoneme or lost; beside each, any number may be heard that were
not said. Whole words at either end that only one side has are skipped at a fixed cost for each of
their phonemes: people say parts of names, and recordings are cut too late or too early.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.confusion_table import LOST, ConfusionTable
from er_engine.phonemes.similarity import pad
from training.confusion.pairs import Pair

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
# Costs in nats of one phoneme in a skipped word: said and not heard, heard and not said.
SKIPPED_SAID, SKIPPED_HEARD = 2.0, 4.0
CHUNK = 4_096
NONE = -1
_MATCH, _LOSE, _ADD, _SKIP_SAID, _SKIP_HEARD = range(5)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the alignments of many pairs, from their ends to their beginnings.

    Attributes:
        pairs: int64 (n,), which pairs take it.
        said: int64 (n,), position of the phoneme said, NONE for one that was not said.
        heard: int64 (n,), position of the phoneme heard, NONE for one that was lost.
    """

    pairs: IntArray
    said: IntArray
    heard: IntArray


@dataclass(frozen=True, slots=True)
class Aligned:
    """Alignments of a chunk of pairs.

    Attributes:
        rows: int64 (n,), places of these pairs in the sequence that was given.
        said: uint8 (n, longest), padded.
        heard: uint8 (n, longest), padded.
        costs: float64 (n,), -log likelihood of each alignment, skipped words with their costs.
        steps: all steps; `Step.pairs` index the rows of this chunk.
    """

    rows: IntArray
    said: NDArray[np.uint8]
    heard: NDArray[np.uint8]
    costs: FloatArray
    steps: list[Step]


def align_all(pairs: Sequence[Pair], table: ConfusionTable) -> Iterator[Aligned]:
    """Align in chunks of pairs of about the same lengths."""
    sizes = np.array([(len(p.said.sounds), len(p.heard.sounds)) for p in pairs]).reshape(-1, 2)
    order = np.lexsort((sizes[:, 1], sizes[:, 0]))
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        yield _align([pairs[row] for row in rows], rows, table)


def _align(pairs: Sequence[Pair], rows: IntArray, table: ConfusionTable) -> Aligned:
    said, said_lengths = pad([pair.said.sounds for pair in pairs])
    heard, heard_lengths = pad([pair.heard.sounds for pair in pairs])
    lattice = _Lattice(
        said.astype(np.intp),
        heard.astype(np.intp),
        _padded([pair.said.starts for pair in pairs]),
        _padded([pair.heard.starts for pair in pairs]),
        table,
    )
    costs, moves = lattice.ends(said_lengths, heard_lengths)
    return Aligned(rows, said, heard, costs, list(lattice.walk_back(*moves)))


def _padded(starts: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    width = max(len(row) for row in starts)
    result = np.zeros((len(starts), width), dtype=np.bool_)
    for row, values in zip(result, starts, strict=True):
        row[: len(values)] = values
    return result


class _Lattice:
    """Costs and moves of every beginning of one side with every beginning of the other."""

    def __init__(
        self,
        said: IntArray,
        heard: IntArray,
        said_starts: NDArray[np.bool_],
        heard_starts: NDArray[np.bool_],
        table: ConfusionTable,
    ) -> None:
        self._starts = said_starts, heard_starts
        # Beside each phoneme said, insertions end at some point: that has a probability too.
        self._stop = -float(np.log(1 - table.insertions.sum()))
        outcomes = -np.log(table.outcomes) + self._stop
        self._lost = outcomes[said, LOST]
        self._added = -np.log(table.insertions)[heard]
        shape = (said.shape[1] + 1, heard.shape[1] + 1, len(said))
        self._costs = np.zeros(shape)
        self._moves = np.zeros(shape, dtype=np.uint8)
        self._fill_edges()
        for i in range(1, shape[0]):
            for j in range(1, shape[1]):
                self._fill(i, j, outcomes[said[:, i - 1], heard[:, j - 1]])

    def _fill_edges(self) -> None:
        for i in range(1, self._costs.shape[0]):
            lost = self._costs[i - 1, 0] + self._lost[:, i - 1]
            skipped = np.where(self._starts[0][:, i], SKIPPED_SAID * i, np.inf)
            self._costs[i, 0] = np.minimum(lost, skipped)
            self._moves[i, 0] = np.where(skipped < lost, _SKIP_SAID, _LOSE)
        for j in range(1, self._costs.shape[1]):
            added = self._costs[0, j - 1] + self._added[:, j - 1]
            skipped = np.where(self._starts[1][:, j], SKIPPED_HEARD * j, np.inf)
            self._costs[0, j] = np.minimum(added, skipped)
            self._moves[0, j] = np.where(skipped < added, _SKIP_HEARD, _ADD)

    def _fill(self, i: int, j: int, substituted: FloatArray) -> None:
        best = self._costs[i - 1, j - 1] + substituted
        moves = self._moves[i, j]
        for move, cost in (
            (_LOSE, self._costs[i - 1, j] + self._lost[:, i - 1]),
            (_ADD, self._costs[i, j - 1] + self._added[:, j - 1]),
        ):
            moves[cost < best] = move
            best = np.minimum(best, cost)
        self._costs[i, j] = best

    def ends(
        self, said_lengths: IntArray, heard_lengths: IntArray
    ) -> tuple[FloatArray, tuple[IntArray, IntArray]]:
        """Return the least costs, and where to begin walking back: words after it are skipped."""
        pairs = np.arange(len(said_lengths))
        best = self._costs[said_lengths, heard_lengths, pairs]
        at_said, at_heard = said_lengths.copy(), heard_lengths.copy()
        for i in range(1, self._costs.shape[0]):
            cost = self._costs[i, heard_lengths, pairs] + SKIPPED_SAID * (said_lengths - i)
            better = (cost < best) & self._starts[0][:, i] & (i < said_lengths)
            best = np.where(better, cost, best)
            at_said = np.where(better, i, at_said)
        for j in range(1, self._costs.shape[1]):
            cost = self._costs[said_lengths, j, pairs] + SKIPPED_HEARD * (heard_lengths - j)
            better = (cost < best) & self._starts[1][:, j] & (j < heard_lengths)
            best = np.where(better, cost, best)
            at_said = np.where(better, said_lengths, at_said)
            at_heard = np.where(better, j, at_heard)
        return best + self._stop, (at_said, at_heard)

    def walk_back(self, i: IntArray, j: IntArray) -> Iterator[Step]:
        """Yield the steps of all pairs, the last ones first."""
        pairs = np.arange(len(i))
        while len(pairs):
            moves = self._moves[i, j, pairs]
            inside = (i > 0) | (j > 0)
            skipping = (moves == _SKIP_SAID) | (moves == _SKIP_HEARD)
            going = inside & ~skipping
            pairs, i, j, moves = pairs[going], i[going], j[going], moves[going]
            if not len(pairs):
                return
            uses_said, uses_heard = moves != _ADD, moves != _LOSE
            yield Step(pairs, np.where(uses_said, i - 1, NONE), np.where(uses_heard, j - 1, NONE))
            i, j = i - uses_said, j - uses_heard
