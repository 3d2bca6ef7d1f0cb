"""The rank of the right entity, with ties counted against the system."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

from er_engine.search import FloatArray, MaskArray

NOT_FOUND = math.inf
# Scores that differ by less are equal: rounding must not break the tie of two equal names.
TIE = 1e-6


def rank_of_best(
    scores: FloatArray, right: Sequence[int], allowed: MaskArray | None = None
) -> float:
    """Return 1 + the number of wrong entities that score at least as much as the best right one.

    Args:
        scores: float32 (n_entities,), the final scores of one query.
        right: rows of the entities that are right; any of them will do.
        allowed: bool (n_entities,); other entities are not in the list at all. None allows all.

    Returns:
        The rank, or `NOT_FOUND` where no right entity is allowed or the best has no finite score.
    """
    rows = sorted({row for row in right if allowed is None or allowed[row]})
    if not rows:
        return NOT_FOUND
    best = float(scores[rows].max())
    if not math.isfinite(best):
        return NOT_FOUND
    as_good = scores >= best - TIE
    if allowed is not None:
        as_good &= allowed
    return 1.0 + float(np.count_nonzero(as_good) - np.count_nonzero(as_good[rows]))


def rank_in_list(candidates: Sequence[tuple[str, float]], right: Collection[str]) -> float:
    """Do the same for a list of (id, score): what is not in the list counts as not found."""
    best = max((score for id_, score in candidates if id_ in right), default=None)
    if best is None:
        return NOT_FOUND
    return 1.0 + sum(score >= best - TIE for id_, score in candidates if id_ not in right)


def top_of(
    scores: FloatArray, depth: int, allowed: MaskArray | None = None
) -> list[tuple[int, float]]:
    """Return up to `depth` (row, score), best first; equal scores by row; only finite scores."""
    kept = scores if allowed is None else np.where(allowed, scores, -np.inf)
    depth = min(depth, len(kept))
    if depth == 0:
        return []
    # The stable order of equal scores at the cut needs all of them, not an arbitrary few.
    threshold = np.partition(kept, len(kept) - depth)[len(kept) - depth]
    rows = np.flatnonzero(kept >= threshold)
    rows = rows[np.argsort(-kept[rows], kind="stable")][:depth]
    return [(int(row), float(kept[row])) for row in rows if np.isfinite(kept[row])]
