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
        found = self._scored(words)
        return [
            tuple(_written(sounds) for sounds, _ in found[word][: self._most]) for word in words
        ]

    def lag(self, words: Sequence[str], heard: Sequence[Pronunciation]) -> FloatArray:
        """Return by how much each reading is less probable than the likeliest one of its word.

        Args:
            words: words.
            heard: a reading of each.

        Returns:
            float64 (n,), nats; infinite where the letters can't stand for these sounds in this
            order, zero for words that are not read here.
        """
        best = self._scored(words)
        lags = np.zeros(len(words))
        asked = [row for row, word in enumerate(words) if best[word]]
        for start in range(0, len(asked), _BATCH):
            rows = asked[start : start + _BATCH]
            sounds = [[_PLACE.get(symbol, -2) for symbol in heard[row]] for row in rows]
            given = log_joint(self._loaded(), [words[row] for row in rows], sounds)
            lags[rows] = [best[words[row]][0][1] for row in rows] - given
        return np.maximum(lags, 0.0)

    def _scored(self, words: Sequence[str]) -> dict[str, list[tuple[Sounds, float]]]:
        found: dict[str, list[tuple[Sounds, float]]] = {word: [] for word in words}
        # Of one length at a time, nearly: shorter ones would wait for longer ones.
        wanted = sorted((word for word in found if _WORD.fullmatch(word)), key=len)
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            found.update(zip(batch, readings(self._loaded(), batch), strict=True))
        return found

    def _loaded(self) -> GraphoneModel:
        with self._lock:
            if self._model is None:
                self._model = GraphoneModel.load(self._path)
            return self._model


def _written(sounds: Sounds) -> Pronunciation:
    return tuple(_SYMBOLS[sound] for sound in sounds)
