"""The neural model gives what g2p-en gives."""

from __future__ import annotations

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from er_engine.errors import PhonemeError
from er_engine.phonemes import neural as neural_module
from er_engine.phonemes.inventory import SYMBOLS
from er_engine.phonemes.lexicon import CmuLexicon
from er_engine.phonemes.neural import NeuralReader, checkpoint_path

Array = NDArray[np.float32]
ALPHABET = (
    "<pad> <unk> <s> </s> AA0 AA1 AA2 AE0 AE1 AE2 AH0 AH1 AH2 AO0 AO1 AO2 AW0 AW1 AW2 AY0 AY1 AY2 "
    "B CH D DH EH0 EH1 EH2 ER0 ER1 ER2 EY0 EY1 EY2 F G HH IH0 IH1 IH2 IY0 IY1 IY2 JH K L M N NG "
    "OW0 OW1 OW2 OY0 OY1 OY2 P R S SH T TH UH0 UH1 UH2 UW UW0 UW1 UW2 V W Y Z ZH"
)


class Reference:
    """g2p-en's own algorithm, one word at a time, written out plainly."""

    def __init__(self) -> None:
        with np.load(checkpoint_path(), allow_pickle=False) as arrays:
            self.weights = {name: arrays[name] for name in arrays.files}

    def cell(self, part: str, x: Array, h: Array) -> Array:
        """One step of the unit."""
        w = self.weights
        from_x = x @ w[f"{part}_w_ih"].T + w[f"{part}_b_ih"]
        from_h = h @ w[f"{part}_w_hh"].T + w[f"{part}_b_hh"]
        width = len(h)
        r = 1 / (1 + np.exp(-(from_x[:width] + from_h[:width])))
        z = 1 / (1 + np.exp(-(from_x[width : 2 * width] + from_h[width : 2 * width])))
        n = np.tanh(from_x[2 * width :] + r * from_h[2 * width :])
        stepped: Array = (1 - z) * n + z * h
        return stepped

    def predict(self, word: str) -> list[str]:
        """Phonemes of one word."""
        h = np.zeros(self.weights["enc_w_hh"].shape[1], dtype=np.float32)
        for letter in word:
            row = "abcdefghijklmnopqrstuvwxyz".find(letter) + 3 if letter.isalpha() else 1
            h = self.cell("enc", self.weights["enc_emb"][row], h)
        h = self.cell("enc", self.weights["enc_emb"][2], h)
        found: list[int] = []
        previous = 2
        while len(found) < 20:
            h = self.cell("dec", self.weights["dec_emb"][previous], h)
            previous = int((self.weights["fc_w"] @ h + self.weights["fc_b"]).argmax())
            if previous == 3:
                break
            found.append(previous)
        phonemes = ALPHABET.split()
        return [phonemes[number] for number in found]


def sample() -> list[str]:
    """Dictionary words, invented words, one letter, forty letters, an unknown grapheme."""
    dictionary = sorted(word for word in CmuLexicon().words() if word.isalpha())
    chooser = random.Random(7)
    known = chooser.sample(dictionary, 250)
    invented = [
        "".join(chooser.choices("abcdefghijklmnopqrstuvwxyz", k=k % 15 + 1)) for k in range(50)
    ]
    return [*known, *invented, "a", "abcdefghij" * 4, "o'neill", "daenerys", "targaryen"]


def test_batched_output_is_identical_to_word_by_word() -> None:
    """Reading many words at once changes no phoneme of any of them."""
    reference = Reference()
    words = sample()
    assert NeuralReader().predict(words) == [reference.predict(word) for word in words]


def test_reading_does_not_depend_on_neighbours() -> None:
    """A word is read alike alone and among 600 others of every length."""
    reader = NeuralReader()
    words = [word + end for word in sample()[:300] for end in ("", "er")]
    together = reader.read(words)
    assert [reader.read([word])[0] for word in words[:40]] == together[:40]


def test_readings_are_phonemes() -> None:
    """Readings have symbols of the inventory; words without letters have none."""
    readings = NeuralReader().read(["targaryen", "", "世界", "42"])
    assert readings[1:] == [(), (), ()]
    assert set(readings[0][0]) <= set(SYMBOLS[3:])


def test_no_words() -> None:
    """Nothing in, nothing out."""
    assert NeuralReader().read([]) == []
    assert NeuralReader().predict([]) == []


def test_missing_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without g2p-en the message says what to install."""
    monkeypatch.setattr(neural_module, "find_spec", lambda _: None)
    with pytest.raises(PhonemeError, match="pip install"):
        neural_module.checkpoint_path()
