"""Which letters stand for which phonemes: learned by expectation maximisation, without seeds.

The model is a bag of graphones: a word is as probable as the product of its graphones, summed over
all ways to part it (Bisani and Ney, "Joint-sequence models for grapheme-to-phoneme conversion",
Speech Communication 50, 2008, section 3, with n = 1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.graphones.lattices import N_GRAPHONES, STEPS, FloatArray, IntArray, Lattice

ROUNDS = 10
# Added to every graphone that may be: keeps the first rounds from deciding too early.
_TINY = 1e-300


def learn(grids: Sequence[Lattice], rounds: int = ROUNDS) -> FloatArray:
    """Return float64 (N_GRAPHONES,): the probability of each graphone."""
    probabilities = np.full(N_GRAPHONES, 1.0 / N_GRAPHONES)
    for _ in range(rounds):
        counts = np.zeros(N_GRAPHONES)
        for grid in grids:
            _expect(grid, probabilities, counts)
        probabilities = counts / counts.sum()
    return probabilities


def best_paths(grid: Lattice, probabilities: FloatArray) -> list[list[int]]:
    """Return the graphones of the likeliest way to part each word; none where there is no way."""
    logs = np.log(np.maximum(probabilities, _TINY))
    shape = (len(grid.rows), grid.letters.shape[1] + 1, grid.phonemes.shape[1] + 1)
    best = np.full(shape, -np.inf)
    chosen = np.full(shape, -1, dtype=np.int8)
    best[:, 0, 0] = 0.0
    for letter, phoneme in grid.points():
        for step, before, earlier in grid.steps_to(letter, phoneme):
            found = best[:, before, earlier] + logs[grid.graphones(step, before, earlier)]
            better = found > best[:, letter, phoneme]
            best[better, letter, phoneme] = found[better]
            chosen[better, letter, phoneme] = step
    return [_trace(grid, row, chosen[row]) for row in range(len(grid.rows))]


def _trace(
    grid: Lattice, row: int, chosen: np.ndarray[tuple[int, int], np.dtype[np.int8]]
) -> list[int]:
    letter, phoneme = grid.letters.shape[1], grid.phonemes.shape[1]
    one = Lattice(
        grid.rows[row : row + 1], grid.letters[row : row + 1], grid.phonemes[row : row + 1]
    )
    path: list[int] = []
    while letter or phoneme:
        step = int(chosen[letter, phoneme])
        if step < 0:
            return []
        letter, phoneme = letter - STEPS[step][0], phoneme - STEPS[step][1]
        path.append(int(one.graphones(step, letter, phoneme)[0]))
    return path[::-1]


def _expect(grid: Lattice, probabilities: FloatArray, counts: FloatArray) -> None:
    """Add to `counts` how often each graphone is expected in the words of a grid."""
    forward = _forward(grid, probabilities)
    backward = np.zeros_like(forward)
    backward[:, -1, -1] = 1.0
    total = forward[:, -1, -1]
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    for letter, phoneme in reversed(list(grid.points())):
        for step, before, earlier in grid.steps_to(letter, phoneme):
            graphones = grid.graphones(step, before, earlier)
            after = probabilities[graphones] * backward[:, letter, phoneme]
            backward[:, before, earlier] += after
            np.add.at(counts, graphones, forward[:, before, earlier] * after * scale)


def _forward(grid: Lattice, probabilities: FloatArray) -> FloatArray:
    forward = np.zeros((len(grid.rows), grid.letters.shape[1] + 1, grid.phonemes.shape[1] + 1))
    forward[:, 0, 0] = 1.0
    for letter, phoneme in grid.points():
        for step, before, earlier in grid.steps_to(letter, phoneme):
            taken = probabilities[grid.graphones(step, before, earlier)]
            forward[:, letter, phoneme] += forward[:, before, earlier] * taken
    return forward


__all__ = ["ROUNDS", "IntArray", "best_paths", "learn"]
