"""Whether the probability of an answer can be trusted: it should be right as often as it says.

The answer is the first candidate with all others of its score; its probability is theirs together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from er_engine.evaluation.intervals import SEED
from er_engine.rerank.decide import SAME_SCORE

BINS = 10
CHANCE_DRAWS = 200
Floats = NDArray[np.float64]


def tied(scores: Sequence[float]) -> int:
    """Return how many candidates the answer has: those with the score of the first."""
    return sum(score >= scores[0] - SAME_SCORE for score in scores)


def answered_right(candidates: Sequence[tuple[str, float]], right: Collection[str]) -> bool:
    """Whether a right entity is of the answer; `candidates` are (entity id, score), best first."""
    first = candidates[: tied([score for _, score in candidates])]
    return any(entity_id in right for entity_id, _ in first)


def reliability(said: Floats, happened: Floats, weights: Floats | None = None) -> dict[str, Any]:
    """Return bins of equal width and the expected calibration error.

    The error is the mean over queries of |share that was right - mean probability| of their bin.
    Source: Naeini, Cooper, Hauskrecht (2015), "Obtaining well calibrated probabilities using
    Bayesian binning".

    Args:
        said: float64 (n,), probabilities.
        happened: float64 (n,), 1 where the answer was right, else 0.
        weights: float64 (n,), how many queries each stands for; one unless given.
    """
    weights = np.ones(len(said)) if weights is None else weights
    places = np.minimum((said * BINS).astype(int), BINS - 1)
    bins: list[dict[str, Any]] = []
    error = 0.0
    for place in range(BINS):
        members = places == place
        shares = weights[members]
        count = float(shares.sum())
        found = {"from": place / BINS, "count": count, "said": None, "right": None}
        if count:
            mean_said, mean_right = shares @ said[members], shares @ happened[members]
            found |= {"said": float(mean_said) / count, "right": float(mean_right) / count}
            error += abs(float(mean_right - mean_said))
        bins.append(found)
    return {"bins": bins, "error": error / (float(weights.sum()) or 1.0), "queries": len(said)}


def error_by_chance(said: Floats) -> float:
    """Return the calibration error to expect of so many queries if every probability were true.

    In bins of few queries the share that is right differs from the mean probability by chance.
    """
    random = np.random.default_rng(SEED)
    drawn = random.random((CHANCE_DRAWS, len(said))) < said
    errors = [reliability(said, right.astype(np.float64))["error"] for right in drawn]
    return float(np.mean(errors))
