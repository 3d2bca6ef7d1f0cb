from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from api.bodies import EntityPut, checked_put, put_on
from er_engine.catalog import entity_record
from er_engine.types import Entity

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)
IDS = TEXTS.filter(lambda text: "\n" not in text)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
ENTITIES = st.builds(
    Entity,
    id=IDS,
    name=TEXTS,
    type=st.none() | TEXTS,
    aliases=st.lists(TEXTS, max_size=3).map(tuple),
    attributes=st.dictionaries(TEXTS, VALUES, max_size=3),
    popularity=st.floats(0, 1e6),
    lang=st.none() | TEXTS,
)


@given(ENTITIES)
def test_an_entity_is_read_as_it_was_written(entity: Entity) -> None:
    """A line with all that an entity may hold gives the same entity, and it can be sent again."""
    line = json.dumps(entity_record(entity), ensure_ascii=False).encode()
    read = put_on(line)
    assert read == EntityPut(entity)
    assert checked_put(json.loads(line)) == EntityPut(entity)
    assert isinstance(read, EntityPut)
    json.dumps(entity_record(read.entity), allow_nan=False).encode()


@given(st.binary(max_size=60))
def test_any_bytes_are_an_entity_or_a_reason(line: bytes) -> None:
    """Whatever a line holds, it is read or refused with words."""
    found = put_on(line)
    assert isinstance(found, EntityPut) or found


@given(VALUES, st.sampled_from(["id", "name", "type", "aliases", "popularity", "pronunciations"]))
def test_any_value_of_a_field_is_taken_or_named(value: object, field: str) -> None:
    """A wrong value is refused with the name of its field."""
    line = json.dumps({"id": "a", "name": "A"} | {field: value}).encode()
    found = put_on(line)
    assert isinstance(found, EntityPut) or found.startswith(field)
