"""The joint model reads words from left to right, and says how likely other readings are."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.phonemes.graphone_search import log_joint, readings
from er_engine.phonemes.graphones import GRAPHONES, NOTHING, GraphoneModel
from er_engine.phonemes.inventory import from_arpabet
from er_engine.phonemes.joint import MAX_LETTERS, JointReader

_WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=14)


@pytest.fixture(scope="module")
def model() -> GraphoneModel:
    """The packaged model."""
    return GraphoneModel.load()


@pytest.fixture(scope="module")
def reader() -> JointReader:
    """Gives up to three readings of a word."""
    return JointReader(most=3)


@pytest.mark.parametrize(
    ("word", "spoken"),
    [
        ("periwinkle", "P EH R IH W IH NG K AH L"),
        ("nightcrawler", "N AY T K R AO L ER"),
        ("mladen", "M L AA D AH N"),
        ("saputra", "S AA P UW T R AH"),
        ("jeannine", "JH IY N IY N"),
    ],
)
def test_sounds_keep_the_order_of_the_letters(reader: JointReader, word: str, spoken: str) -> None:
    """Words in which the network lets sounds change places are read in order."""
    assert reader.read([word])[0][0] == from_arpabet(spoken.split())


def test_readings_are_distinct_and_best_first(model: GraphoneModel) -> None:
    """No reading comes twice, and their log probabilities fall."""
    for found in readings(model, ["marika", "tomsk", "oe", "xylographica"]):
        assert len({sounds for sounds, _ in found}) == len(found)
        assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)


def test_only_words_of_letters_are_read(reader: JointReader) -> None:
    """Other characters, nothing, and endless words get no reading."""
    longest = "ab" * (MAX_LETTERS // 2)
    found = reader.read(["", "o'neill", "naïve", "123", longest + "a", longest])
    assert [bool(each) for each in found] == [False] * 5 + [True]


@settings(max_examples=20)
@given(words=st.lists(_WORDS, min_size=1, max_size=4))
def test_words_are_read_alike_alone_and_together(reader: JointReader, words: list[str]) -> None:
    """What else is in the batch changes nothing."""
    assert reader.read(words) == [reader.read([word])[0] for word in words]


@settings(max_examples=30)
@given(word=_WORDS)
def test_every_graphone_that_is_heard_has_its_letters(model: GraphoneModel, word: str) -> None:
    """A reading has at most two sounds a letter, and its own score is found again by force."""
    for sounds, score in readings(model, [word])[0][:3]:
        assert len(sounds) <= 2 * len(word)
        assert log_joint(model, [word], [sounds])[0] >= score - 1e-9


def test_other_readings_are_judged(reader: JointReader) -> None:
    """The likeliest reading scores as it did, swapped sounds can't stand for the letters."""
    best, close, swapped = (
        from_arpabet(written.split())
        for written in (
            "P EH R IH W IH NG K AH L",
            "P ER IY W IH NG K AH L",
            "P EH R IY W IH L K AH N",
        )
    )
    found = reader.log_probability(["periwinkle"] * 3, [best, close, swapped])
    assert found[0] == pytest.approx(reader.scored(["periwinkle"])[0][0][1], abs=0.5)
    assert found[0] - 5 < found[1] < found[0]
    assert np.isneginf(found[2])


def test_probabilities_of_what_comes_next_sum_to_one(model: GraphoneModel) -> None:
    """In any context the graphones share the probability; storing in steps changes it little."""
    every = np.arange(len(model.letters))
    for context in (model.start, 0, 5, 1000, 20_000):
        _, log_probability = model.advance(np.full(len(every), context), every)
        assert np.exp(log_probability).sum() == pytest.approx(1, abs=0.05)


def test_the_file_is_small_and_reads_back_as_it_was(model: GraphoneModel, tmp_path: Path) -> None:
    """Loading and storing again changes no value."""
    assert GRAPHONES.stat().st_size < 4_000_000
    np.savez(tmp_path / "again.npz", **model.arrays())  # type: ignore[arg-type]
    again = GraphoneModel.load(tmp_path / "again.npz")
    for name, value in model.arrays().items():
        assert np.array_equal(again.arrays()[name], value), name


def test_candidates_are_the_graphones_that_the_letters_allow(model: GraphoneModel) -> None:
    """At a letter and the one after it stand graphones of the one or of both."""
    starts, graphones = model.candidates
    for first, second in itertools.product((0, 7, 25), (3, 7, 26)):
        pair = first * 27 + second
        letters = model.letters[graphones[starts[pair] : starts[pair + 1]]]
        assert (letters[:, 0] == first).all()
        assert set(letters[:, 1].tolist()) <= {NOTHING, second}
