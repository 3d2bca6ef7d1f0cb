"""Beam search for the likeliest graphones of words, many words at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from er_engine.phonemes.graphones import (
    END,
    N_LETTERS,
    NOTHING,
    FloatArray,
    GraphoneModel,
    IntArray,
)

Sounds = tuple[int, ...]
BEAM = 10
# A beginning less probable than the best one by more than this (nats) is given up.
WINDOW = 6.0
_FORCED_BEAM = 64


@dataclass(frozen=True)
class _Beam:
    """Beginnings of words that have been read up to the same letter.

    Attributes:
        word: which word, ascending after `_best`.
        node: the context.
        score: log probability so far, nats.
        back: the place in the history of what stands before.
        graphone: the last one.
        heard: how many phonemes there are so far.
    """

    word: IntArray
    node: IntArray
    score: FloatArray
    back: IntArray
    graphone: IntArray
    heard: IntArray

    def take(self, rows: IntArray) -> _Beam:
        """Return the beginnings in these rows."""
        return _Beam(
            self.word[rows],
            self.node[rows],
            self.score[rows],
            self.back[rows],
            self.graphone[rows],
            self.heard[rows],
        )


class _History:
    """All beginnings ever kept, to be followed back from the ends."""

    def __init__(self) -> None:
        self._back: list[IntArray] = []
        self._graphone: list[IntArray] = []
        self._size = 0

    def add(self, beam: _Beam) -> IntArray:
        """Keep beginnings; returns their places."""
        self._back.append(beam.back)
        self._graphone.append(beam.graphone)
        self._size += len(beam.back)
        return np.arange(self._size - len(beam.back), self._size)

    def paths(self, ends: IntArray) -> list[list[int]]:
        """Return the graphones that lead to each place."""
        back = np.concatenate(self._back).tolist()
        graphone = np.concatenate(self._graphone).tolist()
        found = []
        for end in ends.tolist():
            path = []
            while end >= 0:
                path.append(graphone[end])
                end = back[end]
            found.append(path[-2::-1])
        return found


def readings(
    model: GraphoneModel, words: Sequence[str], beam: int = BEAM, window: float = WINDOW
) -> list[list[tuple[Sounds, float]]]:
    """Return the likeliest readings of each word, best first, with their log probabilities.

    Ways to part the same word and sounds differently count together.

    Args:
        model: what the graphones' probabilities are.
        words: of the letters a-z, none empty.
        beam: how many beginnings of a word are followed.
        window: how much less probable than the best beginning they may be, nats.
    """
    history = _History()
    ends = _search(model, words, history, beam, window, None)
    found: list[dict[Sounds, float]] = [{} for _ in words]
    sounds = model.sounds
    for word, path, score in zip(
        ends.word.tolist(), history.paths(ends.back), ends.score.tolist(), strict=True
    ):
        heard = tuple(sound for graphone in path for sound in sounds[graphone])
        before = found[word].get(heard)
        found[word][heard] = score if before is None else float(np.logaddexp(before, score))
    return [sorted(each.items(), key=lambda item: -item[1]) for each in found]


def log_joint(
    model: GraphoneModel, words: Sequence[str], heard: Sequence[Sequence[int]]
) -> FloatArray:
    """Return float64 (n,): log probability (nats) of words with given sounds; -inf: none fits."""
    longest = max(map(len, heard), default=0)
    target = np.full((len(words), longest + 2), -1)
    for row, sounds in enumerate(heard):
        target[row, : len(sounds)] = sounds
    ends = _search(model, words, _History(), _FORCED_BEAM, np.inf, target)
    found = np.full(len(words), -np.inf)
    complete = np.array([len(sounds) for sounds in heard])[ends.word] == ends.heard
    np.logaddexp.at(found, ends.word[complete], ends.score[complete])
    return found


def _search(
    model: GraphoneModel,
    words: Sequence[str],
    history: _History,
    beam: int,
    window: float,
    target: IntArray | None,
) -> _Beam:
    """Return all ends; `back` is where their last graphones stand in the history."""
    lengths = np.array([len(word) for word in words])
    pairs = _pairs(words, int(lengths.max()))
    count = len(words)
    none = np.zeros(count, dtype=np.int64)
    first = _Beam(np.arange(count), none + model.start, np.zeros(count), none - 1, none, none)
    waiting: list[list[_Beam]] = [[first], *([] for _ in range(pairs.shape[1] + 1))]
    ends: list[_Beam] = []
    for position in range(pairs.shape[1] + 1):
        here = _joined(waiting[position])
        if not len(here.word):
            continue
        here = _best(here, beam, window)
        here = _Beam(here.word, here.node, here.score, history.add(here), here.graphone, here.heard)
        over = lengths[here.word] == position
        if over.any():
            ends.append(_ended(model, here.take(np.flatnonzero(over))))
            here = here.take(np.flatnonzero(~over))
        if len(here.word):
            after = _expanded(model, here, pairs[here.word, position], target)
            single = model.letters[after.graphone, 1] == NOTHING
            waiting[position + 1].append(after.take(np.flatnonzero(single)))
            waiting[position + 2].append(after.take(np.flatnonzero(~single)))
    return _joined(ends)


def _expanded(model: GraphoneModel, beam: _Beam, pairs: IntArray, target: IntArray | None) -> _Beam:
    """Return every beginning with every graphone that its next letters allow."""
    starts, graphones = model.candidates
    counts = starts[pairs + 1] - starts[pairs]
    rows = np.repeat(np.arange(len(pairs)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    graphone = graphones[starts[pairs][rows] + within]
    heard = beam.heard[rows]
    if target is not None:
        fits = _fits(model, graphone, target[beam.word[rows]], heard)
        rows, graphone, heard = rows[fits], graphone[fits], heard[fits]
    node, score = model.advance(beam.node[rows], graphone)
    heard = heard + (model.phonemes[graphone] != NOTHING).sum(axis=1)
    return _Beam(beam.word[rows], node, beam.score[rows] + score, beam.back[rows], graphone, heard)


def _fits(model: GraphoneModel, graphone: IntArray, target: IntArray, heard: IntArray) -> IntArray:
    """Return the rows whose graphone sounds as the target goes on."""
    sounds = model.phonemes[graphone]
    fits = np.ones(len(graphone), dtype=bool)
    for place in range(sounds.shape[1]):
        at = np.minimum(heard + place, target.shape[1] - 1)
        expected = target[np.arange(len(graphone)), at]
        fits &= (sounds[:, place] == NOTHING) | (sounds[:, place] == expected)
    return np.flatnonzero(fits)


def _ended(model: GraphoneModel, beam: _Beam) -> _Beam:
    _, score = model.advance(beam.node, np.full(len(beam.word), END))
    return _Beam(beam.word, beam.node, beam.score + score, beam.back, beam.graphone, beam.heard)


def _best(beam: _Beam, size: int, window: float) -> _Beam:
    """Return the best beginnings of each word."""
    order = np.lexsort((-beam.score, beam.word))
    word, score = beam.word[order], beam.score[order]
    new = np.concatenate([[True], word[1:] != word[:-1]])
    first = np.maximum.accumulate(np.where(new, np.arange(len(word)), 0))
    kept = (np.arange(len(word)) - first < size) & (score >= score[first] - window)
    return beam.take(order[kept])


def _joined(beams: Sequence[_Beam]) -> _Beam:
    if len(beams) == 1:
        return beams[0]
    if not beams:
        none = np.zeros(0, dtype=np.int64)
        return _Beam(none, none, np.zeros(0), none, none, none)
    return _Beam(
        np.concatenate([beam.word for beam in beams]),
        np.concatenate([beam.node for beam in beams]),
        np.concatenate([beam.score for beam in beams]),
        np.concatenate([beam.back for beam in beams]),
        np.concatenate([beam.graphone for beam in beams]),
        np.concatenate([beam.heard for beam in beams]),
    )


def _pairs(words: Sequence[str], longest: int) -> IntArray:
    """Return int64 (n, longest): the pair (see `GraphoneModel.candidates`) at each letter."""
    letters = np.full((len(words), longest + 1), N_LETTERS)
    for row, word in enumerate(words):
        letters[row, : len(word)] = np.frombuffer(word.encode(), dtype=np.uint8) - ord("a")
    pairs: IntArray = letters[:, :-1] * (N_LETTERS + 1) + letters[:, 1:]
    return pairs
