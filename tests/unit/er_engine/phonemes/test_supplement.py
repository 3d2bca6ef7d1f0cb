"""The supplement: its lines, and how its readings stand beside those of the other readers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from er_engine.phonemes.default import default_g2p
from er_engine.phonemes.inventory import from_arpabet, write_pronunciation
from er_engine.phonemes.supplement import (
    HEADER,
    SUPPLEMENT,
    SupplementedLexicon,
    supplement_entries,
)
from er_engine.phonemes.words import MAX_READINGS, Readings

MOST_READINGS = 2


class Fixed:
    """Reads the words of a dict and no others."""

    def __init__(self, readings: dict[str, str]) -> None:
        self._readings = readings

    def read(self, words: Sequence[str]) -> list[Readings]:
        """One reading of each known word."""
        known = {word: (from_arpabet(said.split()),) for word, said in self._readings.items()}
        return [known.get(word, ()) for word in words]


def test_every_line_can_be_read() -> None:
    """Words are in lower case, readings few, distinct and of known phonemes, classes named."""
    header, *lines = SUPPLEMENT.read_text(encoding="utf-8").splitlines()
    entries = supplement_entries()
    assert header.split("\t") == list(HEADER)
    assert len(entries) == len(lines)
    for line, entry in zip(lines, entries, strict=True):
        assert re.fullmatch("[a-z']+", entry.word), line
        assert 1 <= len(entry.readings) <= MOST_READINGS, line
        assert len(set(entry.readings)) == len(entry.readings), line
        assert all(entry.readings), line
        assert entry.group, line
        assert line.split("\t")[3] in ("", "first"), line


def test_no_word_twice() -> None:
    """Each word has one line."""
    words = [entry.word for entry in supplement_entries()]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("name", "sounds"),
    [
        ("Saoirse", "s ɚ ʃ ə"),
        ("Gráinne", "ɡ ɹ ɔ n j ə"),
        ("Wojciech", "v ɔɪ tʃ ɛ k"),
        ("Nguyen", "w ɪ n"),
        ("Huawei", "w ɑ w eɪ"),
        ("omeprazole", "oʊ m ɛ p ɹ ə z oʊ l"),
        ("Gloucestershire", "ɡ l ɔ s t ɚ ʃ ɚ"),
        ("Caoimhe's", "k w i v ə z"),
    ],
)
def test_names_as_they_are_said(name: str, sounds: str) -> None:
    """A word whose spelling hides the sound is read as people say it."""
    said = default_g2p().pronounce([name])[0]
    assert sounds in [write_pronunciation(reading) for reading in said]


def test_the_dictionary_stays_first() -> None:
    """A word that the dictionary has keeps its reading before that of the supplement."""
    entry = next(e for e in supplement_entries() if e.word == "kerr")
    found = SupplementedLexicon(Fixed({"kerr": "K ER"})).read(["kerr"])[0]
    assert found == (("k", "ɚ"), *entry.readings)


def test_the_supplement_may_go_first() -> None:
    """A line marked `first` is read before the dictionary's reading, which stays."""
    entry = next(e for e in supplement_entries() if e.first)
    found = SupplementedLexicon(Fixed({entry.word: "AA"})).read([entry.word])[0]
    assert found == (*entry.readings, ("ɑ",))


def test_a_naive_reading_comes_last() -> None:
    """Whoever does not know a name reads it by its spelling; that reading is kept."""
    naive = Fixed({"saoirse": "S AW R S", "other": "AH"})
    found = SupplementedLexicon(Fixed({}), naive).read(["saoirse", "other"])
    assert found[0][-1] == ("s", "aʊ", "ɹ", "s")
    assert len(found[0]) > 1
    assert found[1] == ()


def test_names_of_two_rare_words_stay_bounded() -> None:
    """Two words with several readings each do not multiply the pronunciations of a name."""
    found = default_g2p().pronounce(["Saoirse Szczepanski", "Nguyen Xu", "Caoimhe Nguyen"])
    assert all(1 < len(readings) <= MAX_READINGS for readings in found)
