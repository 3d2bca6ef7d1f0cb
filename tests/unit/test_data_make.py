"""The scripts that composed the shipped data."""

from __future__ import annotations

import importlib
import random
from pathlib import Path
from types import ModuleType

import pytest

MAKE = Path(__file__).resolve().parents[2] / "data" / "make"
CATALOG = [
    {"id": "a", "name": "Maria Lopez"},
    {"id": "b", "name": "Ana Maria Silva"},
    {"id": "c", "name": "Robert Lopez", "aliases": ["Bob Lopez"]},
    {"id": "d", "name": "maria lopez"},
]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> object:
    """Import a script of data/make by its name."""
    monkeypatch.syspath_prepend(str(MAKE))
    return importlib.import_module


@pytest.fixture
def mentions(load: object) -> ModuleType:
    """The module that says which entities the words fit."""
    return load("mentions")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1st"), (2, "2nd"), (13, "13th"), (23, "23rd"), (111, "111th")]
)
def test_ordinals_are_written_as_people_write_them(load: object, number: int, text: str) -> None:
    """Eleventh to thirteenth end in th, whatever their last digit."""
    assert load("titles").ordinal(number) == text  # type: ignore[operator]


def test_full_mentions_fit_equal_spoken_forms(mentions: ModuleType) -> None:
    """A full name fits everyone of that spoken name, an alias its owner, a part nobody."""
    found = mentions.Mentions(CATALOG)
    assert found.full("Maria Lopez") == ["a", "d"]
    assert found.full("Bob Lopez") == ["c"]
    assert found.full("Maria") == []


def test_parts_fit_everyone_with_these_words_in_a_row(mentions: ModuleType) -> None:
    """A word fits first, middle and last names; words apart from each other fit nobody."""
    found = mentions.Mentions(CATALOG)
    assert found.part("Maria") == ["a", "b", "d"]
    assert found.part("Lopez") == ["a", "c", "d"]
    assert found.part("Ana Silva") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NCA Bank", {"N C A bank"}),
        ("5 N Oak St", {"five north oak street"}),
        ("Smilebit", {"Smilebit"}),
    ],
)
def test_voices_get_words(mentions: ModuleType, text: str, said: set[str]) -> None:
    """Numbers, directions and initials are written out; other names stay as they are."""
    assert {mentions.say(text, random.Random(seed)) for seed in range(5)} == said


def test_places_for_development_have_words_of_their_own(load: object) -> None:
    """Every development place has a reserved word, no training place has one, no name is twice."""
    invented, mentions = load("invented"), load("mentions")  # type: ignore[operator]
    taken: set[str] = set()
    sides = {
        side: invented.place_records(60, "test", ["Okafor", "Lindt"], taken, development=side)
        for side in (True, False)
    }
    for side, places in sides.items():
        assert {mentions.reserved(place["attributes"]["core"]) for place in places} == {side}
    assert len(taken) == 120


def test_the_same_seed_gives_the_same_companies(load: object) -> None:
    """Catalogs can be made again."""
    invented = load("invented")  # type: ignore[operator]
    surnames = ["Okafor", "Lindt", "Moreau"]
    assert invented.firm_records(50, "x", surnames, set()) == invented.firm_records(
        50, "x", surnames, set()
    )
