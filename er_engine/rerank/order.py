"""Which hypotheses of an n-best list are read, and in which order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.types import Hypothesis

# Differences of larger numbers would not be numbers.
_LARGEST = 1e300


@dataclass(frozen=True, slots=True)
class Ordered:
    """The hypotheses that are read, the likeliest first.

    Attributes:
        texts: what was heard (n).
        places: int64 (n,): position of each in the list as given.
        scores: float64 (n,), descending: log-probabilities; None where the list has none.
    """

    texts: list[str]
    places: NDArray[np.int64]
    scores: NDArray[np.float64] | None


def likeliest(n_best: Sequence[Hypothesis], limit: int) -> Ordered:
    """Take the best hypotheses by score where each has a finite one, else the first ones.

    Blank ones are passed over, unless all are blank. Equal scores keep the order of the list.
    """
    given = [place for place, hypothesis in enumerate(n_best) if not hypothesis.blank]
    places = np.array(given or range(len(n_best)), dtype=np.int64)
    read = [n_best[place] for place in places]
    known = [h.score for h in read if h.score is not None and math.isfinite(h.score)]
    if len(known) < len(read):
        return Ordered([hypothesis.text for hypothesis in read[:limit]], places[:limit], None)
    scores = np.clip(np.array(known, dtype=np.float64), -_LARGEST, _LARGEST)
    best = np.argsort(-scores, kind="stable")[:limit]
    return Ordered([read[place].text for place in best], places[best], scores[best])
