"""Wrong spans: words too many or too few, the same for a seed, with the right ids."""

from __future__ import annotations

from dataclasses import replace

from er_engine.text import normalise
from er_engine.types import Entity, Hypothesis, Query
from training.spans import with_span_errors

ENTITIES = [
    Entity("e1", "Harry Potter"),
    Entity("e2", "Sally Potter"),
    Entity("e3", "Potterton"),
    Entity("e4", "Harry Houdini"),
    Entity("e5", "Cher"),
]
QUERIES = [
    Query(
        f"q{number}",
        (Hypothesis("hairy potter", -1.0), Hypothesis("harry otter", -2.0)),
        ("e1",),
        reference="Harry Potter",
    )
    for number in range(60)
]


def words(query: Query) -> list[str]:
    """Return the words of all hypotheses."""
    return [word for hypothesis in query.nbest for word in hypothesis.text.split()]


def test_same_seed_gives_the_same_spans() -> None:
    """Another seed gives others."""
    first = with_span_errors(QUERIES, ENTITIES, 1)
    assert first == with_span_errors(QUERIES, ENTITIES, 1)
    assert first != with_span_errors(QUERIES, ENTITIES, 2)


def test_about_two_in_three_are_changed() -> None:
    """Ids of queries, types and scores of hypotheses stay."""
    changed = with_span_errors(QUERIES, ENTITIES, 1)
    assert [query.id for query in changed] == [query.id for query in QUERIES]
    assert 0.4 < sum(a != b for a, b in zip(changed, QUERIES, strict=True)) / len(QUERIES) < 0.9
    assert all([h.score for h in query.nbest] == [-1.0, -2.0] for query in changed)


def test_a_part_is_right_for_every_entity_that_it_fits() -> None:
    """As whole words of the name; the entity that was meant is always among them."""
    for query in with_span_errors(QUERIES, ENTITIES, 3):
        part = f" {normalise(query.reference or '')} "
        fitting = {e.id for e in ENTITIES if part in f" {normalise(e.name)} "}
        assert set(query.entity_ids) == fitting
    parts = {query.reference for query in with_span_errors(QUERIES, ENTITIES, 3)}
    assert parts == {"Harry Potter", "harry", "potter"}


def test_the_entity_that_was_meant_stays_right_when_an_alias_was_said() -> None:
    """A part of an alias need not be in the name."""
    said = [
        Query(f"q{i}", (Hypothesis("the boy who lived"),), ("e1",), reference="boy who lived")
        for i in range(30)
    ]
    assert all("e1" in query.entity_ids for query in with_span_errors(said, ENTITIES, 5))


def test_extra_words_keep_what_was_heard() -> None:
    """Words stand before or after; the right entity is still the one that was meant."""
    extended = [
        query
        for query in with_span_errors(QUERIES, ENTITIES, 4)
        if len(words(query)) > len(words(QUERIES[0]))
    ]
    assert extended
    for query in extended:
        assert query.entity_ids == ("e1",)
        assert "hairy potter" in query.nbest[0].text
        assert "harry otter" in query.nbest[1].text


def test_one_word_is_not_cut() -> None:
    """A name of one word has no part; nothing is ever left without words."""
    queries = [Query(f"q{i}", (Hypothesis("share"),), ("e5",), reference="Cher") for i in range(40)]
    changed = with_span_errors(queries, ENTITIES, 6)
    assert all("share" in words(query) and query.entity_ids == ("e5",) for query in changed)


def test_blank_hypotheses_get_no_words() -> None:
    """Nothing was heard in them, so no wrong span is made of them."""
    blank = Hypothesis(" ")
    queries = [replace(query, nbest=(blank, *query.nbest, Hypothesis(""))) for query in QUERIES]
    assert with_span_errors(queries, ENTITIES, 1) == with_span_errors(QUERIES, ENTITIES, 1)
