"""A contact list made of a catalog with people in it, asked for by full names and by parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from er_engine.text.variants import normalise
from er_engine.types import Entity, Query

PERSON = "PERSON"


def as_contacts(
    entities: Sequence[Entity], queries: Sequence[Query]
) -> tuple[list[Entity], list[Query]]:
    """Keep people with at least two names, and the queries about them.

    A query about somebody whom the catalog has by one name alone ("Brett") is about everyone who
    has it as a part of a full name: each is right.
    """
    people = {e.id: normalise(e.name) for e in entities if e.type == PERSON}
    full = {entity_id: name for entity_id, name in people.items() if " " in name}
    contacts = [entity for entity in entities if entity.id in full]
    changed = [
        replace(query, entity_ids=tuple(right), tags={**query.tags, "said": said})
        for query in queries
        for said, right in [_right(query, people, full)]
        if right
    ]
    return contacts, changed


def _right(query: Query, people: dict[str, str], full: dict[str, str]) -> tuple[str, list[str]]:
    """Whether a full name or a part was said, and the people who may be meant."""
    said = {people[entity_id] for entity_id in query.entity_ids if entity_id in people}
    names = {name for name in said if " " in name}
    if names:
        return "full name", [entity_id for entity_id, name in full.items() if name in names]
    return "part", [entity_id for entity_id, name in full.items() if said & set(name.split())]
