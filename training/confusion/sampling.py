"""Draws what a recogniser might hear, from counted confusions; no audio is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.confusion_prior import FIRST_PHONEME_ID
from er_engine.phonemes.confusion_table import LOST, ConfusionTable, N
from er_engine.phonemes.inventory import WORD_BOUNDARY_ID

IdArray = NDArray[np.uint8]
FloatArray = NDArray[np.float64]
# How much unclearer than the average the least clear utterance is.
MOST_UNCLEAR = 1.7


class ConfusionSampler:
    """Draws misheard versions of phoneme sequences; its tables are made once."""

    def __init__(
        self, table: ConfusionTable, rate: float | None = None, temperature: float = 1.0
    ) -> None:
        """Prepare the cumulative probabilities of every context.

        Args:
            table: counts of confusions.
            rate: expected share of phonemes that are changed, 0 to 1; None takes what was counted.
            temperature: of the choice among wrong phonemes; above 1 evens it out.

        Raises:
            ValueError: a rate outside 0..1, or a temperature that is not above 0.
        """
        counted = changed_share(table)
        rate = counted if rate is None else rate
        if not 0 <= rate <= 1 or temperature <= 0:
            raise ValueError("rate must be from 0 to 1 and temperature above 0")
        strength = MOST_UNCLEAR * rate / counted
        self._by_left = _cumulative(_with_contexts(table, True, strength, temperature))
        self._by_right = _cumulative(_with_contexts(table, False, strength, temperature))
        self._insertions = np.cumsum(table.insertions * strength)

    def confuse(self, sounds: IdArray, random: np.random.Generator) -> IdArray:
        """Return a misheard version, uint8 (any length of at least 1).

        Args:
            sounds: uint8 (n,), phonemes without word boundaries, n at least 1.
            random: the only source of chance.
        """
        said = sounds.astype(np.intp)
        edges = np.concatenate([[WORD_BOUNDARY_ID], said, [WORD_BOUNDARY_ID]])
        # Either neighbour decides half of the time: the mean of both one-sided contexts.
        left = random.random(len(said)) < 0.5
        rows = np.where(
            left[:, None], self._by_left[edges[:-2], said], self._by_right[edges[2:], said]
        )
        heard = (rows < random.random(len(said))[:, None]).sum(axis=1)
        added = np.searchsorted(self._insertions, random.random(len(said) + 1))
        # Some utterances are clear and some are not: as many changes as this one has stay.
        unclear = random.uniform(2 - MOST_UNCLEAR, MOST_UNCLEAR) / MOST_UNCLEAR
        stays = random.random(2 * len(said) + 1) < unclear
        woven = np.empty(2 * len(said) + 1, dtype=np.intp)
        woven[1::2] = np.where(stays[1::2], heard, said)
        woven[::2] = np.where(stays[::2] & (added < N), added, LOST)
        found = woven[woven != LOST]
        return (found if len(found) else said[:1]).astype(np.uint8)


def changed_share(table: ConfusionTable) -> float:
    """Share of the phonemes said that were heard otherwise, lost, or had one added beside them."""
    said = table.sounds.sum(axis=1) + 1e-9
    wrong = 1 - np.diag(table.outcomes)
    return float(said @ wrong / said.sum() + table.insertions.sum())


def _shaped(outcomes: FloatArray, strength: float, temperature: float) -> FloatArray:
    """Scale what is changed by `strength` and spread it by `temperature`; rows add up to 1."""
    said = np.arange(N)
    wrong = outcomes.copy()
    wrong[said, said] = 0.0
    wrong[:, :FIRST_PHONEME_ID] = 0.0
    share = wrong.sum(axis=1, keepdims=True)
    spread = wrong ** (1 / temperature)
    wrong = spread / spread.sum(axis=1, keepdims=True) * np.minimum(0.95, strength * share)
    wrong[said, said] = 1 - wrong.sum(axis=1)
    return np.asarray(wrong)


def _with_contexts(
    table: ConfusionTable, left: bool, strength: float, temperature: float
) -> FloatArray:
    """Probabilities (context, said, heard or lost); what was not counted has those of all."""
    result = np.repeat(table.outcomes[None], N, axis=0)
    for neighbour, said in table.left if left else table.right:
        result[neighbour, said] = table.beside(neighbour, said, left)
    return np.stack([_shaped(rows, strength, temperature) for rows in result])


def _cumulative(chances: FloatArray) -> NDArray[np.float32]:
    sums = np.cumsum(chances, axis=-1)
    # Rounding must not leave a gap below 1 that nothing fills.
    sums[..., -1] = 1.0
    return np.asarray(sums, dtype=np.float32)
