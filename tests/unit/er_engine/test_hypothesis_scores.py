"""Scores of the recogniser: which hypotheses are read, in which order, and what they count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.encoder.dummy import DummyEncoder
from er_engine.memory_index import index_in_memory
from er_engine.model import Model
from er_engine.options import ResolveOptions
from er_engine.rerank.fusion import FARTHEST, fuse_hypotheses
from er_engine.rerank.order import likeliest
from er_engine.rerank.settings import ModelSettings, RerankSettings
from er_engine.resolver import MAX_HYPOTHESES, Resolver
from er_engine.types import Entity, Hypothesis, Resolution
from tests.unit.index.builds import SpellingG2P

NAMES = ("Chip and Potato", "Schitt's Creek", "Dawson's Creek", "Nexstar", "The Potato Eaters")
ENTITIES = [Entity(name, name) for name in NAMES]
WEIGHED = ModelSettings(RerankSettings(score_decay=0.1))
MODEL = Model(DummyEncoder(), SpellingG2P(), settings=WEIGHED)
RESOLVER = Resolver(index_in_memory(ENTITIES, MODEL), MODEL)
HEARD = ("shipping potato", "chip and potatoes", "creek", "dawsons", "next star", "?!", "eaters")
SCORES = st.floats(-1e308, 1e308) | st.floats(-30, 0) | st.floats(0, 1)
SCORED = st.lists(
    st.builds(Hypothesis, st.sampled_from(HEARD), SCORES),
    min_size=1,
    max_size=14,
    unique_by=lambda hypothesis: hypothesis.score,
).filter(lambda found: any(h.text != "?!" for h in likely(found)))
MODERATE = st.floats(-1, 1, width=32)


def likely(found: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Return those that are read."""
    return sorted(found, key=lambda h: -(h.score or 0.0))[:MAX_HYPOTHESES]


def resolve(n_best: Sequence[Hypothesis], explain: bool = False) -> Resolution:
    """Resolve an n-best list in the small catalog."""
    return RESOLVER.resolve(n_best, 5, None, ResolveOptions(explain=explain))


@settings(max_examples=40, deadline=None)
@given(SCORED, st.randoms(use_true_random=False))
def test_the_order_of_a_list_with_scores_does_not_count(
    found: list[Hypothesis], random: object
) -> None:
    """Shuffled, it gets exactly the same answer, whatever the scale of the scores."""
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert resolve(shuffled) == resolve(found)


@pytest.mark.parametrize("score", [None, float("nan"), float("-inf")])
def test_one_hypothesis_without_a_score_leaves_the_order_of_the_list(score: float | None) -> None:
    """Ranks count then, as if no hypothesis had a score."""
    texts = ["creek", "dawsons", "next star"]
    found = [Hypothesis(text, -float(n)) for n, text in enumerate(reversed(texts))]
    assert resolve([*found, Hypothesis("eaters", score)]) == resolve(
        [Hypothesis(text) for text in (*reversed(texts), "eaters")]
    )


def test_equal_scores_keep_the_order_of_the_list() -> None:
    """A recogniser that scores everything the same is one that gives ranks alone."""
    texts = HEARD[:4]
    same = resolve([Hypothesis(text, 0.0) for text in texts])
    assert same == resolve([Hypothesis(text) for text in texts])


def test_the_best_by_score_are_read() -> None:
    """With scores the best of a long list count, wherever they stand; without, the first."""
    long = [Hypothesis("creek", -100.0 - n) for n in range(MAX_HYPOTHESES)]
    best = Hypothesis("nexstar", -1.0)
    assert resolve([*long, best]) == resolve([best, *long[:-1]]) != resolve(long)
    assert resolve(long) == resolve([*long, Hypothesis("nexstar", -200.0)])
    # One without a score: places count instead, and the last is not read.
    alone, longer = resolve(long), resolve([*long, Hypothesis("nexstar")])
    assert [c.entity.id for c in alone.candidates] == [c.entity.id for c in longer.candidates]
    assert [c.score for c in alone.candidates] == pytest.approx(
        [c.score for c in longer.candidates], abs=1e-6
    )


def test_an_explanation_names_the_place_in_the_list_as_given() -> None:
    """Also where the scores have another order."""
    answer = resolve([Hypothesis("creek", -9.0), Hypothesis("nexstar", -1.0)], explain=True)
    places = {c.entity.id: c.details.hypothesis for c in answer.candidates if c.details}
    assert places["Nexstar"] == 1
    assert places["Dawson's Creek"] == 0


def test_a_likelier_hypothesis_counts_more() -> None:
    """The entity that only the best one fits gains on the one that only the other fits."""
    near = [Hypothesis("nexstar", -1.0), Hypothesis("dawsons creek", -1.1)]
    far = [Hypothesis("nexstar", -1.0), Hypothesis("dawsons creek", -9.0)]

    def ahead(found: list[Hypothesis]) -> float:
        scores = {c.entity.id: c.score for c in resolve(found).candidates}
        return scores["Nexstar"] - scores["Dawson's Creek"]

    assert ahead(far) > ahead(near)


@given(
    st.lists(st.tuples(MODERATE, MODERATE), min_size=1, max_size=6),
    st.lists(SCORES, min_size=6, max_size=6),
)
def test_any_scale_of_scores_weighs_within_bounds(
    rows: list[tuple[float, float]], given_scores: list[float]
) -> None:
    """No hypothesis counts less than exp(-score_decay * FARTHEST) of what its rank gives it."""
    scores = np.array(rows, dtype=np.float32)
    asr = likeliest([Hypothesis("a", s) for s in given_scores[: len(rows)]], 6).scores
    chosen = RerankSettings(best_share=0.0, score_decay=0.1)
    ranks, sounds = np.arange(len(rows)), np.ones(len(rows), dtype=np.int64)
    fused = fuse_hypotheses(scores, ranks, sounds, chosen, asr)
    least = np.exp(-0.1 * FARTHEST)
    weights = 0.9**ranks
    low = weights @ (scores - scores.min(axis=0)) * least / weights.sum()
    high = weights @ (scores.max(axis=0) - scores) * least / weights.sum()
    assert (fused >= scores.min(axis=0) + low - 1e-4).all()
    assert (fused <= scores.max(axis=0) - high + 1e-4).all()


def test_fusion_weighs_by_hand() -> None:
    """Rank, score and length multiply; what is behind by more than FARTHEST is no farther."""
    scores = np.array([[1.0], [0.0], [0.0]], dtype=np.float32)
    asr = np.array([-1.0, -3.0, -400.0])
    chosen = RerankSettings(best_share=0.0, rank_decay=0.5, length_power=1.0, score_decay=0.2)
    fused = fuse_hypotheses(scores, np.arange(3), np.array([2, 1, 1]), chosen, asr)
    weights = [2.0, 0.5 * np.exp(-0.4), 0.25 * np.exp(-0.2 * FARTHEST)]
    np.testing.assert_allclose(fused, weights[0] / sum(weights), rtol=1e-6)
