"""What is asked: queries in one of three modes, checked against the catalog they are about."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from er_engine.errors import QueryError
from er_engine.types import Query

FIRST, EACH, NBEST = "first", "each", "nbest"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class CheckedQueries:
    """Queries that name only entities of the catalog; `missing` ids of the file were left out."""

    queries: list[Query]
    missing: int = 0


def check_queries(
    queries: Sequence[Query], catalog_ids: Container[str], allow_missing: bool = False
) -> CheckedQueries:
    """Hold the right entities of queries against the catalog.

    With `allow_missing` unknown ids are left out. A query whose right entities are all unknown has
    then no right entity in this catalog, and counts for the no-match figures alone.

    Raises:
        QueryError: an id is not in the catalog, or no query has a right entity.
    """
    wrong = [
        (query.id, id_) for query in queries for id_ in query.entity_ids if id_ not in catalog_ids
    ]
    if wrong and not allow_missing:
        shown = "; ".join(f"query {query!r} names {id_!r}" for query, id_ in wrong[:_SHOWN])
        raise QueryError(
            f"{len(wrong):,} entity_ids in {len({query for query, _ in wrong}):,} of "
            f"{len(queries):,} queries are not in the index: {shown}"
            f"{' ...' if len(wrong) > _SHOWN else ''}. Is it the index of another catalog? "
            "--allow-missing evaluates without them"
        )
    kept = [
        replace(query, entity_ids=tuple(id_ for id_ in query.entity_ids if id_ in catalog_ids))
        for query in queries
    ]
    if not any(query.entity_ids for query in kept):
        raise QueryError(
            "no query has a right entity in this index (entity_ids); error rates need at least one"
        )
    return CheckedQueries(kept, len(wrong))


def expand(queries: Sequence[Query], mode: str) -> list[Query]:
    """Return what is asked: `first` hypothesis, `each` hypothesis (`id#1`, `id#2`), or `nbest`.

    Blank hypotheses are left out for all systems alike; numbers are those of the whole list.
    """
    if mode == FIRST:
        return [replace(query, nbest=query.heard[:1]) for query in queries]
    if mode == EACH:
        return [
            replace(query, id=f"{query.id}#{number}", nbest=(hypothesis,))
            for query in queries
            for number, hypothesis in enumerate(query.nbest, start=1)
            if not hypothesis.blank
        ]
    return [replace(query, nbest=query.heard) for query in queries]


def entity_group(query: Query) -> str:
    """Name the entity (or the set of equally right ones) that a query is about."""
    return "\n".join(sorted(query.entity_ids))
