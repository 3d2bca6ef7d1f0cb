"""The index of facts against looking at every entity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.facts.fact_index import FactIndex, index_facts
from er_engine.facts.values import MAX_CHARACTERS, MAX_ITEMS, entity_values, key_hashes
from er_engine.types import Entity

texts = st.lists(st.sampled_from(("tom", "hanks", "1986", "new", "york")), min_size=1, max_size=3)
values = st.one_of(st.integers(1985, 1988), texts.map(" ".join), st.lists(texts.map(" ".join)))
catalogs = st.lists(st.dictionaries(st.sampled_from("abc"), values), max_size=6)


def entity(attributes: Mapping[str, object], name: str = "Big") -> Entity:
    """Make an entity with attributes."""
    return Entity("1", name, attributes=attributes)


def index(catalog: list[dict[str, object]]) -> FactIndex:
    """Index entities with these attributes."""
    return index_facts(entity(attributes) for attributes in catalog)


@settings(deadline=None)
@given(catalogs)
def test_items_lead_to_the_entities_that_have_them(catalog: list[dict[str, object]]) -> None:
    """From an item over its values come exactly the entities with it, and they are counted."""
    facts = index(catalog)
    for key in ("tom", "hanks", "#1986", "york", "nothing"):
        (wanted,) = key_hashes([key]).tolist()
        having = [
            row
            for row, attributes in enumerate(catalog)
            if any(wanted in value.items for value in entity_values(entity(attributes)))
        ]
        items = facts.find_items(key_hashes([key]))
        if items[0] < 0:
            assert not having
            continue
        found, _ = facts.values_with(items)
        assert np.unique(facts.rows_with(found)[0]).tolist() == having
        assert facts.item_counts(items).tolist() == [len(having)]


@settings(deadline=None)
@given(catalogs)
def test_each_value_is_counted_once_for_an_entity(catalog: list[dict[str, object]]) -> None:
    """Values are those of the entities, each with all its items and its entities."""
    facts = index(catalog)
    expected: dict[int, set[int]] = {}
    for row, attributes in enumerate(catalog):
        for value in entity_values(entity(attributes)):
            expected.setdefault(value.hash, set()).add(row)
    assert dict(zip(facts.value_hashes.tolist(), counts(facts), strict=True)) == {
        key: len(rows) for key, rows in expected.items()
    }
    assert facts.empty == (not expected)


def counts(facts: FactIndex) -> list[int]:
    """Return how many entities have each value."""
    return facts.value_counts(np.arange(len(facts.value_hashes))).tolist()


def test_what_nobody_says_is_no_fact() -> None:
    """Booleans, objects, long texts, symbols and the entity's own names are left out."""
    left_out = {
        "flag": True,
        "nested": {"city": "Alton"},
        "name": "the BIG",
        "alias": "big one",
        "text": "a " * MAX_CHARACTERS,
        "many": " ".join(f"lo{chr(97 + n)}der" for n in range(MAX_ITEMS + 1)),
        "symbol": "★",
        "none": None,
    }
    assert entity_values(Entity("1", "The Big", aliases=("Big One",), attributes=left_out)) == []


def test_equal_values_are_one() -> None:
    """A number, the same in words and 1986.0 are one value."""
    same = {"a": 1986, "b": "nineteen eighty six", "c": 1986.0, "d": ["1986"]}
    assert len(entity_values(entity(same))) == 1


def test_words_that_sound_like_it_are_found() -> None:
    """A sound leads to the items with it."""
    facts = index([{"cast": ["Kent Taylor", "Tom Tailor"]}])
    items, of = facts.find_sounds(key_hashes(["~nothing", "~TLR"]))
    assert of.tolist() == [1, 1]
    assert set(items) == set(facts.find_items(key_hashes(["taylor", "tailor"])))
