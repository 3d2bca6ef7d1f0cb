"""Counts confusions in alignments, and learns them by turns: align, count, align again.

Aligning by the likeliest path and counting is the hard form of expectation maximisation ("Viterbi
training"). Every round raises the likelihood of data and prior together, or leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.confusion_prior import PRIOR_STRENGTH, prior_inserted, prior_outcomes
from er_engine.phonemes.confusion_table import LOST, ConfusionTable, N
from er_engine.phonemes.inventory import WORD_BOUNDARY_ID
from training.confusion.boundaries import count_boundaries
from training.confusion.pairs import Pair
from training.confusion.viterbi import NONE, Aligned, align_all

FloatArray = NDArray[np.float64]
ROUNDS = 4
# A context with fewer observations says no more than all contexts together.
LEAST_IN_CONTEXT = 100.0
# What was heard only once in a context is left to all contexts together; keeps the table small.
LEAST_OF_CONTEXT = 1.0
DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Learned:
    """The table, and the log posterior (nats) of the alignments before each round."""

    table: ConfusionTable
    posteriors: tuple[float, ...]


def empty_table() -> ConfusionTable:
    """A table without any count: the prior alone."""
    return ConfusionTable(np.zeros((N, N + 1)), np.zeros(N), 0.0)


def learn_confusions(pairs: Sequence[Pair], rounds: int = ROUNDS) -> Learned:
    """Learn a table from pairs; the same pairs give the same table."""
    table, posteriors = empty_table(), []
    for _ in range(rounds):
        counts = _Counts(pairs)
        for aligned in align_all(pairs, table):
            counts.add(aligned)
        posteriors.append(-counts.cost + log_prior(table))
        table = counts.table()
    return Learned(_with_contexts(pairs, table), tuple(posteriors))


def log_prior(table: ConfusionTable) -> float:
    """Log density of the Dirichlet priors that smoothing stands for, without the constants."""
    outcomes = float((prior_outcomes() * np.log(table.outcomes)).sum())
    free = 1 - prior_inserted().sum()
    inserted = float((prior_inserted() * np.log(table.insertions)).sum())
    return PRIOR_STRENGTH * (outcomes + inserted + float(free * np.log(1 - table.insertions.sum())))


class _Counts:
    """Adds up chunk by chunk; `cost` is the weighted -log likelihood."""

    def __init__(self, pairs: Sequence[Pair], contexts: bool = False) -> None:
        self._weights = np.array([pair.weight for pair in pairs])
        self._sounds = np.zeros((N, N + 1))
        self._inserted = np.zeros(N)
        self._gaps = 0.0
        self._pairs = pairs
        self._left = np.zeros((N, N, N + 1)) if contexts else None
        self._right = np.zeros((N, N, N + 1)) if contexts else None
        self._boundaries: dict[str, float] = {}
        self.cost = 0.0

    def add(self, aligned: Aligned) -> None:
        weights = self._weights[aligned.rows]
        stops = np.ones(len(weights))
        for step in aligned.steps:
            share = weights[step.pairs]
            added = step.said == NONE
            heard = np.where(
                step.heard == NONE, LOST, aligned.heard[step.pairs, step.heard]
            ).astype(np.intp)
            said = aligned.said[step.pairs, step.said].astype(np.intp)
            np.add.at(self._inserted, heard[added], share[added])
            kept = ~added
            np.add.at(self._sounds, (said[kept], heard[kept]), share[kept])
            np.add.at(stops, step.pairs[kept], 1.0)
            if self._left is not None and self._right is not None:
                left, right = self._neighbours(aligned, step.pairs[kept], step.said[kept])
                np.add.at(self._left, (left, said[kept], heard[kept]), share[kept])
                np.add.at(self._right, (right, said[kept], heard[kept]), share[kept])
        self._gaps += float(weights @ stops)
        self.cost += float(weights @ aligned.costs)

    def _neighbours(
        self, aligned: Aligned, pairs: NDArray[np.intp], places: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Ids of the phonemes before and after, a word boundary at the edges of words."""
        width = aligned.said.shape[1] + 1
        starts = np.zeros((len(aligned.rows), width), dtype=np.bool_)
        for row, pair in enumerate(aligned.rows):
            found = self._pairs[pair].said.starts
            starts[row, : len(found)] = found
        before = aligned.said[pairs, np.maximum(places - 1, 0)]
        after = aligned.said[pairs, np.minimum(places + 1, width - 2)]
        return (
            np.where(starts[pairs, places], WORD_BOUNDARY_ID, before).astype(np.intp),
            np.where(starts[pairs, places + 1], WORD_BOUNDARY_ID, after).astype(np.intp),
        )

    def add_boundaries(self, aligned: Aligned) -> None:
        for what, count in count_boundaries(self._pairs, self._weights, aligned).items():
            self._boundaries[what] = self._boundaries.get(what, 0.0) + count

    def table(self) -> ConfusionTable:
        return ConfusionTable(
            self._sounds,
            self._inserted,
            self._gaps,
            _frequent(self._left),
            _frequent(self._right),
            self._boundaries,
        )


def _frequent(counts: FloatArray | None) -> dict[tuple[int, int], FloatArray]:
    if counts is None:
        return {}
    enough = counts.sum(axis=2) >= LEAST_IN_CONTEXT
    kept = np.where(counts >= LEAST_OF_CONTEXT, counts, 0.0)
    places = zip(*np.nonzero(enough), strict=True)
    return {(int(context), int(said)): kept[context, said] for context, said in places}


def _with_contexts(pairs: Sequence[Pair], table: ConfusionTable) -> ConfusionTable:
    """Align once more and count contexts and word boundaries too, rounded as they are written."""
    counts = _Counts(pairs, contexts=True)
    for aligned in align_all(pairs, table):
        counts.add(aligned)
        counts.add_boundaries(aligned)
    found = counts.table()
    return ConfusionTable(
        np.round(found.sounds, DECIMALS),
        np.round(found.inserted, DECIMALS),
        round(found.gaps, DECIMALS),
        {key: np.round(values, DECIMALS) for key, values in found.left.items()},
        {key: np.round(values, DECIMALS) for key, values in found.right.items()},
        {what: round(count, DECIMALS) for what, count in found.boundaries.items()},
    )
