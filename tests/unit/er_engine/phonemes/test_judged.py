"""Two models read unknown words, and one judges the other."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.phonemes.inventory import from_arpabet
from er_engine.phonemes.joint import MAX_LETTERS, JointReader
from er_engine.phonemes.judged import JudgedReader
from er_engine.phonemes.words import Readings
from er_engine.types import Pronunciation


def _sounds(written: str) -> Pronunciation:
    return from_arpabet(written.split())


class _Network:
    """Gives the same reading of any word, none of what has no letters."""

    def __init__(self, written: str) -> None:
        self._readings: Readings = (_sounds(written),)

    def read(self, words: Sequence[str]) -> list[Readings]:
        """See `WordReader.read`."""
        return [self._readings if word.isalpha() else () for word in words]


@pytest.fixture(scope="module")
def joint() -> JointReader:
    """The packaged model."""
    return JointReader()


def test_a_plausible_reading_of_the_network_comes_second(joint: JointReader) -> None:
    """Letters that may be said in two ways get both."""
    found = JudgedReader(joint, _Network("M ER IY K AH")).read(["marika"])[0]
    assert found == (joint.read(["marika"])[0][0], _sounds("M ER IY K AH"))


@pytest.mark.parametrize("written", ["M AH L D IY N", "T", "M L AA D AH N IY T"])
def test_what_the_letters_do_not_say_is_left_out(joint: JointReader, written: str) -> None:
    """Swapped, lost and made-up sounds are no reading."""
    assert JudgedReader(joint, _Network(written)).read(["mladen"]) == joint.read(["mladen"])


def test_the_same_reading_comes_once(joint: JointReader) -> None:
    """Where both agree there is one reading."""
    found = JudgedReader(joint, _Network("S T IH P K AH")).read(["stipka"])[0]
    assert found == (_sounds("S T IH P K AH"),)


def test_what_only_one_can_read_it_reads_alone(joint: JointReader) -> None:
    """Endless words are left to the network; a word without any reading has none."""
    endless = "ab" * MAX_LETTERS
    reader = JudgedReader(joint, _Network("AE B"))
    assert reader.read([endless, "12", "ab"])[:2] == [(from_arpabet(["AE", "B"]),), ()]


@settings(max_examples=20)
@given(words=st.lists(st.text("abeghinorstxyz", max_size=8), max_size=5))
def test_each_word_is_read_by_itself(joint: JointReader, words: list[str]) -> None:
    """The order of words and what is asked beside them change nothing."""
    reader = JudgedReader(joint, _Network("AE B"))
    assert reader.read(words) == [reader.read([word])[0] for word in words]
