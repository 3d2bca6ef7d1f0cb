"""g2p-en's neural model for words that no lexicon has, read with NumPy and batched.

The model (Kyubyong Park and Jongseok Kim, Apache-2.0) is a GRU encoder and a GRU decoder, 256 wide,
trained on the CMU dictionary. Its weights are the plain arrays of `checkpoint20.npz` inside the
g2p-en package, which is not imported: it tries to download NLTK data at import. The arithmetic here
is the same as in `g2p_en.G2p.predict`, for many words at once.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from er_engine.errors import PhonemeError
from er_engine.phonemes.inventory import from_arpabet
from er_engine.phonemes.words import Readings

FloatArray = NDArray[np.float32]

_CHECKPOINT = "checkpoint20.npz"
_GRAPHEMES = ["<pad>", "<unk>", "</s>", *"abcdefghijklmnopqrstuvwxyz"]
_GRAPHEME_ID = {grapheme: number for number, grapheme in enumerate(_GRAPHEMES)}
_UNKNOWN_GRAPHEME, _END_GRAPHEME = 1, 2
_START, _END = 2, 3
# The decoder's alphabet: four special symbols, then ARPABET with stress (UW also without).
_SPECIAL = ("<pad>", "<unk>", "<s>", "</s>")
_PHONEMES = (
    "AA0 AA1 AA2 AE0 AE1 AE2 AH0 AH1 AH2 AO0 AO1 AO2 AW0 AW1 AW2 AY0 AY1 AY2 B CH D DH EH0 EH1 EH2 "
    "ER0 ER1 ER2 EY0 EY1 EY2 F G HH IH0 IH1 IH2 IY0 IY1 IY2 JH K L M N NG OW0 OW1 OW2 OY0 OY1 OY2 "
    "P R S SH T TH UH0 UH1 UH2 UW UW0 UW1 UW2 V W Y Z ZH"
)
_ALPHABET = (*_SPECIAL, *_PHONEMES.split())
_MAX_PHONEMES = 20
_BATCH = 256


class NeuralReader:
    """Reads any word of the letters a-z; weights are loaded at the first word."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._weights: dict[str, FloatArray] | None = None
        self._lock = threading.Lock()

    def read(self, words: Sequence[str]) -> list[Readings]:
        """Return one reading of each word; none where the word has no letter a-z."""
        wanted = sorted({word for word in words if any("a" <= c <= "z" for c in word)}, key=len)
        readings: dict[str, Readings] = {}
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            for word, symbols in zip(batch, self.predict(batch), strict=True):
                phonemes = from_arpabet(s for s in symbols if s not in _SPECIAL)
                readings[word] = (phonemes,) if phonemes else ()
        return [readings.get(word, ()) for word in words]

    def predict(self, words: Sequence[str]) -> list[list[str]]:
        """Return the ARPABET symbols of each word, as `g2p_en.G2p.predict` gives them."""
        if not words:
            return []
        weights = self._loaded()
        return _decode(weights, _encode(weights, words))

    def _loaded(self) -> dict[str, FloatArray]:
        with self._lock:
            if self._weights is None:
                with np.load(self._path or checkpoint_path(), allow_pickle=False) as arrays:
                    self._weights = {name: arrays[name] for name in arrays.files}
            return self._weights


def checkpoint_path() -> Path:
    """Return where g2p-en keeps its weights.

    Raises:
        PhonemeError: g2p-en is not installed, or without its weights.
    """
    spec = find_spec("g2p_en")
    path = Path(spec.origin).parent / _CHECKPOINT if spec and spec.origin else None
    if path is None or not path.is_file():
        raise PhonemeError(
            f"the weights {_CHECKPOINT} of the package 'g2p-en' are missing; "
            "install it again: pip install --force-reinstall g2p-en==2.1.0"
        )
    return path


def _encode(weights: dict[str, FloatArray], words: Sequence[str]) -> FloatArray:
    """Return float32 (n, 256), the encoder's state after each word's end."""
    lengths = np.array([len(word) + 1 for word in words])
    letters = np.full((len(words), lengths.max()), _END_GRAPHEME)
    for row, word in enumerate(words):
        letters[row, : len(word)] = [_GRAPHEME_ID.get(c, _UNKNOWN_GRAPHEME) for c in word]
    state = np.zeros((len(words), weights["enc_w_hh"].shape[1]), dtype=np.float32)
    for step in range(letters.shape[1]):
        after = _gru_cell(weights, "enc", weights["enc_emb"][letters[:, step]], state)
        state = np.where((step < lengths)[:, None], after, state)
    return state


def _decode(weights: dict[str, FloatArray], state: FloatArray) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in range(len(state))]
    open_rows = np.arange(len(state))
    previous = np.full(len(state), _START)
    for _ in range(_MAX_PHONEMES):
        state = _gru_cell(weights, "dec", weights["dec_emb"][previous], state)
        previous = (state @ weights["fc_w"].T + weights["fc_b"]).argmax(axis=1)
        going_on = previous != _END
        open_rows, previous, state = open_rows[going_on], previous[going_on], state[going_on]
        for row, symbol in zip(open_rows, previous, strict=True):
            found[row].append(_ALPHABET[symbol])
        if not len(open_rows):
            break
    return found


def _gru_cell(
    weights: dict[str, FloatArray], part: str, inputs: FloatArray, state: FloatArray
) -> FloatArray:
    """One step of a gated recurrent unit; gates in the order reset, update, new."""
    from_input = inputs @ weights[f"{part}_w_ih"].T + weights[f"{part}_b_ih"]
    from_state = state @ weights[f"{part}_w_hh"].T + weights[f"{part}_b_hh"]
    width = state.shape[1]
    gates = 1 / (1 + np.exp(-(from_input[:, : 2 * width] + from_state[:, : 2 * width])))
    reset, update = gates[:, :width], gates[:, width:]
    new = np.tanh(from_input[:, 2 * width :] + reset * from_state[:, 2 * width :])
    stepped: FloatArray = (1 - update) * new + update * state
    return stepped
