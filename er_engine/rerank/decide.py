"""From scores to probabilities, and from these to `match`, `ambiguous` or `no_match`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from er_engine.rerank.settings import FEATURES, LONG, CalibrationSettings
from er_engine.search import FloatArray
from er_engine.types import Decision

# Scores as near as this are those of one name that several entities have.
SAME_SCORE = 1e-4


def lead(scores: FloatArray) -> float:
    """How far the best score is above the next one of another name; alone it leads by all of it.

    Entities of the same name tie: that says nothing about whether the name is right.

    Args:
        scores: float32 (n,), descending, at least one.
    """
    others = scores[scores < scores[0] - SAME_SCORE]
    return float(scores[0] - others[0]) if len(others) else float(scores[0])


def no_match_probability(
    scores: FloatArray, settings: CalibrationSettings, closeness: FloatArray | None = None
) -> float:
    """Probability that nothing in the catalog is right.

    Args:
        scores: float32 (n,), descending; may be empty.
        settings: fitted numbers.
        closeness: float32 (len(FEATURES),), the best candidate's similarities; none counts nothing.
    """
    if not len(scores):
        return 1.0
    evidence = settings.bias + settings.score * float(scores[0]) + settings.margin * lead(scores)
    if closeness is not None:
        by_name = zip(FEATURES, closeness.tolist(), strict=True)
        evidence += sum(settings.similarities.get(name, 0.0) * value for name, value in by_name)
    return float(1 / (1 + np.exp(-np.clip(evidence, -30, 30))))


def probabilities(
    scores: FloatArray, nothing: float, settings: CalibrationSettings, sounds: float = LONG
) -> FloatArray:
    """Probability of each candidate being right, float32 (n,); with `nothing` they add up to 1.

    Args:
        scores: float32 (n,), descending; may be empty.
        nothing: probability that nothing is right.
        settings: fitted numbers.
        sounds: how many sounds were heard, at least 1.
    """
    if not len(scores):
        return np.zeros(0, dtype=np.float32)
    shares = np.exp(log_shares(scores, settings, sounds))
    return np.asarray((1 - nothing) * shares / shares.sum(), dtype=np.float32)


def log_shares(
    scores: FloatArray, settings: CalibrationSettings, sounds: float = LONG
) -> NDArray[np.float64]:
    """Logarithm of how likely each candidate is beside the first, float64 (n,), descending.

    Args:
        scores: float32 (n,), descending, at least one.
        settings: fitted numbers.
        sounds: how many sounds were heard, at least 1.
    """
    behind = (scores - scores[0]).astype(np.float64)
    place = 1 + np.cumsum(np.diff(scores, prepend=scores[0]) < -SAME_SCORE)
    likely = settings.sharpness_for(sounds) * behind - settings.crowding * np.log(place)
    return np.asarray(likely, dtype=np.float64)


def decide(found: FloatArray, nothing: float, settings: CalibrationSettings) -> Decision:
    """Decide from the candidates' probabilities, float32 (n,), descending."""
    if not len(found) or nothing > settings.no_match_probability:
        return "no_match"
    return "match" if found[0] >= settings.match_probability else "ambiguous"
