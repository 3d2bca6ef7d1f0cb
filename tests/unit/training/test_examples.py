"""Examples: what was said and heard, and which names are never trained on."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.catalog import write_catalog
from er_engine.errors import TrainingError
from er_engine.queries import write_queries
from er_engine.types import Entity, Hypothesis, Query
from training.config import DataConfig
from training.examples import MAX_NAMES, Examples, Utterance, is_held_out, read_examples

SYLLABLES = ("bado", "fino", "karu", "lemi", "mota", "nupe", "ralo", "sibu", "tavo", "wiko")
CONFIG = DataConfig(nbest=("q.jsonl",), catalogs=("c.jsonl",), max_hypotheses=2)


def held_out_words(one_in: int, wanted: bool) -> list[str]:
    """Return made names that are, or are not, held out."""
    names = [f"{first}{last}" for first in SYLLABLES for last in SYLLABLES]
    return [name for name in names if is_held_out(name, one_in) is wanted]


def examples_of(folder: Path, queries: list[Query], entities: list[Entity]) -> Examples:
    """Write the files and read them back."""
    write_queries(folder / "q.jsonl", queries)
    write_catalog(folder / "c.jsonl", entities)
    return read_examples(CONFIG, folder)


def heard(*texts: str) -> tuple[Hypothesis, ...]:
    """Return an n-best list."""
    return tuple(Hypothesis(text) for text in texts)


def test_reference_hypotheses_and_names_are_read(tmp_path: Path) -> None:
    """Forms are normalised, distinct and at most as many as asked for; names come from ids."""
    one, other = held_out_words(10, False)[:2]
    queries = [
        Query("q1", heard(f"{one.upper()}!", one, "x", "y"), ("e1",), reference=one),
        Query("q2", heard("two"), ("e2",)),
        Query("q3", heard("three"), ()),
        Query("q4", heard("..."), ("e1",)),
    ]
    found = examples_of(tmp_path, queries, [Entity("e1", one), Entity("e2", other)])
    assert found.utterances == (
        Utterance(one, (one, "x"), (one,)),
        Utterance(other, ("two",), (other,)),
    )
    assert set(found.names) == {one, other}
    assert found.held_out == ()
    assert set(found.texts()) == {one, other, "x", "two"}


def test_at_most_some_names_of_a_shared_mention(tmp_path: Path) -> None:
    """A first name that fits many people keeps the first few of them."""
    kept = held_out_words(10, False)[:20]
    entities = [Entity(f"e{i}", name) for i, name in enumerate(kept)]
    query = Query("q", heard("name"), tuple(e.id for e in entities), reference=kept[19])
    found = examples_of(tmp_path, [query], entities)
    assert found.utterances[0].names == tuple(kept[:MAX_NAMES])


def test_held_out_forms_are_nowhere_in_training(tmp_path: Path) -> None:
    """Not as what was said, not as a name, and not as a name that a part of it was said of."""
    outside, inside = held_out_words(10, True)[:2], held_out_words(10, False)[:3]
    entities = [Entity(name, name) for name in (*outside, *inside)]
    queries = [
        Query("q1", heard("a"), (outside[0],), reference=outside[0]),
        Query("q2", heard("b"), (inside[0],), reference=inside[0]),
        Query("q3", heard("c"), (outside[1], inside[1]), reference=inside[2]),
        Query("q4", heard("d"), (outside[1],), reference=inside[2]),
    ]
    found = examples_of(tmp_path, queries, entities)
    trained = {name for u in found.utterances for name in (u.said, *u.names)}
    assert not (trained | set(found.names)) & set(outside)
    assert [u.names for u in found.utterances] == [(inside[0],), (inside[1],), (inside[2],)]
    assert [u.said for u in found.held_out] == [outside[0]]
    assert set(found.held_out_names) == set(outside)


def test_no_usable_utterance_is_an_error(tmp_path: Path) -> None:
    """The message says what a query needs."""
    with pytest.raises(TrainingError, match="need a 'reference'"):
        examples_of(tmp_path, [Query("q", heard("x"))], [Entity("e", "name")])


@settings(max_examples=50, deadline=None)
@given(st.text(), st.integers(2, 50))
def test_held_out_depends_on_the_form_alone(text: str, one_in: int) -> None:
    """Asked twice, the answer is the same; what is held out one in 2n is held out one in n."""
    assert is_held_out(text, one_in) == is_held_out(text, one_in)
    assert not is_held_out(text, 2 * one_in) or is_held_out(text, one_in)


def test_about_the_asked_share_is_held_out() -> None:
    """One in ten of many forms, give or take."""
    share = sum(is_held_out(f"name {number}", 10) for number in range(5_000)) / 5_000
    assert 0.08 < share < 0.12
