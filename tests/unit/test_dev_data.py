"""The development data: catalogs and recorded queries that no training saw or heard."""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path

import pytest

from er_engine.catalog import read_catalog
from er_engine.queries import read_queries
from er_engine.text import spoken_forms
from er_engine.types import Entity, Query
from training.simulation.prompts import read_prompts

DATA = Path(__file__).resolve().parents[2] / "data"
DEV = DATA / "dev"
SIZES = {"contacts": (200, 590), "contacts_20k": (20_000, 590), "places": (400, 490),
         "facts": (1_000, 240)}  # fmt: skip
KINDS = pytest.mark.parametrize("kind", SIZES)


@functools.cache
def _queries(kind: str) -> list[Query]:
    return read_queries(DEV / f"{kind}_queries.jsonl.gz")


@functools.cache
def _entities(kind: str) -> dict[str, Entity]:
    return {entity.id: entity for entity in read_catalog(DEV / f"{kind}.jsonl.gz").entities}


def _key(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold().replace("&", " and ")
    return re.sub(r"[^\w]|_", "", "".join(c for c in folded if not unicodedata.combining(c)))


def _spoken(text: str) -> str:
    return spoken_forms(text)[0]


@KINDS
def test_sets_are_large_enough(kind: str) -> None:
    """Catalogs and queries parse, have the promised sizes, and every answer is in the catalog."""
    entities, queries = SIZES[kind]
    assert len(_entities(kind)) >= entities
    assert len(_queries(kind)) >= queries
    assert all(q.entity_ids and set(q.entity_ids) <= _entities(kind).keys() for q in _queries(kind))


@pytest.mark.parametrize("kind", ["contacts", "contacts_20k"])
def test_every_contact_whom_the_words_fit_is_right(kind: str) -> None:
    """Full names fit who has them; parts fit all who have these words in their names."""
    names = {entity.id: f" {_spoken(entity.name)} " for entity in _entities(kind).values()}
    for query in _queries(kind)[::7]:
        said = f" {_spoken(query.reference or '')} "
        full = query.tags["said"] == "name"
        fit = {i for i, name in names.items() if (said == name if full else said in name)}
        assert set(query.entity_ids) == fit, query.id


def test_both_contact_catalogs_are_asked_the_same() -> None:
    """Speech and hypotheses are equal; the larger catalog has all the people of the small one."""
    small, large = _queries("contacts"), _queries("contacts_20k")
    assert [(q.id, q.nbest) for q in small] == [(q.id, q.nbest) for q in large]
    assert _entities("contacts").keys() <= _entities("contacts_20k").keys()
    pairs = zip(small, large, strict=True)
    assert all(set(a.entity_ids) <= set(b.entity_ids) for a, b in pairs)


def test_half_of_the_contacts_are_asked_for_by_a_part() -> None:
    """Full and partial names come equally often."""
    full = sum(query.tags["said"] == "name" for query in _queries("contacts"))
    assert 0.45 <= full / len(_queries("contacts")) <= 0.55


def test_places_are_asked_for_in_all_ways() -> None:
    """Name, address, both, and parts with town or street occur; a town that was said is right."""
    said = [query.tags["said"] for query in _queries("places")]
    for how in ("name", "part", "address", "name and address", "name and city", "name and street"):
        assert said.count(how) >= 20
    for query in _queries("places"):
        if str(query.tags["said"]).endswith("city"):
            towns = {str(_entities("places")[i].attributes["city"]) for i in query.entity_ids}
            assert len(towns) == 1
            assert (query.reference or "").lower().endswith(towns.pop().lower())


def test_facts_are_asked_for_in_six_ways() -> None:
    """Each kind of fact is asked for at least 35 times."""
    kinds = [query.tags["kind"] for query in _queries("facts")]
    for kind in ("alias", "series", "creator", "star", "year", "description"):
        assert kinds.count(kind) >= 35


@pytest.mark.parametrize("kind", ["contacts", "places", "facts"])
def test_queries_are_recordings_of_the_prompts(kind: str) -> None:
    """Queries are prompts as committed, in their order; few were not heard at all."""
    prompts = [(p.id, p.text, p.entity_ids) for p in read_prompts(DEV / f"prompts/{kind}.jsonl.gz")]
    queries = [(q.id, q.reference, q.entity_ids) for q in _queries(kind)]
    assert [p for p in prompts if p in set(queries)] == queries
    assert len(queries) >= 0.98 * len(prompts)


def test_training_never_saw_the_entities_or_heard_the_voices() -> None:
    """Names and prompts of the sets are not in the training data; the voices are others."""
    asked = set()
    for kind in SIZES:
        right = {i for query in _queries(kind) for i in query.entity_ids}
        asked |= {_key(_entities(kind)[i].name) for i in right}
        asked |= {_key(query.reference or "") for query in _queries(kind)}
    recorded = sorted((DATA / "training").glob("*_nbest.jsonl.gz"))
    trained, voices = set(), set()
    for path in recorded:
        catalog = read_catalog(path.with_name(path.name.replace("_nbest", "")))
        trained |= {_key(entity.name) for entity in catalog.entities}
        for query in read_queries(path):
            trained.add(_key(query.reference or ""))
            voices.add(query.tags["voice"])
    assert asked & trained == set()
    tested = {query.tags["voice"] for kind in SIZES for query in _queries(kind)}
    assert len(tested) >= 2
    assert tested & voices == set()


def test_sets_are_small() -> None:
    """All files together stay under one and a half megabytes."""
    assert 0 < sum(p.stat().st_size for p in DEV.rglob("*.gz")) < 1_500_000
