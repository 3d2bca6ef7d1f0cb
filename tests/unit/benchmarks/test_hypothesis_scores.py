"""The comparison of ways to weigh hypotheses, on a list whose order is wrong."""

from __future__ import annotations

from benchmarks.hypothesis_scores import ORDER, measure, scaled, ways
from er_engine.encoder.dummy import DummyEncoder
from er_engine.model import Model
from er_engine.types import Entity, Hypothesis, Query
from tests.unit.index.builds import SpellingG2P


def test_scores_can_right_a_wrong_order() -> None:
    """By its order the first hypothesis wins, by any scale of the scores the last, lowest first."""
    entities = [Entity("a", "nexstar"), Entity("b", "potato")]
    heard = (Hypothesis("nexstar", -30.0), Hypothesis("potato", -0.5))
    misses = measure(entities, [Query("q", heard, ("b",))], Model(DummyEncoder(), SpellingG2P()))
    wrong = {name for name, values in misses.items() if values == [1.0]}
    assert wrong == {ORDER, "lowest score best"}
    assert set(misses) == set(ways(0.1))


def test_scores_are_scaled_or_left_out() -> None:
    """Texts and order stay."""
    heard = [Hypothesis("a", -2.0), Hypothesis("b")]
    assert scaled(heard, 10.0) == [Hypothesis("a", -20.0), Hypothesis("b")]
    assert scaled(heard, None) == [Hypothesis("a"), Hypothesis("b")]
