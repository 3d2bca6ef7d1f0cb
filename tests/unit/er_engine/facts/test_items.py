"""Words and numbers that facts are compared by."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.facts.items import heard_items, number_candidates, sound_key, value_keys
from er_engine.text import normalise
from er_engine.text.numbers import number_readings, ordinal_readings

WORDS = "the one of two nineteen eighty six hundred thousand and oh zero first twenty street 7"
words = st.sampled_from(WORDS.split(" "))


@settings(deadline=None)
@given(st.integers(0, 999_999))
def test_every_reading_of_a_number_is_the_number(number: int) -> None:
    """However a number is said, it has one key."""
    readings = [text for text in number_readings(str(number)) if not text.startswith("a ")]
    assert {tuple(value_keys(text)) for text in readings} == {(f"#{number}",)}


@pytest.mark.parametrize("number", [1, 2, 3, 9, 12, 20, 21, 30, 42, 89, 90])
def test_ordinals_are_numbers(number: int) -> None:
    """`89th` and `89` have the same key."""
    (reading, *_) = ordinal_readings(str(number))
    assert value_keys(reading) == [f"#{number}"]


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("14992 N Water Road", ["#14992", "north", "water", "road"]),
        ("7 42nd Street", ["#742", "street"]),
        ("one hundred and one dalmatians", ["#101", "dalmatians"]),
        ("the one by Zoë Blühm", ["one", "zoe", "bluhm"]),
        ("the second one", ["#2", "one"]),
        ("Patrick O'Brian's", ["patrick", "obrian"]),
        ("oh my god", ["oh", "my", "god"]),
        ("J. K. Rowling", ["rowling"]),
        ("", []),
    ],
)
def test_keys_of_a_value(written: str, keys: list[str]) -> None:
    """Numbers are digits, accents and possessives go, function words and letters don't count."""
    assert value_keys(normalise(written)) == keys


@settings(deadline=None)
@given(st.lists(words, max_size=12).map(" ".join))
def test_items_are_inside_the_text(spoken: str) -> None:
    """Each item says which words it is, and each key of a value is heard in that value."""
    items = heard_items(spoken)
    n_words = len(spoken.split())
    assert all(0 <= item.start < item.end <= n_words for item in items)
    assert set(value_keys(spoken)) <= {item.key for item in items} | number_candidates(spoken)


def test_the_longest_known_numbers_count() -> None:
    """Of "nineteen eighty six" 86 is none, where there is a 1986; else it is."""
    spoken = "from nineteen eighty six"
    assert [i.key for i in heard_items(spoken, {"#1986", "#86"}) if "#" in i.key] == ["#1986"]
    assert [i.key for i in heard_items(spoken, {"#86", "#7"}) if "#" in i.key] == ["#86"]


def test_words_are_also_heard_as_one() -> None:
    """Recognisers write words that they don't know as several."""
    items = heard_items("in mist born the")
    assert [(item.key, item.start, item.end) for item in items][-1] == ("mistborn", 1, 3)


def test_words_that_sound_alike_share_a_key() -> None:
    """Other spellings and plurals do; numbers and short words have no sound."""
    assert sound_key("taylor") == sound_key("tailor")
    assert sound_key("hitchhikers") == sound_key("hitchhiker")
    assert sound_key("wells") is None
    assert sound_key("#1986") is None
