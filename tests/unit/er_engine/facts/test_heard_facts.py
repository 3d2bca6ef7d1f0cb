"""Which facts were heard, and whom they find."""

from __future__ import annotations

import numpy as np
import pytest

from er_engine.facts.fact_index import index_facts
from er_engine.facts.heard_facts import HeardFacts, entities_by_facts, hear_facts
from er_engine.types import Entity, SurfaceForm

FILMS = (
    Entity("big", "Big", attributes={"year": 1988, "cast": ["Tom Hanks"], "genre": "comedy"}),
    Entity("splash", "Splash", attributes={"year": 1984, "cast": ["Tom Hanks"], "genre": "comedy"}),
    Entity("jaws", "Jaws", attributes={"year": 1975, "cast": ["Tom Thumb"]}),
    Entity("dune", "Dune", attributes={"year": 1984, "cast": ["Kyle MacLachlan"]}),
    Entity("law", "Law", attributes={"year": 1928, "cast": ["Buzz Barton", "Nan Barton"]}),
    Entity("west", "West", attributes={"year": 1929, "cast": ["Ida Barton"]}),
    *(Entity(f"o{n}", f"Other {n}", attributes={"year": 1900 + n}) for n in range(60)),
    *(Entity(f"t{n}", f"Third {n}", attributes={"cast": [f"Tom Q{n}ock"]}) for n in range(9)),
)
FACTS = index_facts(FILMS)


def hear(*texts: str) -> HeardFacts | None:
    """Hear hypotheses, without their sounds."""
    return hear_facts(FACTS, [SurfaceForm(text, text, ()) for text in texts])


def found(*texts: str, count: int = 5) -> list[str]:
    """Return the ids of the entities that these hypotheses find by facts."""
    heard = hear(*texts)
    if heard is None:
        return []
    return [FILMS[row].id for row in entities_by_facts(FACTS, heard, count)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("the tom hanks comedy from nineteen eighty eight", ["big"]),
        ("hanks comedy", ["big", "splash"]),
        ("one thousand nine hundred and eighty four", ["splash", "dune"]),
        ("with kyle mclachlan", ["dune"]),
        ("the one with tom", []),
        ("the one with barton", ["law"]),
        ("nineteen eighty", []),
        ("", []),
    ],
)
def test_entities_with_the_facts_are_found(text: str, ids: list[str]) -> None:
    """Most facts heard wins; a last name is one, a common first name and half a year are none."""
    assert found(text)[: len(ids) or None] == ids


def test_what_was_heard_of_a_value_is_explained_in_full() -> None:
    """Half of a name tells less, but the words that say it are no less heard."""
    heard = hear("barton")
    assert heard is not None
    assert heard.shares.max() < 1
    assert heard.credit[0].max() == 1


def test_hypotheses_add_up() -> None:
    """What one hypothesis has counts less than what all have."""
    both = found("kyle maclachlan nineteen eighty eight", "kyle maclachlan", "kyle maclachlan")
    assert both == ["dune"]


def test_of_equal_entities_there_are_all_or_none() -> None:
    """Which ones are found never depends on their order."""
    assert found("the tom hanks film", count=1) == []
    assert found("the tom hanks film", count=2) == ["big", "splash"]


def test_only_allowed_entities_are_found() -> None:
    """Filters hold here, too."""
    heard = hear("tom hanks")
    assert heard is not None
    allowed = np.arange(len(FILMS)) != 0
    assert entities_by_facts(FACTS, heard, 5, allowed).tolist() == [1]


def test_without_facts_nothing_is_heard() -> None:
    """A catalog without attributes, or words of no fact, give nothing."""
    nothing = index_facts([Entity("1", "Big")])
    assert hear_facts(nothing, [SurfaceForm("big", "big", ())]) is None
    assert hear("something else") is None
