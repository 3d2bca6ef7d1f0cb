"""What became of the places where one word ends and the next begins: "Christelle", "Chris Dale"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.confusion.pairs import Pair
from training.confusion.viterbi import NONE, Aligned

KEPT, LOST, ADDED = "kept", "lost", "added"
# A boundary that is further away is another one.
FARTHEST = 3


def count_boundaries(
    pairs: Sequence[Pair], weights: NDArray[np.float64], aligned: Aligned
) -> dict[str, float]:
    """Weighted counts of boundaries kept, lost, added, or moved (`-2`: heard two sounds before)."""
    counts: dict[str, float] = defaultdict(float)
    matches: list[dict[int, int]] = [{} for _ in aligned.rows]
    for step in aligned.steps:
        both = (step.said != NONE) & (step.heard != NONE)
        triples = (step.pairs[both].tolist(), step.said[both].tolist(), step.heard[both].tolist())
        for pair, said, heard in zip(*triples, strict=True):
            matches[pair][said] = heard
    for row, found in zip(aligned.rows.tolist(), matches, strict=True):
        for what in fates(pairs[row], found):
            counts[what] += float(weights[row])
    return dict(counts)


def fates(pair: Pair, matches: dict[int, int]) -> list[str]:
    """What became of each boundary inside the aligned stretch of one pair.

    Args:
        pair: both sides.
        matches: for each phoneme said and heard, position said to position heard.
    """
    if not matches:
        return []
    first, last = min(matches), max(matches)
    heard = {
        place
        for place in np.flatnonzero(pair.heard.starts).tolist()
        if matches[first] < place <= matches[last]
    }
    inside = [p for p in np.flatnonzero(pair.said.starts).tolist() if first < p <= last]
    found = [_fate(place, matches, heard) for place in inside]
    return [*found, *[ADDED] * len(heard)]


def _fate(place: int, matches: dict[int, int], heard: set[int]) -> str:
    """Find the heard boundary that this one became, and take it out of `heard`."""
    before = max(matches[said] for said in matches if said < place)
    after = min(matches[said] for said in matches if said >= place)
    if not heard:
        return LOST
    # Anything heard between the two was inserted: a boundary on either side of it is in place.
    nearest = min(heard, key=lambda at: (max(before + 1 - at, at - after, 0), at))
    distance = min(0, nearest - before - 1) + max(0, nearest - after)
    if abs(distance) > FARTHEST:
        return LOST
    heard.discard(nearest)
    return f"{distance:+d}" if distance else KEPT
