"""Fits the calibration: when to say that nothing in the catalog is right, and how sure to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from er_engine.rerank.comparison import best_similarities, entity_scores, mean_sounds
from er_engine.rerank.decide import lead, log_shares
from er_engine.rerank.settings import FEATURES, CalibrationSettings, RerankSettings
from er_engine.search import FloatArray
from training.cases import Case

# Similarities that tell a match from a gap on every domain; of the others the score tells enough.
TELLING = ("vector", "text", "alignment", "part_alignment", "heard_part")
SHRINKAGE = 1e-3
# How often nothing in the catalog is meant, unless a query says otherwise. Where that is another
# share the order of queries stays; probabilities are off by the ratio of the odds.
NOTHING_SHARE = 0.1


class Ranked(NamedTuple):
    """Scores, descending, which are right, how many sounds were heard, what the query counts."""

    scores: FloatArray
    right: NDArray[np.bool_]
    sounds: float
    share: float


class Judged(NamedTuple):
    """Evidence about whether nothing is right, whether so it is, and what the query counts."""

    evidence: tuple[float, ...]
    nothing: bool
    share: float


def fit_calibration(
    cases: Sequence[Sequence[Case]], settings: RerankSettings
) -> CalibrationSettings:
    """Fit on groups of queries that count the same, however many there are in each.

    Each query counts twice: as it is, and, NOTHING_SHARE of it, as if its right entities were not
    in the catalog.
    """
    judged = [
        one for group in cases for case in group for one in _judged(case, settings, len(group))
    ]
    able = [[case for case in group if case.right.any()] for group in cases]
    ranked = [_ranked(case, settings, len(group)) for group in able for case in group]
    bias, score, margin, *telling = _logistic(
        np.array([one.evidence for one in judged]),
        np.array([one.nothing for one in judged]),
        np.array([one.share for one in judged]),
    )
    sharing = _fit_sharing(ranked)
    return replace(
        CalibrationSettings(),
        bias=round(bias, 4),
        score=round(score, 4),
        margin=round(margin, 4),
        similarities={n: round(v, 4) for n, v in zip(TELLING, telling, strict=True)},
        sharpness=round(sharing.sharpness, 4),
        length_power=round(sharing.length_power, 4),
        crowding=round(sharing.crowding, 4),
        no_match_share=NOTHING_SHARE,
    )


def _judged(case: Case, settings: RerankSettings, queries: int) -> Iterator[Judged]:
    """A query as it is, and as if its right entities were not there; one of so many queries."""
    scores = entity_scores(case.comparison, settings)
    closeness = best_similarities(case.comparison)
    for keep, removed in ((np.ones_like(case.right), False), (~case.right, True)):
        if keep.any():
            share = NOTHING_SHARE if removed else 1 - NOTHING_SHARE
            nothing = removed or not case.right.any()
            yield Judged(_evidence(scores[keep], closeness[keep]), nothing, share / queries)


def _ranked(case: Case, settings: RerankSettings, queries: int) -> Ranked:
    scores = entity_scores(case.comparison, settings)
    order = np.argsort(-scores, kind="stable")
    return Ranked(scores[order], case.right[order], mean_sounds(case.comparison), 1.0 / queries)


def _evidence(scores: FloatArray, closeness: FloatArray) -> tuple[float, ...]:
    """What `er_engine.rerank.decide.no_match_probability` weighs, without the bias."""
    ordered = np.sort(scores)[::-1]
    best = closeness[int(scores.argmax())]
    telling = (float(best[FEATURES.index(name)]) for name in TELLING)
    return float(ordered[0]), lead(ordered), *telling


def _logistic(
    evidence: NDArray[np.float64], nothing: NDArray[np.bool_], shares: NDArray[np.float64]
) -> list[float]:
    """Return the bias and a weight for each column of `evidence`."""
    signs = np.where(nothing, 1.0, -1.0)
    middle, spread = evidence.mean(axis=0), evidence.std(axis=0) + 1e-9
    inputs = np.column_stack([np.ones(len(evidence)), (evidence - middle) / spread])

    def loss(values: NDArray[np.float64]) -> float:
        losses = np.logaddexp(0.0, -signs * (inputs @ values))
        return float((shares * losses).sum() / shares.sum() + SHRINKAGE * values[1:] @ values[1:])

    found = minimize(loss, np.zeros(inputs.shape[1]), method="L-BFGS-B").x
    weights = found[1:] / spread
    return [float(found[0] - weights @ middle), *map(float, weights)]


def _fit_sharing(ranked: Sequence[Ranked]) -> CalibrationSettings:
    """Return settings that have `sharpness`, `length_power` and `crowding` as fitted.

    Each query makes its right candidates likely among those that it has.
    """

    def loss(values: NDArray[np.float64]) -> float:
        settings = _sharing(values)
        total = 0.0
        for scores, right, sounds, share in ranked:
            logits = log_shares(scores, settings, sounds)
            total -= share * (np.logaddexp.reduce(logits[right]) - np.logaddexp.reduce(logits))
        powers = settings.length_power**2 + settings.crowding**2
        return total / sum(one.share for one in ranked) + SHRINKAGE * powers

    bounds = [(1, 500), (0, 2), (0, 2)]
    return _sharing(minimize(loss, np.array([20.0, 0.5, 0.5]), method="L-BFGS-B", bounds=bounds).x)


def _sharing(values: NDArray[np.float64]) -> CalibrationSettings:
    sharpness, length_power, crowding = map(float, values)
    return CalibrationSettings(sharpness=sharpness, length_power=length_power, crowding=crowding)
