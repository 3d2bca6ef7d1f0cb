"""Who is right when only a part of a name was said: everyone who has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from er_engine.text.variants import normalise
from er_engine.types import Entity, Query


def with_all_who_have_it(queries: Iterable[Query], entities: Sequence[Entity]) -> list[Query]:
    """Add what else is right in a catalog to queries whose reference is a part of a name.

    Queries about held-out entities know nothing of the others that are in the catalog with them.

    Args:
        queries: those without a reference, or with a whole name as one, stay as they are.
        entities: the catalog.
    """
    names = {entity.id: _marked(entity.name) for entity in entities}
    return [_extended(query, names) for query in queries]


def _extended(query: Query, names: dict[str, str]) -> Query:
    said = _marked(query.reference or "")
    own = [names[entity_id] for entity_id in query.entity_ids if entity_id in names]
    if not said.strip() or said in own or not any(said in name for name in own):
        return query
    others = (entity_id for entity_id, name in names.items() if said in name)
    return replace(query, entity_ids=tuple(dict.fromkeys((*query.entity_ids, *others))))


def _marked(text: str) -> str:
    return f" {normalise(text)} "
