"""Feedback: stored, exported, and aggregated into proposals of aliases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from er_engine.errors import QueryError, UnknownEntityError
from er_engine.queries import read_queries
from er_engine.types import Hypothesis
from index.live.catalog import LiveCatalog
from index.live.feedback import AliasProposal, Chosen, Feedback
from tests.unit.index.live.catalogs import new_catalog, open_catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[LiveCatalog]:
    """A catalog, open for writing."""
    opened = open_catalog(new_catalog(tmp_path / "data"))
    yield opened
    opened.close()


def _heard(text: str, entity_id: str) -> Feedback:
    return Feedback((Hypothesis(text, -1.5), Hypothesis("other")), entity_id)


def test_feedback_is_kept_in_order(catalog: LiveCatalog) -> None:
    """Numbers grow, and pages begin after a number."""
    first = catalog.add_feedback(_heard("shipping potato", "tv1"))
    second = catalog.add_feedback(
        Feedback((Hypothesis("the show"),), "tv2", "rephrase", "b1", "tv")
    )
    assert [item.number for item in catalog.feedback()] == [first, second]
    (last,) = catalog.feedback(after=first)
    assert (last.kind, last.answered_id, last.type) == ("rephrase", "b1", "tv")


def test_feedback_is_training_data(catalog: LiveCatalog, tmp_path: Path) -> None:
    """Exported lines are a query file."""
    catalog.add_feedback(_heard("shipping potato", "tv1"))
    path = tmp_path / "queries.jsonl"
    path.write_text(
        "".join(json.dumps(item.as_query()) + "\n" for item in catalog.feedback()),
        encoding="utf-8",
    )
    (query,) = read_queries(path)
    assert query.entity_ids == ("tv1",)
    assert query.nbest[0] == Hypothesis("shipping potato", -1.5)


def test_what_is_meant_often_is_proposed(catalog: LiveCatalog) -> None:
    """Spoken the same counts together; the share says how often it meant this entity."""
    for text in ("Shipping Potato", "shipping potato!", "shipping potato"):
        catalog.add_feedback(_heard(text, "tv1"))
    catalog.add_feedback(_heard("shipping potato", "b1"))
    catalog.add_feedback(_heard("chip and potato", "tv1"))
    catalog.add_feedback(_heard("chip and potato", "tv1"))
    assert catalog.alias_proposals(2) == [AliasProposal("tv1", "shipping potato", 3, 0.75)]
    assert len(catalog.alias_proposals(1)) == 2


def test_likeliest_hypothesis_is_proposed(catalog: LiveCatalog) -> None:
    """Where each has a score, the best one counts wherever it stands, as for a query."""
    heard = (Hypothesis("wrong", -5.0), Hypothesis("right", -1.0))
    catalog.add_feedback(Feedback(heard, "tv1"))
    assert [item.text for item in catalog.alias_proposals(1)] == ["right"]


def test_proposals_of_much_feedback_take_no_square_of_it(catalog: LiveCatalog) -> None:
    """Each row of feedback is looked at a few times, however many different words there are."""
    rows = (
        ("tv1" if number % 2 else "b1", f"words {number // 2}", "{}") for number in range(4_000)
    )
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with catalog._database.writing() as writer:
        writer.executemany(
            "INSERT INTO feedback (entity_id, spoken, record) VALUES (?, ?, ?)", rows
        )
    with catalog._database.reading() as reader:
        reader.set_progress_handler(count, 10_000)
    found = catalog.alias_proposals(1)
    assert (len(found), found[0].share) == (4_000, 0.5)
    assert steps < 500


def test_an_accepted_alias_is_found_and_proposed_no_more(catalog: LiveCatalog) -> None:
    """It becomes a surface form of the entity."""
    catalog.add_feedback(_heard("shipping potato", "tv1"))
    version = catalog.accept_alias("tv1", "shipping potato")
    entity, found = catalog.get("tv1")
    assert (entity.aliases[-1], found) == ("shipping potato", version)
    assert catalog.alias_proposals(1) == []
    assert "shipping potato" in [
        form.spoken for form in catalog.view().forms(range(len(catalog.view().form_entities)))
    ]


def test_a_threshold_accepts_what_is_clear(catalog: LiveCatalog) -> None:
    """Not what is rare, and not what others mean something else by."""
    for text, entity_id, times in (("zip", "tv1", 3), ("zap", "tv2", 1), ("rip", "b1", 3)):
        for _ in range(times):
            catalog.add_feedback(_heard(text, entity_id))
    for _ in range(2):
        catalog.add_feedback(_heard("rip", "b2"))
    accepted = catalog.accept_aliases(min_count=3)
    assert [(item.entity_id, item.text) for item in accepted] == [("tv1", "zip")]
    assert catalog.get("tv1")[0].aliases[-1] == "zip"


def test_a_dismissed_alias_stays_away(catalog: LiveCatalog) -> None:
    """However often it is meant later."""
    for _ in range(3):
        catalog.add_feedback(_heard("zip", "tv1"))
        catalog.dismiss_alias("tv1", "zip")
    assert catalog.alias_proposals(1) == []


def test_feedback_on_nothing_is_refused(catalog: LiveCatalog) -> None:
    """An entity that isn't there, or nothing speakable."""
    with pytest.raises(UnknownEntityError):
        catalog.add_feedback(_heard("zip", "nobody"))
    with pytest.raises(QueryError, match="needs a letter"):
        catalog.add_feedback(_heard("♥", "tv1"))
    assert catalog.feedback() == []


