"""From similarities of hypotheses and surface forms to one score for each entity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from er_engine.rerank.settings import FEATURES, RerankSettings
from er_engine.search import FloatArray

# How far behind the best one a hypothesis' log-probability counts. Recognisers differ in scale:
# some give shares of the list, others likelihoods hundreds apart.
FARTHEST = 10.0
_PERCENT = 100.0


def weight_vector(settings: RerankSettings) -> FloatArray:
    """float32 (len(FEATURES),): the weights in the order of the features."""
    return np.array([settings.weights.get(name, 0.0) for name in FEATURES], dtype=np.float32)


def pair_scores(features: FloatArray, settings: RerankSettings) -> FloatArray:
    """Score pairs of what was heard and a form: float32 (...), from (..., len(FEATURES))."""
    exact = features[..., FEATURES.index("name_part")] * np.float32(settings.name_floor)
    return np.asarray(np.maximum(features @ weight_vector(settings), exact))


def best_per_group(
    scores: FloatArray, groups: NDArray[np.int64], n_groups: int, axis: int
) -> FloatArray:
    """Maximum over the rows (or columns) that belong together.

    Args:
        scores: float32 (n, m).
        groups: int64 along `axis`, ascending, each of 0 .. n_groups - 1 at least once.
        n_groups: how many there are.
        axis: 0 groups rows, 1 groups columns.

    Returns:
        float32 with `n_groups` along `axis`.
    """
    starts = np.searchsorted(groups, np.arange(n_groups))
    return np.asarray(np.maximum.reduceat(scores, starts, axis=axis))


def likeness_of(hypotheses: Sequence[str]) -> FloatArray:
    """How much of its letters each hypothesis shares with each, float32 (n, n), from 0 to 1.

    One recogniser lists a text once. Where it comes again, another one heard it, which is evidence
    of its own: only the first of the same texts is one that others are like.
    """
    shared = process.cdist(hypotheses, hypotheses, scorer=fuzz.ratio, dtype=np.float32)
    first = {text: place for place, text in reversed(list(enumerate(hypotheses)))}
    shared[:, [first[text] != place for place, text in enumerate(hypotheses)]] = 0.0
    return np.asarray(shared / _PERCENT)


def fuse_hypotheses(
    scores: FloatArray,
    ranks: NDArray[np.int64],
    sounds: NDArray[np.int64],
    settings: RerankSettings,
    asr_scores: NDArray[np.float64] | None = None,
    likeness: FloatArray | None = None,
) -> FloatArray:
    """Fuse an n-best list: a share of the best hypothesis' score, the rest their weighted mean.

    Args:
        scores: float32 (n_hypotheses, n_entities).
        ranks: int64 (n_hypotheses,), 0 for the recogniser's best.
        sounds: int64 (n_hypotheses,), at least 1: how many sounds were heard.
        settings: how to fuse.
        asr_scores: float64 (n_hypotheses,), finite log-probabilities of the recogniser; None where
            it gave none.
        likeness: see `likeness_of`; None where hypotheses have nothing in common. What a recogniser
            only varies is no new evidence: each counts less by how many others are like it. Source
            of the idea: Henikoff and Henikoff 1994, "Position-based sequence weights".

    Returns:
        float32 (n_entities,).
    """
    weights = settings.rank_decay ** ranks.astype(np.float32)
    if asr_scores is not None:
        behind = np.minimum(asr_scores.max() - asr_scores, FARTHEST).astype(np.float32)
        weights = weights * np.exp(-np.float32(settings.score_decay) * behind)
    weights = weights * sounds.astype(np.float32) ** settings.length_power
    if likeness is not None:
        weights = weights / (likeness**settings.likeness_power).sum(axis=1)
    mean = weights @ scores / weights.sum()
    best = scores.max(axis=0)
    fused = settings.best_share * best + (1 - settings.best_share) * mean
    return np.asarray(fused, dtype=np.float32)
