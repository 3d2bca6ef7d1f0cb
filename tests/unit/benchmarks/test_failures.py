"""The failures that are printed to be read."""

from __future__ import annotations

from benchmarks.failures import failures, in_words
from er_engine.memory_index import index_in_memory
from er_engine.model import DUMMY, load_model
from er_engine.resolver import Resolver
from er_engine.types import Entity, Hypothesis, Query


def test_failures_show_both_sides() -> None:
    """What goes right is not shown; what goes wrong is, with right and answered entity."""
    model = load_model(DUMMY)
    entities = [Entity("a", "Maria Lopez"), Entity("b", "Chip and Potato")]
    resolver = Resolver(index_in_memory(entities, model), model)
    heard = (Hypothesis("chip and potato"),)
    asked = [Query("good", heard, ("b",)), Query("bad", heard, ("a",), reference="Maria Lopez")]
    (found,) = failures(resolver, asked)
    assert (found.query, found.right.id, found.right.rank) == ("bad", "a", 2)
    assert found.answered is not None
    assert found.answered.id == "b"
    text = in_words(found)
    assert "'Maria Lopez'" in text
    assert "rank 2" in text
    assert f"/{found.answered.heard_phonemes}/" in text


def test_an_entity_that_was_not_retrieved_says_so() -> None:
    """Without a rank, with the phonemes of its name."""
    model = load_model(DUMMY)
    resolver = Resolver(index_in_memory([Entity("a", "Maria Lopez", type="x")], model), model)
    (found,) = failures(resolver, [Query("q", (Hypothesis("nexstar"),), ("a",), type="y")])
    assert found.right.rank is None
    assert found.answered is None
    assert "not retrieved" in in_words(found)
    assert "got    nothing" in in_words(found)
