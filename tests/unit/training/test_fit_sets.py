"""Sets to fit on: which entities and queries they have, and who is right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from er_engine.catalog import write_catalog
from er_engine.queries import write_queries
from er_engine.types import Entity, Hypothesis, Query
from tests.unit.training.tiny import CONFIG, EXAMPLES
from training.cases import FitSet
from training.config import FitConfig
from training.fit_sets import fit_sets

ENTITIES = [Entity(f"e{n}", f"person {n}") for n in range(40)]
RIGHT = [f"e{n}" for n in range(20)]


def read(folder: Path, entities: list[Entity], queries: list[Query], fit: FitConfig) -> FitSet:
    """The one set of a config with these files."""
    write_catalog(folder / "c.jsonl", entities)
    write_queries(folder / "q.jsonl", queries)
    [found] = fit_sets(replace(CONFIG, fit=(fit,)), folder, EXAMPLES, None)
    return found


def query(number: int, right: str, said: str) -> Query:
    """One that heard what was said."""
    return Query(f"q{number}", (Hypothesis(said),), (right,), reference=said)


@pytest.mark.parametrize("size", [5, 20, 30, 40, 100])
def test_a_sample_is_as_large_as_asked_and_has_every_right_entity(
    tmp_path: Path, size: int
) -> None:
    """No smaller than the right ones, no larger than the catalog, in its order."""
    queries = [query(n, right, f"person {right[1:]}") for n, right in enumerate(RIGHT)]
    fit = FitConfig("set", ("c.jsonl",), "q.jsonl", sample=size)
    ids = [entity.id for entity in read(tmp_path, ENTITIES, queries, fit).entities]
    assert len(ids) == min(max(size, 20), 40)
    assert set(RIGHT) <= set(ids)
    assert ids == [entity.id for entity in ENTITIES if entity.id in ids]


def test_everyone_with_the_said_part_is_right(tmp_path: Path) -> None:
    """Also who is in another catalog of the set; a whole name is its own entity's alone."""
    entities = [Entity("a", "Dave Davis"), Entity("b", "Dave Foley"), Entity("c", "Davis Love")]
    queries = [query(1, "a", "dave"), query(2, "a", "dave davis")]
    found = read(tmp_path, entities, queries, FitConfig("set", ("c.jsonl",), "q.jsonl"))
    assert [set(one.entity_ids) for one in found.queries] == [{"a", "b"}, {"a"}]
