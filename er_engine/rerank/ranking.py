"""From the scores of candidates to their order and their probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.rerank.decide import log_shares, no_match_probability, probabilities
from er_engine.rerank.prior import as_likely, with_prior
from er_engine.rerank.settings import LONG, CalibrationSettings
from er_engine.search import FloatArray, RowArray

# Sums of equal similarities may differ in their last bits; that must not decide between names.
SCORE_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first.

    Attributes:
        order: int64 (n,), positions of the candidates as they were given.
        scores: float32 (n,), descending, with what the context adds.
        probabilities: float32 (n,), descending; with `nothing` they add up to 1.
        nothing: probability that nothing in the catalog is right.
        priors: float32 (n,), what the context added to each score.
    """

    order: NDArray[np.int64]
    scores: FloatArray
    probabilities: FloatArray
    nothing: float
    priors: FloatArray


def rank(
    scores: FloatArray,
    popularity: FloatArray,
    rows: RowArray,
    boosts: FloatArray,
    calibration: CalibrationSettings,
    closeness: FloatArray | None = None,
    sounds: float = LONG,
) -> Ranking:
    """Order candidates. Of equal scores the more popular comes first, then catalog order.

    Whether anything that was heard is in the catalog is judged without the context, which then
    changes the odds. So an entity of the context is likelier, and never sounds better.

    Args:
        scores: float32 (n,), from what was heard; at least one.
        popularity: float32 (n,).
        rows: int64 (n,), entity rows.
        boosts: float32 (n,), natural logarithms of factors on the odds.
        calibration: fitted numbers.
        closeness: float32 (n, len(FEATURES)), each candidate's best similarities.
        sounds: how many sounds were heard, at least 1.
    """
    order, ordered = _best_first(scores, popularity, rows)
    of_best = None if closeness is None else closeness[order[0]]
    nothing = no_match_probability(ordered, calibration, of_best)
    likely = probabilities(ordered, nothing, calibration, sounds)
    if not boosts.any():
        return Ranking(order, ordered, likely, nothing, boosts)
    likely, nothing = with_prior(likely, nothing, boosts[order])
    likely_of = np.empty_like(likely)
    likely_of[order] = likely
    shares = log_shares(ordered, calibration, sounds)
    raised = np.empty_like(scores)
    raised[order] = as_likely(ordered, shares, boosts[order], calibration.sharpness_for(sounds))
    priors = raised - scores
    again, lifted = _best_first(raised, popularity, rows)
    return Ranking(again, lifted, likely_of[again], nothing, priors[again])


def _best_first(
    scores: FloatArray, popularity: FloatArray, rows: RowArray
) -> tuple[NDArray[np.int64], FloatArray]:
    """The order, int64 (n,), and the scores in it; these never rise, not even in the last bit."""
    order = np.lexsort((rows, -popularity, -np.round(scores, SCORE_DECIMALS)))
    return order, np.minimum.accumulate(scores[order])
