"""A joint model of spelling and sound: n-grams of graphones, read from one small file.

A *graphone* is one or two letters with what is heard of them (none, one or two phonemes); a word is
a sequence of them, so that its sounds come in the order of its letters (Bisani and Ney,
"Joint-sequence models for grapheme-to-phoneme conversion", Speech Communication 50, 2008). All
n-grams are the nodes of a tree, numbered by length, parent and last graphone. `training.graphones`
makes the file `graphones.npz` of the CMU dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

GRAPHONES = Path(__file__).parent / "graphones.npz"
_ARPABET = """
    AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y
    Z ZH
"""
PHONEMES = tuple(_ARPABET.split())
# Graphones that stand for the start and the end of a word; and what fills short graphones.
START, END, NOTHING = 0, 1, 255
N_LETTERS = 26
# Log probabilities (nats) are stored in steps of a sixteenth below zero; weights of backing off
# may be above one, and start at two.
STEP, HIGHEST_BACK_OFF = 1 / 16, 2.0


@dataclass(frozen=True)
class GraphoneModel:
    """An n-gram model over graphones.

    Attributes:
        letters: uint8 (n_graphones, 2), 0..25; `NOTHING` after a single letter, and for start and
            end.
        phonemes: uint8 (n_graphones, 2), places in `PHONEMES`, filled with `NOTHING`.
        children: int64 (n_nodes,): how many nodes are one graphone longer.
        graphone: int64 (n_nodes,): the last graphone of each node; the root (node 0) has none.
        log_probability: float64 (n_nodes,), nats, of the last graphone after those before it.
        log_back_off: float64 (n_nodes,), nats: added where the next graphone was not seen here.
    """

    letters: NDArray[np.uint8]
    phonemes: NDArray[np.uint8]
    children: IntArray
    graphone: IntArray
    log_probability: FloatArray
    log_back_off: FloatArray

    @classmethod
    def load(cls, path: Path = GRAPHONES) -> GraphoneModel:
        """Read the file that `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(
                arrays["letters"],
                arrays["phonemes"],
                arrays["children"].astype(np.int64),
                arrays["graphone"].astype(np.int64),
                arrays["log_probability"] * -STEP,
                HIGHEST_BACK_OFF - arrays["log_back_off"] * STEP,
            )

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is stored: small whole numbers."""
        return {
            "letters": self.letters,
            "phonemes": self.phonemes,
            "children": self.children.astype(np.uint16),
            "graphone": self.graphone.astype(np.uint16),
            "log_probability": _steps(-self.log_probability),
            "log_back_off": _steps(HIGHEST_BACK_OFF - self.log_back_off),
        }

    def advance(self, node: IntArray, graphone: IntArray) -> tuple[IntArray, FloatArray]:
        """Return, for each context and next graphone, the context after it and its log probability.

        Args:
            node: int64 (n,): contexts, as this method or `start` gave them.
            graphone: int64 (n,).
        """
        here = node.copy()
        found = np.zeros(len(node), dtype=np.int64)
        score = np.zeros(len(node))
        left = np.arange(len(node))
        while len(left):
            wanted = here[left] * len(self.letters) + graphone[left]
            place = np.searchsorted(self._keys, wanted)
            place[place == len(self._keys)] = 0
            hit = self._keys[place] == wanted
            found[left[hit]] = place[hit]
            left = left[~hit]
            score[left] += self.log_back_off[here[left]]
            here[left] = self._shorter[here[left]]
        return self._context[found], score + self.log_probability[found]

    @cached_property
    def start(self) -> int:
        """The context at the start of a word."""
        return 1 + START

    @cached_property
    def candidates(self) -> tuple[IntArray, IntArray]:
        """The graphones that may stand at a letter: where each pair's start (last: the end), all.

        A pair is `letter * 27 + next letter`, 26 for no next letter.
        """
        pairs = np.arange(N_LETTERS * (N_LETTERS + 1))
        first, second = pairs // (N_LETTERS + 1), pairs % (N_LETTERS + 1)
        fits = (self.letters[:, 0] == first[:, None]) & (
            (self.letters[:, 1] == NOTHING) | (self.letters[:, 1] == second[:, None])
        )
        starts = np.concatenate([[0], np.cumsum(fits.sum(axis=1))])
        return starts, np.nonzero(fits)[1]

    @cached_property
    def sounds(self) -> list[tuple[int, ...]]:
        """The phonemes of each graphone."""
        return [tuple(s for s in row if s != NOTHING) for row in self.phonemes.tolist()]

    @cached_property
    def _parent(self) -> IntArray:
        return np.concatenate([[0], np.repeat(np.arange(len(self.children)), self.children)])

    @cached_property
    def _keys(self) -> IntArray:
        keys = self._parent * len(self.letters) + self.graphone
        keys[0] = -1
        return keys

    @cached_property
    def _levels(self) -> list[int]:
        """Where the nodes of each length start, from those of length 1; then how many there are."""
        first_child = 1 + np.cumsum(self.children) - self.children
        levels = [1]
        while levels[-1] < len(self.children):
            levels.append(int(first_child[levels[-1]]))
        return levels

    @cached_property
    def _shorter(self) -> IntArray:
        """Each node without its first graphone."""
        shorter = np.zeros(len(self.children), dtype=np.int64)
        for start, end in pairwise(self._levels[1:]):
            before = shorter[self._parent[start:end]]
            wanted = before * len(self.letters) + self.graphone[start:end]
            shorter[start:end] = np.searchsorted(self._keys, wanted)
        return shorter

    @cached_property
    def _context(self) -> IntArray:
        """Each node, or the longest end of it that anything follows."""
        context = np.arange(len(self.children))
        for start, end in pairwise(self._levels):
            leaf = start + np.flatnonzero(self.children[start:end] == 0)
            context[leaf] = context[self._shorter[leaf]]
        return context


def _steps(below: FloatArray) -> NDArray[np.uint8]:
    return np.clip(np.round(below / STEP), 0, 255).astype(np.uint8)
