"""The inventory and the readers of IPA and ARPABET."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from er_engine.phonemes.inventory import (
    INVENTORY_VERSION,
    PADDING,
    SYMBOLS,
    UNKNOWN,
    from_arpabet,
    from_ids,
    ids,
    join_words,
    parse_pronunciation,
    segment_ipa,
    words_of,
    write_pronunciation,
)
from er_engine.phonemes.symbols import ARPABET
from er_engine.types import WORD_BOUNDARY

PHONEMES = SYMBOLS[3:]
words = st.lists(
    st.lists(st.sampled_from(PHONEMES), min_size=1, max_size=8), min_size=1, max_size=5
)


def test_symbols_are_distinct_and_fit_uint8() -> None:
    """Every symbol has its own id below 256, and the special ones come first."""
    assert len(set(SYMBOLS)) == len(SYMBOLS) < 256
    assert SYMBOLS[:3] == (PADDING, WORD_BOUNDARY, UNKNOWN)


def test_symbol_order_is_frozen() -> None:
    """A changed inventory shows in its version; trained models depend on it."""
    assert INVENTORY_VERSION == "1-9de73a3f9837"
    assert len(SYMBOLS) == 109


def test_every_arpabet_phoneme_has_a_symbol() -> None:
    """All of ARPABET lands in the inventory, and its 39 basic phonemes stay apart."""
    assert set(ARPABET.values()) <= set(PHONEMES)
    assert len(set(ARPABET.values()) - {"ɾ"}) == 39


@given(words)
def test_written_pronunciations_are_read_back(spoken: list[list[str]]) -> None:
    """What `write_pronunciation` writes, `parse_pronunciation` reads as it was."""
    pronunciation = join_words(spoken)
    assert parse_pronunciation(write_pronunciation(pronunciation)) == pronunciation


@given(words)
def test_ids_round_trip(spoken: list[list[str]]) -> None:
    """Ids are uint8 and give the symbols back; padding disappears."""
    pronunciation = join_words(spoken)
    numbers = ids(pronunciation)
    assert numbers.dtype == np.uint8
    assert from_ids([*numbers, 0, 0]) == pronunciation


@given(words)
def test_words_round_trip(spoken: list[list[str]]) -> None:
    """Joining words and parting them again changes nothing."""
    assert words_of(join_words(spoken)) == [tuple(word) for word in spoken]


@given(st.text(max_size=40))
def test_any_text_can_be_segmented(text: str) -> None:
    """`segment_ipa` takes any text and gives a well-formed pronunciation, twice the same."""
    found = segment_ipa(text)
    assert set(found) <= set(SYMBOLS) - {PADDING}
    assert join_words(words_of(found)) == found == segment_ipa(text)


@given(st.text(alphabet="tʃaɪpoʊŋ|ˈː. \u0303", max_size=20))
def test_unicode_form_does_not_matter(text: str) -> None:
    """Composed and decomposed text are read alike."""
    decomposed, composed = (unicodedata.normalize(form, text) for form in ("NFD", "NFC"))
    assert segment_ipa(decomposed) == segment_ipa(composed)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("tʃɪp ænd pəˈteɪtoʊ", "tʃ ɪ p | æ n d | p ə t eɪ t oʊ"),
        ("tʃɪp|ænd", "tʃ ɪ p | æ n d"),
        ("tʃ ɪ p | æ n d", "tʃ ɪ p | æ n d"),
        ("t ʃ ɪ p", "t ʃ ɪ p"),
        ("/ˈbʌtn̩/", "b ə t ə n"),
        ("[t͡ʃaɪ]", "tʃ aɪ"),
        ("ʤæm", "dʒ æ m"),
        ("fʁiːts", "f ʁ i t s"),
        ("mɔ̃sjø", "m ɔ̃ s j ø"),
        ("çɪç", "ç ɪ ç"),
        ("kʰɑ˞", "k ɑ ɹ"),
        ("nɝs", "n ɚ s"),
        ("gəʊt", "ɡ oʊ t"),
        ("CH IH1 P | AE N D", "tʃ ɪ p | æ n d"),
        ("CH IH1 P|P AH0", "tʃ ɪ p | p ə"),
        ("T SH", "t ʃ"),
        ("| | AH |", "ə"),
    ],
)
def test_notations(written: str, expected: str) -> None:
    """IPA in its common spellings and ARPABET become the same symbols."""
    assert parse_pronunciation(written) == tuple(expected.split(" "))


@pytest.mark.parametrize(
    ("written", "named"),
    [("CH XX P", "'XX'"), ("tʃ世p", "'世' (U+4E16)"), ("CHIP", "'CHIP'"), ("AE0 N5", "'N5'")],
)
def test_unknown_symbols_are_named(written: str, named: str) -> None:
    """A pronunciation with an unknown symbol is refused by naming it."""
    with pytest.raises(ValueError, match="not") as caught:
        parse_pronunciation(written)
    assert named in str(caught.value)


@pytest.mark.parametrize("written", ["", "  ", "|", "ˈ", "//"])
def test_nothing_to_pronounce_is_refused(written: str) -> None:
    """A pronunciation without phonemes is an error."""
    with pytest.raises(ValueError, match="no phonemes"):
        parse_pronunciation(written)


def test_foreign_letters_become_the_nearest_or_unknown() -> None:
    """An IPA letter without a symbol becomes its neighbour; other letters become `UNKNOWN`."""
    assert segment_ipa("ɓaɗ") == ("b", "a", "d")
    assert segment_ipa("a世") == ("a", UNKNOWN)


def test_arpabet_outside_the_alphabet_is_an_error() -> None:
    """`from_arpabet` names what it does not know."""
    with pytest.raises(ValueError, match="'QQ'"):
        from_arpabet(["AH0", "QQ"])


def test_ids_outside_the_inventory() -> None:
    """Foreign symbols get the unknown id, foreign ids are an error."""
    assert ids(["世"]).tolist() == [2]
    with pytest.raises(ValueError, match="outside"):
        from_ids([len(SYMBOLS)])
