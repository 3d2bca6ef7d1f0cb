"""The alignment of two pronunciations that people can read, for explanations and reports."""

from __future__ import annotations

import numpy as np

from er_engine.phonemes.inventory import WORD_BOUNDARY, ids
from er_engine.phonemes.similarity import Costs, FloatArray, articulatory_costs
from er_engine.types import Pronunciation

Step = tuple[str | None, str | None]


def align(a: Pronunciation, b: Pronunciation, costs: Costs | None = None) -> list[Step]:
    """Return the cheapest alignment: pairs of symbols, None where one side has none.

    Word boundaries are left out. Of equally cheap alignments the one with substitutions nearest to
    the end is taken. The costs are articulatory distances unless given.
    """
    first = [symbol for symbol in a if symbol != WORD_BOUNDARY]
    second = [symbol for symbol in b if symbol != WORD_BOUNDARY]
    table = _Table(first, second, costs or articulatory_costs())
    return table.path()


class _Table:
    """The costs of aligning every beginning of one sequence with every one of the other."""

    def __init__(self, first: list[str], second: list[str], costs: Costs) -> None:
        self._symbols = first, second
        a, b = ids(first), ids(second)
        self._deletion = costs.deletion[a]
        self._insertion = costs.insertion[b]
        self._substitution = costs.substitution[np.ix_(a, b)]
        self._cells = self._filled()

    def _filled(self) -> FloatArray:
        rows, columns = self._substitution.shape
        cells = np.zeros((rows + 1, columns + 1), dtype=np.float32)
        cells[1:, 0] = np.cumsum(self._deletion)
        cells[0, 1:] = np.cumsum(self._insertion)
        for i in range(1, rows + 1):
            for j in range(1, columns + 1):
                cells[i, j] = min(
                    cells[i - 1, j - 1] + self._substitution[i - 1, j - 1],
                    cells[i - 1, j] + self._deletion[i - 1],
                    cells[i, j - 1] + self._insertion[j - 1],
                )
        return cells

    def path(self) -> list[Step]:
        """Walk back from the end."""
        first, second = self._symbols
        i, j = len(first), len(second)
        steps: list[Step] = []
        while i or j:
            options = []
            if i and j:
                cost = self._cells[i - 1, j - 1] + self._substitution[i - 1, j - 1]
                options.append((cost, i - 1, j - 1))
            if i:
                options.append((self._cells[i - 1, j] + self._deletion[i - 1], i - 1, j))
            if j:
                options.append((self._cells[i, j - 1] + self._insertion[j - 1], i, j - 1))
            _, before_i, before_j = min(options, key=lambda option: option[0])
            steps.append(
                (
                    first[before_i] if before_i < i else None,
                    second[before_j] if before_j < j else None,
                )
            )
            i, j = before_i, before_j
        return steps[::-1]
