"""The sets that are measured: a catalog, its queries, and what was kept from training."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.accuracy.full_names import as_contacts
from er_engine.catalog import read_catalog
from er_engine.queries import read_queries
from er_engine.types import Entity, Query

SEED = 20260101
Change = Callable[[Sequence[Entity], Sequence[Query]], tuple[list[Entity], list[Query]]]


@dataclass(frozen=True, slots=True)
class SetSpec:
    """One set.

    Attributes:
        name: short, for file names.
        title: for people.
        catalog: catalog file.
        queries: query file.
        split: what training did and didn't see of it.
        ranked: whether the order of hypotheses is that of one recogniser; where it isn't, every
            hypothesis is a query of its own instead of the first one.
        keep: which queries may be used.
        most: how many queries at most, whatever the limit.
        templates: surface forms beside names and aliases, for the engine and every baseline.
        change: makes the entities and queries that are measured of those in the files.
    """

    name: str
    title: str
    catalog: Path
    queries: Path
    split: str
    ranked: bool = True
    keep: Callable[[Query], bool] = lambda query: True
    most: int = 1_000_000
    templates: tuple[str, ...] = ()
    change: Change = lambda entities, queries: (list(entities), list(queries))


@dataclass(frozen=True, slots=True)
class LoadedSet:
    """A set in memory; `total` is how many queries there are, `queries` the ones that are asked."""

    spec: SetSpec
    entities: Sequence[Entity]
    queries: list[Query]
    total: int


SAMPLES = "entities and voices unseen in training"
DEV = "entities and voices unseen in training; compared during development"
HELD_OUT = "entities unseen, voices of training"
# Catalogs of many long forms are slow.
MOST_WITH_FORMS = 100
# What users of such catalogs would write with `er-engine index build --surface-form`.
FORMS = {
    "dev_places": ("{name} {address}", "{address}", "{name} in {city}", "{name} on {street}"),
    "dev_facts": ("{name} {author}", "{name} {director}", "{series} {number}"),
}


def shipped_sets(data: Path) -> list[SetSpec]:
    """Return the sets of the project's own data folder that have been recorded."""
    samples, dev, held_out = data / "samples", data / "dev", data / "training" / "held_out"
    specs = [
        _spec("screen", "films and series (samples)", samples, SAMPLES, ""),
        _spec("books", "books (samples)", samples, SAMPLES, ""),
        _spec("contacts", "contacts (samples)", samples, SAMPLES, ""),
        _spec("dev_contacts", "contacts among 200", dev, DEV),
        _spec("dev_contacts_20k", "the same contacts among 20,000", dev, DEV),
        _spec("dev_places", "places by name, part, address", dev, DEV),
        _spec("dev_facts", "films and books by facts", dev, DEV),
        SetSpec(
            "films",
            "film titles",
            held_out / "films.jsonl.gz",
            held_out / "films_nbest.jsonl.gz",
            HELD_OUT,
        ),
        SetSpec(
            "people",
            "names of film actors",
            held_out / "people.jsonl.gz",
            held_out / "people_nbest.jsonl.gz",
            HELD_OUT,
        ),
    ]
    with_forms = [_with_forms(spec) for spec in specs if spec.name in FORMS]
    every = [*specs, *with_forms]
    return [spec for spec in every if spec.catalog.exists() and spec.queries.exists()]


def _with_forms(spec: SetSpec) -> SetSpec:
    return replace(
        spec,
        name=f"{spec.name}_forms",
        title=f"{spec.title}, with surface forms",
        most=MOST_WITH_FORMS,
        templates=FORMS[spec.name],
    )


def _spec(name: str, title: str, folder: Path, split: str, ending: str = ".gz") -> SetSpec:
    stem = name.removeprefix("dev_")
    return SetSpec(
        name,
        title,
        folder / f"{stem}.jsonl{ending}",
        folder / f"{stem}_queries.jsonl{ending}",
        split,
    )


def calls_set(folder: Path) -> SetSpec:
    """Return real earnings calls, without the entities that training may have heard."""
    return SetSpec(
        "calls",
        "mentions in earnings calls, real recognisers",
        folder / "catalog.jsonl",
        folder / "queries.jsonl",
        "the half of the entities that nothing was trained on",
        ranked=False,
        keep=outside_training_half,
    )


def call_contacts_set(folder: Path) -> SetSpec:
    """Return the people of the calls as contacts, by full names and by parts of them."""
    return replace(
        calls_set(folder),
        name="call_contacts",
        title="people of the calls as contacts, real recognisers",
        change=as_contacts,
    )


def assistant_set(folder: Path) -> SetSpec:
    """Return real requests to a voice assistant; nothing of them was trained on."""
    return SetSpec(
        "assistant",
        "slots of a voice assistant, real recognisers",
        folder / "catalog.jsonl",
        folder / "queries.jsonl",
        "never trained on",
        ranked=False,
    )


def outside_training_half(query: Query) -> bool:
    """Whether none of the right entities is of the half that may be trained on."""
    from training.confusion.halves import in_training_half

    return not any(in_training_half(entity_id) for entity_id in query.entity_ids)


def load(spec: SetSpec, limit: int, seed: int = SEED) -> LoadedSet:
    """Read a set; of more than `limit` queries a seeded sample is asked, in file order."""
    kept = [query for query in read_queries(spec.queries) if spec.keep(query) and speakable(query)]
    entities, kept = spec.change(read_catalog(spec.catalog).entities, kept)
    return LoadedSet(spec, entities, sample(kept, min(limit, spec.most), seed), len(kept))


def sample(queries: Sequence[Query], limit: int, seed: int = SEED) -> list[Query]:
    """Return up to `limit` queries, drawn with a seed, in their order."""
    if len(queries) <= limit:
        return list(queries)
    rows = sorted(random.Random(seed).sample(range(len(queries)), limit))
    return [queries[row] for row in rows]


def speakable(query: Query) -> bool:
    """Whether every hypothesis has a letter or a digit and something is right."""
    texts = [hypothesis.text for hypothesis in query.nbest]
    said = all(any(letter.isalnum() for letter in text) for text in texts)
    return said and bool(query.entity_ids)