def test_feedback_is_forgotten_by_age_and_by_number(catalog: LiveCatalog) -> None:
    """What is chosen is gone and counted, and proposals are made of the rest."""
    numbers = [
        catalog.add_feedback(_heard(text, "tv1"), now)
        for text, now in (("zip", 100.9), ("zip", 200), ("zap", 300))
    ]
    assert [item.stored for item in catalog.feedback()] == [100, 200, 300]
    assert catalog.count_feedback(Chosen(before=200)) == 1
    assert catalog.forget_feedback(Chosen(before=200)) == 1
    assert catalog.forget_feedback(Chosen(before=200)) == 0
    assert catalog.alias_proposals(2) == []
    assert catalog.forget_feedback(Chosen(number=numbers[2])) == 1
    assert [item.number for item in catalog.feedback()] == [numbers[1]]
    assert catalog.add_feedback(_heard("zip", "tv1")) > numbers[2]
    assert catalog.forget_feedback(Chosen()) == 2


def test_feedback_of_unknown_age_counts_as_oldest(catalog: LiveCatalog) -> None:
    """What was stored before times were kept is forgotten with any that is old."""
    record: dict[str, object] = {
        "nbest": [],
        "kind": "correction",
        "answered_id": None,
        "type": None,
    }
    with catalog._database.writing() as writer:
        writer.execute(
            "INSERT INTO feedback (entity_id, spoken, record) VALUES ('tv1', 'zip', ?)",
            (json.dumps(record),),
        )
    assert [item.stored for item in catalog.feedback()] == [0]
    assert catalog.forget_feedback(Chosen(before=1)) == 1


def test_forgotten_words_are_in_no_file(tmp_path: Path) -> None:
    """Neither the database nor its log holds what was said, also while it is open."""
    catalog = open_catalog(new_catalog(tmp_path / "data"))
    try:
        for number in range(400):
            word = "unmistakable" if number % 2 else "characteristic"
            catalog.add_feedback(_heard(f"{word} {number}", "tv1"), now=number % 2)
        catalog.dismiss_alias("tv1", "characteristic seven")
        assert _files_with(tmp_path, b"characteristic")
        assert catalog.forget_feedback(Chosen(before=1)) == 200
        assert _files_with(tmp_path, b"characteristic") == []
        assert [item.number for item in catalog.feedback(0, 999)] == list(range(2, 402, 2))
        assert catalog.forget_feedback(Chosen()) == 200
        assert _files_with(tmp_path, b"unmistakable") == []
    finally:
        catalog.close()


def _files_with(folder: Path, words: bytes) -> list[str]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in paths if words in path.read_bytes()]


def test_feedback_is_forgotten_while_somebody_reads(catalog: LiveCatalog) -> None:
    """A long reading transaction, as of a backup, keeps nobody from deleting."""
    catalog.add_feedback(_heard("zip", "tv1"))
    with catalog._database.still():
        assert catalog.forget_feedback(Chosen()) == 1
    assert catalog.add_feedback(_heard("zap", "tv1"))


def test_accepted_aliases_are_told_apart(catalog: LiveCatalog) -> None:
    """What was accepted is known as such, as long as it is an alias and feedback speaks for it."""
    for _ in range(2):
        catalog.add_feedback(_heard("zip", "tv1"))
        catalog.add_feedback(_heard("chip and potato", "tv1"))
    assert catalog.accepted_aliases(1) == []
    catalog.accept_aliases(2)
    assert catalog.accepted_aliases(2) == [AliasProposal("tv1", "zip", 2, 1.0)]
    assert catalog.accepted_aliases(3) == []
    catalog.upsert(replace(catalog.get("tv1")[0], aliases=()))
    assert catalog.accepted_aliases(2) == []
    assert catalog.alias_proposals(2) == []
