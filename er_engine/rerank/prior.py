"""What was known before anything was heard: entities that are likelier than others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from er_engine.search import FloatArray


def with_prior(likely: FloatArray, nothing: float, boosts: FloatArray) -> tuple[FloatArray, float]:
    """Apply Bayes' rule: multiply the odds of each candidate by exp(boost).

    Args:
        likely: float32 (n,), probability of each candidate from what was heard.
        nothing: probability that nothing is right; with `likely` it adds up to 1.
        boosts: float32 (n,), natural logarithms of factors on the odds; 0 changes nothing.

    Returns:
        The new probabilities float32 (n,), and that of nothing; they add up to 1.
    """
    # In float64, since a boost may be large and a probability tiny.
    weighted = likely.astype(np.float64) * np.exp(boosts.astype(np.float64))
    total = nothing + float(weighted.sum())
    if not total:
        return likely, nothing
    return np.asarray(weighted / total, dtype=np.float32), nothing / total


def as_likely(
    scores: FloatArray, shares: NDArray[np.float64], boosts: FloatArray, sharpness: float
) -> FloatArray:
    """Scores at which candidates without a prior would be as likely, float32 (n,).

    Args:
        scores: float32 (n,), descending, at least one.
        shares: float64 (n,), logarithm of how likely each is, descending.
        boosts: float32 (n,), natural logarithms of factors on the odds; 0 changes nothing.
        sharpness: logarithm of likelihood for a score of 1, beyond the first and the last one.
    """
    wanted = shares + boosts
    between = np.interp(wanted, shares[::-1], scores[::-1])
    beyond = wanted - np.clip(wanted, shares[-1], shares[0])
    raised = between + beyond / max(sharpness, 1.0)
    return np.where(boosts == 0, scores, raised).astype(np.float32)
