"""The confusables are what README.md says they are."""

import gzip
import json
from collections import Counter

import pytest

from er_engine.queries import read_queries
from tests.confusables import make_catalog

KINDS = {
    "accent",
    "boundary",
    "brand",
    "drug",
    "foreign",
    "homophone",
    "initialism",
    "mondegreen",
    "number",
    "partial",
    "place",
}


@pytest.fixture(scope="module")
def catalog() -> list[make_catalog.Record]:
    """The whole catalog."""
    return make_catalog.catalog()


def test_every_kind_has_at_least_fifteen_cases():
    """Each kind is large enough for its error rate to say something."""
    kinds = Counter(query.tags["kind"] for query in read_queries(make_catalog.QUERIES))
    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 15


def test_the_catalog_is_large_and_holds_every_target(catalog):
    """At least 10,000 entities with distinct ids, and every right answer among them."""
    ids = {record["id"] for record in catalog}
    assert len(ids) == len(catalog) >= 10_000
    for query in read_queries(make_catalog.QUERIES):
        assert query.entity_ids
        assert set(query.entity_ids) <= ids


def test_no_other_entity_has_the_words_of_a_hypothesis_or_target(catalog):
    """What was heard is never the name of a wrong entity, nor has a target a namesake."""
    owners = Counter(make_catalog.key(record["name"]) for record in catalog)
    key_of = {record["id"]: make_catalog.key(record["name"]) for record in catalog}
    for query in read_queries(make_catalog.QUERIES):
        targets = {key_of[entity_id] for entity_id in query.entity_ids}
        assert all(owners[target] == 1 for target in targets), query.id
        heard = {make_catalog.key(hypothesis.text) for hypothesis in query.nbest}
        assert not [text for text in heard - targets if text in owners], query.id


def test_no_other_entity_contains_a_partial_mention(catalog):
    """What was said of a partial mention fits one entity only."""
    for query in read_queries(make_catalog.QUERIES):
        if query.reference is None:
            continue
        said = f" {make_catalog.key(query.reference)} "
        owners = {r["id"] for r in catalog if said in f" {make_catalog.key(r['name'])} "}
        assert owners <= set(query.entity_ids), query.id


def test_every_target_has_distractors():
    """Each target has two to four distractors made for it, all distinct."""
    lines = make_catalog.DISTRACTORS.read_text(encoding="utf-8").splitlines()[1:]
    counts = Counter(line.split("\t")[0] for line in lines)
    targets = make_catalog.TARGETS.read_text(encoding="utf-8").splitlines()
    assert set(counts) == {json.loads(line)["id"] for line in targets}
    assert set(counts.values()) <= {2, 3, 4}
    assert len(set(lines)) == len(lines)


def test_the_same_draw_gives_the_same_bytes(tmp_path, monkeypatch):
    """Drawing names twice from the same catalogs writes identical files."""
    source = tmp_path / "source.jsonl"
    with gzip.open(make_catalog.NAMES, "rt", encoding="utf-8") as file:
        source.write_text("".join(file), encoding="utf-8")
    written = []
    for name in ("first.gz", "second.gz"):
        monkeypatch.setattr(make_catalog, "NAMES", tmp_path / name)
        make_catalog.draw(source, source)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
