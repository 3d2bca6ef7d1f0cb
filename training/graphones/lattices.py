"""All ways to part words and their phonemes into graphones, many words at once.

A *graphone* is one or two letters with what is heard of them: none, one or two phonemes. A way to
part a word is a path through a grid of (letters, phonemes) from (0, 0) to the ends. Words with the
same numbers of letters and of phonemes share a grid, so that one NumPy call steps through all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
# (letters, phonemes) of a graphone. Two letters for two phonemes would only save steps.
STEPS = ((1, 0), (1, 1), (1, 2), (2, 1))
N_LETTERS = 26
N_PHONEMES = 39
SIZES = tuple(N_LETTERS**letters * N_PHONEMES**phonemes for letters, phonemes in STEPS)
OFFSETS = tuple(sum(SIZES[:step]) for step in range(len(STEPS)))
N_GRAPHONES = sum(SIZES)


@dataclass(frozen=True)
class Lattice:
    """Words of one shape.

    Attributes:
        rows: int64 (n,): where the words stand in the list that they are from.
        letters: int64 (n, letters), 0..25.
        phonemes: int64 (n, phonemes), 0..38.
    """

    rows: IntArray
    letters: IntArray
    phonemes: IntArray

    def graphones(self, step: int, letter: int, phoneme: int) -> IntArray:
        """Return int64 (n,): the graphone of a step that starts at a point of the grid."""
        taken, heard = STEPS[step]
        number = np.zeros(len(self.rows), dtype=np.int64)
        for position in range(letter, letter + taken):
            number = number * N_LETTERS + self.letters[:, position]
        for position in range(phoneme, phoneme + heard):
            number = number * N_PHONEMES + self.phonemes[:, position]
        number += OFFSETS[step]
        return number

    def points(self) -> Iterator[tuple[int, int]]:
        """Yield all points of the grid, each after those that lead to it."""
        for letter in range(self.letters.shape[1] + 1):
            for phoneme in range(self.phonemes.shape[1] + 1):
                yield letter, phoneme

    def steps_to(self, letter: int, phoneme: int) -> Iterator[tuple[int, int, int]]:
        """Yield (step, letter, phoneme) of the steps that end at a point, with their starts."""
        for step, (taken, heard) in enumerate(STEPS):
            if letter >= taken and phoneme >= heard:
                yield step, letter - taken, phoneme - heard


def lattices(words: Sequence[Sequence[int]], heard: Sequence[Sequence[int]]) -> list[Lattice]:
    """Group words (letters 0..25) and what is heard (phonemes 0..38) by shape, in a fixed order."""
    shapes: dict[tuple[int, int], list[int]] = {}
    for row, (word, phonemes) in enumerate(zip(words, heard, strict=True)):
        if word and phonemes and len(phonemes) <= 2 * len(word):
            shapes.setdefault((len(word), len(phonemes)), []).append(row)
    return [
        Lattice(
            np.array(rows),
            np.array([words[row] for row in rows]),
            np.array([heard[row] for row in rows]),
        )
        for _, rows in sorted(shapes.items())
    ]


def spell(graphone: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the letters and the phonemes of a graphone."""
    step = max(s for s in range(len(STEPS)) if graphone >= OFFSETS[s])
    taken, heard = STEPS[step]
    number = graphone - OFFSETS[step]
    phonemes, letters = [], []
    for _ in range(heard):
        number, phoneme = divmod(number, N_PHONEMES)
        phonemes.append(phoneme)
    for _ in range(taken):
        number, letter = divmod(number, N_LETTERS)
        letters.append(letter)
    return tuple(letters[::-1]), tuple(phonemes[::-1])
