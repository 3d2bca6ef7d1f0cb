"""Writing phonemes as words, and the language model that says which ones are likely."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.errors import TrainingError
from er_engine.phonemes.confusion_table import N
from er_engine.phonemes.inventory import from_arpabet, ids
from er_engine.phonemes.lexicon import CmuLexicon
from training.confusion.language_model import EnglishModel, LanguageModel
from training.confusion.sounds_like import SoundsLike

WORDS = {
    "chip": "CH IH P",
    "and": "AH N D",
    "an": "AH N",
    "dipper": "D IH P ER",
    "potato": "P AH T EY T OW",
    "pot": "P AA T",
    "two": "T UW",
    "to": "T UW",
    "too": "T UW",
    "ooh": "UW",
    "unheard-of": "ZH",
}


class Counted:
    """Costs of words by themselves, less after a word that they often follow."""

    def __init__(self, costs: Mapping[str, float], after: Mapping[tuple[str, str], float]) -> None:
        self._costs, self._after = costs, after

    def cost(self, word: str, before: str = "") -> float:
        """See `LanguageModel.cost`."""
        return self._after.get((before, word), self._costs.get(word, math.inf))


MODEL: LanguageModel = Counted(
    {word: 3.0 if word == "to" else 6.0 for word in WORDS if word not in ("too", "unheard-of")},
    {("pot", "two"): 1.0},
)


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> CmuLexicon:
    """A lexicon of a few words."""
    path = tmp_path_factory.mktemp("lexicon") / "words.dict"
    path.write_text("".join(f"{word} {sounds}\n" for word, sounds in WORDS.items()))
    return CmuLexicon(path)


def sounds_of(arpabet: str) -> np.ndarray:
    """Phoneme ids."""
    return ids(from_arpabet(arpabet.split()))


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("CH IH P AH N D P AH T EY T OW", "chip and potato"),
        ("CH IH P AH N D IH P ER", "chip an dipper"),
        ("T UW", "to"),
        ("P AA T T UW", "pot two"),
        ("P AA T ZH T UW", "pot two"),
        ("ZH", ""),
        ("", ""),
    ],
)
def test_sounds_are_written_as_words(lexicon: CmuLexicon, heard: str, written: str) -> None:
    """The likeliest words, after the word before; what no known word takes up is left out."""
    assert SoundsLike(MODEL, lexicon).write(sounds_of(heard)) == written


def test_taught_words_are_written(lexicon: CmuLexicon) -> None:
    """A word that neither lexicon nor language model has, and one that the model finds rare."""
    rare = Counted(dict.fromkeys(WORDS, 50.0), {})
    taught = SoundsLike(rare, lexicon, [("zhe", "ZH"), ("potato", "P AH T EY T OW")])
    assert taught.write(sounds_of("ZH P AH T EY T OW")) == "zhe potato"
    assert SoundsLike(rare, lexicon).write(sounds_of("P AH T EY T OW")) == "potato"
    assert SoundsLike(MODEL, lexicon).write(sounds_of("ZH P AA T")) == "pot"


@settings(max_examples=40, deadline=None)
@given(sounds=st.lists(st.sampled_from(sorted({s for w in WORDS.values() for s in w.split()}))))
def test_words_are_of_the_lexicon_and_have_the_sounds_in_order(
    lexicon: CmuLexicon, sounds: list[str]
) -> None:
    """Whatever is heard, what is written sounds like it, but for phonemes that were dropped."""
    text = SoundsLike(MODEL, lexicon).write(sounds_of(" ".join(sounds)))
    rest = iter(sounds)
    assert all(sound in rest for word in text.split() for sound in WORDS[word].split())


def test_an_empty_lexicon_writes_nothing(tmp_path: Path) -> None:
    """There is no word to write."""
    (tmp_path / "empty.dict").write_text("")
    writer = SoundsLike(MODEL, CmuLexicon(tmp_path / "empty.dict"))
    assert writer.write(np.arange(3, N, dtype=np.uint8)) == ""


def test_the_packaged_model_knows_english() -> None:
    """Of two words that sound the same it takes the one that fits the word before."""
    writer = SoundsLike(EnglishModel())
    assert writer.write(sounds_of("CH IH P AH N D P AH T EY T OW")) == "chip and potato"
    assert writer.write(sounds_of("T UW M AH CH")) == "too much"
    assert writer.write(sounds_of("T UW G OW")) == "to go"


def test_costs_of_the_packaged_model() -> None:
    """Frequent words cost less; a word after one that calls for it, too; unknown ones never end."""
    model = EnglishModel()
    assert 0 < model.cost("the") < model.cost("potato") < math.inf
    assert model.cost("states", "united") < model.cost("states")
    assert model.cost("potato", "daenerys") == model.cost("potato")
    assert model.cost("daenerys") == model.cost("daenerys", "the") == math.inf


def test_a_damaged_model_is_told(tmp_path: Path) -> None:
    """The message says what to do."""
    (tmp_path / "model.bin").write_text("no model")
    with pytest.raises(TrainingError, match="can't be read; install pocketsphinx again"):
        EnglishModel(tmp_path / "model.bin")
