"""Calibration: what is fitted is what made the data."""

from __future__ import annotations

import numpy as np
import pytest

from er_engine.rerank.comparison import Comparison, best_similarities, entity_scores
from er_engine.rerank.decide import log_shares, no_match_probability
from er_engine.rerank.settings import FEATURES, LONG, CalibrationSettings, RerankSettings
from er_engine.types import SurfaceForm
from training.calibrating import fit_calibration
from training.cases import Case

TEXT = RerankSettings({"text": 1.0})
CANDIDATES = 6


def case(scores: np.ndarray, right: int, sounds: int) -> Case:
    """Candidates with these scores; so many sounds were heard."""
    features = np.zeros((1, CANDIDATES, len(FEATURES)), dtype=np.float32)
    features[0, :, FEATURES.index("text")] = scores
    rows, zero = np.arange(CANDIDATES), np.zeros(1, dtype=np.int64)
    heard = [SurfaceForm("x", "x", ("b",) * sounds)]
    compared = Comparison(heard, zero, rows, rows, rows, features, zero)
    return Case(compared, rows == right)


def drawn(truth: CalibrationSettings, sounds: tuple[int, ...], count: int) -> list[Case]:
    """Queries whose right candidate is drawn by the truth."""
    random = np.random.default_rng(7)
    made = []
    for number in range(count):
        length = sounds[number % len(sounds)]
        scores = np.sort(random.uniform(0.2, 0.6, CANDIDATES))[::-1].astype(np.float32)
        likely = np.exp(log_shares(scores, truth, length))
        made.append(case(scores, int(random.choice(CANDIDATES, p=likely / likely.sum())), length))
    return made


@pytest.mark.parametrize("power", [0.0, 1.0])
def test_sharpness_and_its_growth_with_what_was_heard_are_found(power: float) -> None:
    """Within what so many queries can tell; longer utterances than LONG are like LONG ones."""
    truth = CalibrationSettings(sharpness=30.0, length_power=power)
    found = fit_calibration([drawn(truth, (4, 8, 16, 40), 800)], TEXT)
    assert found.length_power == pytest.approx(power, abs=0.15)
    assert found.sharpness == pytest.approx(30.0, rel=0.15)
    assert found.sharpness_for(40) == found.sharpness_for(LONG)


def test_crowding_is_found() -> None:
    """Where names further down are right less often than their scores say, and only there."""
    crowded, plain = (
        fit_calibration([drawn(CalibrationSettings(sharpness=10.0, crowding=c), (16,), 1500)], TEXT)
        for c in (0.8, 0.0)
    )
    assert crowded.crowding > 0.4
    assert plain.crowding < 0.1
    assert plain.sharpness == pytest.approx(10.0, rel=0.15)


def test_sets_count_the_same_however_many_queries_they_have() -> None:
    """Saying a set's queries twice changes nothing; which of two sets has more, neither."""
    sharp, blunt = (drawn(CalibrationSettings(sharpness=s), (16,), 60) for s in (60.0, 5.0))
    once = fit_calibration([sharp, blunt], TEXT)
    twice = fit_calibration([sharp * 2, blunt], TEXT)
    assert once.sharpness == pytest.approx(twice.sharpness, rel=1e-2)
    assert once.bias == pytest.approx(twice.bias, rel=0.05)


def test_nothing_is_meant_as_often_as_is_supposed() -> None:
    """Queries all alike: with their right name in the catalog and without, nine to one."""
    scores = np.full(CANDIDATES, 0.5)
    scores[0] = 0.9
    random = np.random.default_rng(3)
    cases = [case(scores + random.normal(0, 0.01, CANDIDATES), 5, 16) for _ in range(200)]
    found = fit_calibration([cases], TEXT)
    nothing = []
    for one in cases:
        scores = entity_scores(one.comparison, TEXT)
        closeness = best_similarities(one.comparison)[0]
        nothing.append(no_match_probability(np.sort(scores)[::-1], found, closeness))
    assert np.mean(nothing) == pytest.approx(found.no_match_share, abs=0.01)
