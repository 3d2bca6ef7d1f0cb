"""The data that the project ships: samples to try it on, and what its model was trained on."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest

from er_engine.catalog import read_catalog
from er_engine.queries import read_queries
from er_engine.text import spoken_forms
from er_engine.types import Entity, Query
from training.simulation.prompts import read_prompts

DATA = Path(__file__).resolve().parents[2] / "data"
SAMPLES = {"screen": 500, "books": 500, "contacts": 200}
TRAINING = sorted(DATA.glob("training/*_nbest.jsonl.gz"))
KINDS = pytest.mark.parametrize("kind", SAMPLES)


@functools.cache
def _read(path: Path) -> list[Query]:
    return read_queries(path)


@functools.cache
def _catalog(path: Path) -> tuple[Entity, ...]:
    return read_catalog(path).entities


def _queries(kind: str) -> list[Query]:
    return _read(DATA / "samples" / f"{kind}_queries.jsonl")


def _entities(kind: str) -> tuple[Entity, ...]:
    return _catalog(DATA / "samples" / f"{kind}.jsonl")


def _key(text: str) -> str:
    """Letters and digits, accents folded: a fast stand-in for `sounds the same`."""
    folded = unicodedata.normalize("NFKD", text).casefold().replace("&", " and ")
    return re.sub(r"[^\w]|_", "", "".join(c for c in folded if not unicodedata.combining(c)))


def _keys(texts: Iterable[str]) -> set[str]:
    return {_key(text) for text in texts}


@KINDS
def test_samples_are_large_enough(kind: str) -> None:
    """Each catalog and its queries parse and have what the README promises."""
    entities = _entities(kind)
    queries = _queries(kind)
    assert len(entities) >= SAMPLES[kind]
    assert len(queries) >= 200
    assert all(len({h.text for h in q.nbest}) == len(q.nbest) <= 8 for q in queries)
    assert sum(len(q.nbest) > 1 for q in queries) >= 0.95 * len(queries)


@KINDS
def test_sample_answers_are_entities_of_the_catalog(kind: str) -> None:
    """Every id exists; about a seventh of the queries has no right answer, and says so."""
    known = {entity.id for entity in _entities(kind)}
    queries = _queries(kind)
    assert all(set(query.entity_ids) <= known for query in queries)
    absent = [query for query in queries if not query.entity_ids]
    assert 0.12 <= len(absent) / len(queries) <= 0.18
    assert all((q.tags["said"] == "absent name") == (not q.entity_ids) for q in queries)


@KINDS
def test_all_entities_that_the_words_fit_are_right(kind: str) -> None:
    """Whoever has the spoken name, or the spoken part of a name, is listed; strangers have none."""
    fits: dict[tuple[str, str], set[str]] = {}
    for entity in _entities(kind):
        for part, text in {**entity.attributes, "name": entity.name}.items():
            if part in ("name", "first", "last"):
                fits.setdefault((part, spoken_forms(str(text))[0]), set()).add(entity.id)
    for query in _queries(kind):
        spoken = spoken_forms(query.reference or "")[0]
        said = str(query.tags["said"]).removeprefix("absent ")
        assert set(query.entity_ids) == fits.get((said, spoken), set()), query


@KINDS
def test_queries_are_recordings_of_the_prompts(kind: str) -> None:
    """The committed prompts are what was said in the committed queries."""
    prompts = read_prompts(DATA / "samples" / "prompts" / f"{kind}.jsonl")
    queries = _queries(kind)
    assert [(q.id, q.reference, q.entity_ids) for q in queries] == [
        (p.id, p.text, p.entity_ids) for p in prompts
    ]


def test_chip_and_potato_is_there() -> None:
    """The show that every demonstration begins with is an entity, and somebody asks for it."""
    entities = _entities("screen")
    assert [(e.name, e.type) for e in entities if e.id == "tv1"] == [("Chip and Potato", "tv")]
    assert any(query.entity_ids == ("tv1",) for query in _queries("screen"))


def test_contacts_are_asked_for_by_parts_of_names() -> None:
    """First names, last names and parts that fit several people occur."""
    queries = _queries("contacts")
    for said in ("name", "first", "last"):
        assert sum(query.tags["said"] == said for query in queries) >= 30
    assert sum(len(query.entity_ids) > 1 for query in queries) >= 5


def test_training_never_saw_the_samples() -> None:
    """No name of a sample catalog, and no text said in a sample query, is in the training data."""
    sampled = set()
    for kind in SAMPLES:
        entities = _entities(kind)
        sampled |= _keys(name for entity in entities for name in (entity.name, *entity.aliases))
        sampled |= _keys(query.reference or "" for query in _queries(kind))
    catalogs = {path.with_name(path.name.replace("_nbest", "")) for path in TRAINING}
    assert len(catalogs) >= 3
    trained = {_key(e.name) for path in catalogs for e in _catalog(path)}
    trained |= {_key(q.reference or "") for path in TRAINING for q in _read(path)}
    assert sampled & trained == set()


def test_training_never_heard_the_voices_of_the_samples() -> None:
    """The voices of the sample queries are others than those of the training queries."""
    heard = {q.tags["voice"] for path in TRAINING for q in _read(path)}
    tested = {q.tags["voice"] for kind in SAMPLES for q in _queries(kind)}
    assert len(heard) >= 4
    assert len(tested) >= 2
    assert heard & tested == set()


@pytest.mark.parametrize("name", ["films", "people", "composed", "places", "companies", "contacts"])
def test_held_out_entities_are_not_trained_on(name: str) -> None:
    """Training and held-out files share no entity and no name, and list only their own ids."""
    names = []
    for folder in (DATA / "training", DATA / "training" / "held_out"):
        entities = _catalog(folder / f"{name}.jsonl.gz")
        ids = {entity.id for entity in entities}
        names.append(_keys(entity.name for entity in entities) | ids)
        queries = _read(folder / f"{name}_nbest.jsonl.gz")
        assert all(query.entity_ids and set(query.entity_ids) <= ids for query in queries)
    assert names[0] & names[1] == set()


def test_shipped_data_is_small() -> None:
    """The samples stay under one megabyte, the training data under eight."""
    for folder, limit in (("samples", 1_000_000), ("training", 8_000_000)):
        files = [path for path in (DATA / folder).rglob("*") if path.suffix in (".jsonl", ".gz")]
        assert 0 < sum(path.stat().st_size for path in files if path.is_file()) < limit
