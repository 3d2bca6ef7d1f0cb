"""How well the no-match probability tells queries without a right entity from the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FALSE_REJECT = 0.05


def auroc(positives: NDArray[np.float64], negatives: NDArray[np.float64]) -> float:
    """Return the probability that a positive scores above a negative; a tie counts half."""
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left")
    not_above = np.searchsorted(ordered, positives, side="right")
    return float((below + not_above).sum() / (2 * len(positives) * len(negatives)))


def refusal_threshold(with_right: NDArray[np.float64], false_reject: float = FALSE_REJECT) -> float:
    """Return the lowest doubt above which at most this share of answerable queries lies.

    Args:
        with_right: float64 (n,), no-match probabilities of queries that have a right entity.
        false_reject: share from 0 to below 1.
    """
    ordered = np.sort(with_right)[::-1]
    return float(ordered[int(np.floor(false_reject * len(ordered) + 1e-9))])


def false_accept_rate(
    without_right: NDArray[np.float64],
    with_right: NDArray[np.float64],
    false_reject: float = FALSE_REJECT,
) -> float:
    """Return the share of queries without a right entity that are still accepted.

    A query is rejected when its no-match probability is above `refusal_threshold`.

    Args:
        without_right: float64, no-match probabilities of queries that nothing in the catalog fits.
        with_right: float64, those of the other queries.
        false_reject: share from 0 to below 1.
    """
    return float((without_right <= refusal_threshold(with_right, false_reject)).mean())


def no_match_summary(
    without_right: NDArray[np.float64], with_right: NDArray[np.float64]
) -> dict[str, float]:
    """Return the `no_match` part of the evaluation's JSON."""
    return {
        "auroc": auroc(without_right, with_right),
        "false_accept_at_5pct_false_reject": false_accept_rate(without_right, with_right),
    }
