"""Readings by rule: regular romanisations, stems of drug names, French endings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from er_engine.phonemes.default import default_g2p
from er_engine.phonemes.french import french_ending, in_french
from er_engine.phonemes.inventory import SYMBOLS, write_pronunciation
from er_engine.phonemes.romanised import regular_readings
from er_engine.phonemes.stems import MIN_PREFIX, stem_of


def said(word: str) -> list[str]:
    """The readings of a word by rule, phonemes parted by spaces."""
    return [write_pronunciation(reading) for reading in regular_readings(word)]


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("zhengfei", "dʒ ə ŋ f eɪ"),
        ("xiuying", "ʃ oʊ j ɪ ŋ"),
        ("guoqiang", "ɡ w ɔ tʃ ɑ ŋ"),
        ("hyeonseok", "h j ə n s ə k"),
        ("takahiro", "t ɑ k ɑ h i ɹ oʊ"),
        ("nanase", "n ɑ n ɑ s eɪ"),
        ("okonkwo", "oʊ k oʊ n k w oʊ"),
        ("kenzaburo", "k ɛ n z ɑ b u ɹ oʊ"),
    ],
)
def test_regular_words(word: str, sounds: str) -> None:
    """A word that parts into the syllables of a romanisation is read by them."""
    assert said(word) == [sounds]


@pytest.mark.parametrize("word", ["smith", "strength", "a", "", "xerxes", "x" * 40, "ka" * 20])
def test_other_words_are_left_alone(word: str) -> None:
    """A word of no system, too short or too long, has no reading by rule."""
    assert said(word) == []


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=24))
def test_any_word(word: str) -> None:
    """Whatever the letters, there is at most one reading, of known phonemes."""
    found = regular_readings(word)
    assert len(found) <= 1
    assert all(set(reading) <= set(SYMBOLS[1:]) and reading for reading in found)


def test_the_longest_stem_counts() -> None:
    """A drug's name parts before the longest stem that ends it; short words have none."""
    assert stem_of("zilovertamab") == ("zilovertamab"[:-3], ("m", "æ", "b"))
    prefix_and_sound = stem_of("brexpiprazole")
    assert prefix_and_sound is not None
    assert prefix_and_sound[0] == "brex"
    assert stem_of("a" * (MIN_PREFIX - 1) + "mab") is None
    assert stem_of("potato") is None


def test_rules_come_second() -> None:
    """The models' readings of a word stay first; the rule's is one more."""
    found = [
        write_pronunciation(reading) for reading in default_g2p().pronounce(["zilovertinib"])[0]
    ]
    assert 2 <= len(found) <= 3
    assert not found[0].endswith("t ɪ n ɪ b")
    assert found[-1].endswith("t ɪ n ɪ b")


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("chalamet", "ʃæləmeɪ"),
        ("signoret", "sinjɔɹeɪ"),
        ("parillaud", "pɑɹɪloʊ"),
        ("verdoux", "vɚdu"),
        ("brisebois", "bɹisɛbwɑ"),
    ],
)
def test_french_names_are_also_read_without_their_last_letters(word: str, sounds: str) -> None:
    """Beside what the models say, which comes first."""
    (readings,) = default_g2p().pronounce([word])
    assert sounds in ["".join(reading) for reading in readings[1:]]


def test_the_longest_french_ending_counts() -> None:
    """A name parts before it; what is short or has no vowel left is no such name."""
    assert french_ending("despereaux") == ("desper", ("oʊ",))
    assert french_ending("dubois") == ("dub", ("w", "ɑ"))
    assert french_ending("inet") is None
    assert french_ending("scrnet") is None
    assert french_ending("potato") is None
    assert in_french(("tʃ", "æ", "θ", "i", "dʒ")) == ("ʃ", "æ", "t", "i", "ʒ")
