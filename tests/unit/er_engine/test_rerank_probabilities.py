"""From scores to probabilities, decisions and an order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.rerank.decide import decide, lead, log_shares, no_match_probability, probabilities
from er_engine.rerank.ranking import rank
from er_engine.rerank.settings import (
    LONG,
    CalibrationSettings,
)
from tests.unit.er_engine.drawn import calibrations

descending = st.lists(st.floats(-1, 1.5, width=32), min_size=1, max_size=8).map(
    lambda values: np.array(sorted(values, reverse=True), dtype=np.float32)
)


@settings(max_examples=80, deadline=None)
@given(descending, calibrations, st.floats(1, 100))
def test_probabilities_add_up_to_one(
    scores: np.ndarray, fitted: CalibrationSettings, sounds: float
) -> None:
    """With that of no match; each in 0 to 1 and in the order of the scores."""
    nothing = no_match_probability(scores, fitted)
    found = probabilities(scores, nothing, fitted, sounds)
    assert 0 <= nothing <= 1
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()
    assert float(found.sum()) + nothing == pytest.approx(1.0, abs=1e-5)
    assert (np.diff(found) <= 0).all()


def test_no_match_probability_is_the_logistic_of_score_and_margin() -> None:
    """By the formula; a candidate alone leads by its whole score; none at all is no match."""
    fitted = CalibrationSettings(bias=1.0, score=-2.0, margin=-4.0)
    two = np.array([0.9, 0.4], dtype=np.float32)
    assert no_match_probability(two, fitted) == pytest.approx(1 / (1 + np.exp(-(1 - 1.8 - 2.0))))
    assert no_match_probability(two[:1], fitted) == pytest.approx(
        1 / (1 + np.exp(-(1 - 1.8 - 3.6)))
    )
    assert no_match_probability(two[:0], fitted) == 1.0
    assert probabilities(two[:0], 1.0, fitted).shape == (0,)


def test_the_same_lead_is_surer_the_more_was_heard() -> None:
    """Up to a length from which on it is the plain softmax; without the power length is nothing."""
    fitted = CalibrationSettings(sharpness=20.0, length_power=0.8)
    scores = np.array([0.9, 0.8], dtype=np.float32)
    first = [float(probabilities(scores, 0.0, fitted, n)[0]) for n in (3, 8, LONG, 3 * LONG)]
    assert 0.5 < first[0] < first[1] < first[2] == first[3]
    assert first[2] == pytest.approx(1 / (1 + np.exp(-20.0 * 0.1)))
    assert first[1] == pytest.approx(1 / (1 + np.exp(-20.0 * 0.1 * (8 / LONG) ** 0.8)))
    plain = replace(fitted, length_power=0.0)
    assert float(probabilities(scores, 0.0, plain, 3)[0]) == pytest.approx(first[2])


def test_the_more_names_are_about_as_near_the_less_each_counts() -> None:
    """By the place of its score to that power; those of one score have one place."""
    fitted = CalibrationSettings(sharpness=20.0, crowding=0.5)
    scores = np.array([0.9, 0.8, 0.8, 0.7], dtype=np.float32)
    shares = log_shares(scores, fitted)
    expected = [0, -2 - 0.5 * np.log(2), -2 - 0.5 * np.log(2), -4 - 0.5 * np.log(3)]
    assert shares.tolist() == pytest.approx(expected, abs=1e-5)
    found = probabilities(scores, 0.0, fitted)
    assert found[0] / found[3] == pytest.approx(np.exp(4) * 3**0.5, rel=1e-4)


@settings(max_examples=80, deadline=None)
@given(descending, calibrations, st.lists(st.floats(-5, 5, width=32), min_size=8, max_size=8))
def test_a_prior_multiplies_the_odds_and_orders_by_them(
    scores: np.ndarray, fitted: CalibrationSettings, factors: list[float]
) -> None:
    """Whatever the calibration, likelier candidates come first; without a prior scores stay."""
    boosts = np.array(factors[: len(scores)], dtype=np.float32)
    zero = np.zeros(len(scores), dtype=np.float32)
    rows = np.arange(len(scores))
    before = rank(scores, zero, rows, zero, fitted)
    after = rank(scores, zero, rows, boosts, fitted)
    odds = before.probabilities * np.exp(boosts.astype(np.float64))
    expected = odds / (odds.sum() + before.nothing)
    assert after.probabilities.tolist() == pytest.approx(expected[after.order].tolist(), abs=1e-5)
    assert (np.diff(after.probabilities) <= 1e-5).all()
    assert (np.diff(after.scores) <= 0).all()
    unmoved = boosts[after.order] == 0
    assert (after.priors[unmoved] == 0).all()


@given(descending, calibrations, st.floats(0.01, 0.99))
def test_another_share_of_no_match_multiplies_the_odds(
    scores: np.ndarray, fitted: CalibrationSettings, share: float
) -> None:
    """By the ratio of the odds of the shares, whatever the evidence; and back again."""
    moved = fitted.with_share(share)
    before, after = (no_match_probability(scores, s) for s in (fitted, moved))
    if 1e-6 < before < 1 - 1e-6 and 1e-6 < after < 1 - 1e-6:
        was = fitted.no_match_share
        ratio = share / (1 - share) / (was / (1 - was))
        assert after / (1 - after) == pytest.approx(before / (1 - before) * ratio, rel=1e-4)
    assert moved.no_match_share == share
    assert moved.with_share(fitted.no_match_share).bias == pytest.approx(fitted.bias, abs=1e-9)


def test_entities_of_one_name_do_not_make_it_less_likely() -> None:
    """The lead is over the next name, not over the next entity of the same one."""
    fitted = CalibrationSettings(bias=1.0, score=-2.0, margin=-4.0)
    one, twins = ([0.9, 0.4], [0.9, 0.9, 0.89999, 0.4])
    alone, several = (
        no_match_probability(np.array(s, dtype=np.float32), fitted) for s in (one, twins)
    )
    assert several == pytest.approx(alone)
    assert lead(np.array([0.7, 0.7], dtype=np.float32)) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("found", "nothing", "decision"),
    [
        ([0.9, 0.05], 0.05, "match"),
        ([0.5, 0.5], 0.0, "match"),
        ([0.45, 0.45], 0.1, "ambiguous"),
        ([0.3, 0.1], 0.6, "no_match"),
        ([], 0.0, "no_match"),
    ],
)
def test_decision_follows_the_thresholds(found: list[float], nothing: float, decision: str) -> None:
    """No match above one threshold, a match from the other on, else ambiguous."""
    assert decide(np.array(found, dtype=np.float32), nothing, CalibrationSettings()) == decision


def test_a_ranking_is_less_sure_of_its_order_where_little_was_heard() -> None:
    """That nothing fits does not depend on it; a prior moves scores by what it is then worth."""
    fitted = CalibrationSettings(sharpness=20.0, length_power=1.0)
    scores = np.array([0.7, 0.6], dtype=np.float32)
    none = np.zeros(2, dtype=np.float32)
    short, long = (
        rank(scores, none, np.arange(2), none, fitted, sounds=sounds) for sounds in (4.0, LONG)
    )
    assert short.nothing == long.nothing
    assert short.probabilities[0] < long.probabilities[0]
    boosts = np.array([0.0, 1.0], dtype=np.float32)
    moved = rank(scores, none, np.arange(2), boosts, fitted, sounds=4.0)
    assert moved.order.tolist() == [1, 0]
    assert moved.priors.tolist() == pytest.approx([1 / fitted.sharpness_for(4.0), 0.0])


def test_popularity_decides_what_differs_in_the_last_bit_only() -> None:
    """Rounding of a sum is no reason to prefer an entity; a real difference is."""
    scores = np.array([0.7, 0.6999999, 0.6], dtype=np.float32)
    popularity = np.array([1.0, 2.0, 3.0], dtype=np.float32)
    none = np.zeros(3, dtype=np.float32)
    ranking = rank(scores, popularity, np.arange(3), none, CalibrationSettings())
    assert ranking.order.tolist() == [1, 0, 2]
    assert ranking.scores[0] == ranking.scores[1] > ranking.scores[2]
