"""Reads words with the joint model of letters and phonemes, and judges readings of others."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from er_engine.phonemes.graphone_search import Sounds, log_joint, readings
from er_engine.phonemes.graphones import GRAPHONES, PHONEMES, FloatArray, GraphoneModel
from er_engine.phonemes.inventory import from_arpabet
from er_engine.phonemes.words import Readings
from er_engine.types import Pronunciation

_BATCH = 256
# A word of the longest that people say; the search takes time for each letter.
MAX_LETTERS = 64
_WORD = re.compile(f"[a-z]{{1,{MAX_LETTERS}}}")
_SYMBOLS = tuple(from_arpabet([phoneme])[0] for phoneme in PHONEMES)
_NO_PLACE = len(_SYMBOLS)
_PLACE = {symbol: place for place, symbol in enumerate(_SYMBOLS)}


class JointReader:
    """Reads words of the letters a-z from left to right; the model is loaded at the first word.

    Args:
        path: the model's file; None is the packaged one.
        most: how many readings of a word are given at most.
    """

    def __init__(self, path: Path | None = None, most: int = 1) -> None:
        self._path = path or GRAPHONES
        self._most = most
        self._model: GraphoneModel | None = None
        self._lock = threading.Lock()

    def read(self, words: Sequence[str]) -> list[Readings]:
        """See `WordReader.read`; none for other characters, and for more than `MAX_LETTERS`."""
        return [tuple(reading for reading, _ in found) for found in self.scored(words)]

    def scored(self, words: Sequence[str]) -> list[list[tuple[Pronunciation, float]]]:
        """Return what `read` does with the log probabilities (nats) of word and reading."""
        found: dict[str, list[tuple[Pronunciation, float]]] = {word: [] for word in words}
        # Sorted by length, since the words of a batch are read letter by letter together.
        wanted = sorted((word for word in found if _WORD.fullmatch(word)), key=len)
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            for word, best in zip(batch, readings(self._loaded(), batch), strict=True):
                heard = [(_written(sounds), score) for sounds, score in best if sounds]
                found[word] = heard[: self._most]
        return [found[word] for word in words]

    def log_probability(self, words: Sequence[str], heard: Sequence[Pronunciation]) -> FloatArray:
        """Return the log probability of each word with a reading that somebody else gave.

        Args:
            words: n words that `read` has a reading of.
            heard: n readings.

        Returns:
            float64 (n,), nats; minus infinity where the letters can't stand for these sounds in
            this order.
        """
        found = np.zeros(len(words))
        for start in range(0, len(words), _BATCH):
            rows = slice(start, start + _BATCH)
            sounds = [[_PLACE.get(symbol, _NO_PLACE) for symbol in each] for each in heard[rows]]
            found[rows] = log_joint(self._loaded(), words[rows], sounds)
        return found

    def _loaded(self) -> GraphoneModel:
        with self._lock:
            if self._model is None:
                self._model = GraphoneModel.load(self._path)
            return self._model


def _written(sounds: Sounds) -> Pronunciation:
    return tuple(_SYMBOLS[sound] for sound in sounds)
