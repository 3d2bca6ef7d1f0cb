"""String similarity with rapidfuzz, one thread, scores from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from er_engine.lexical.pooling import Scorer, ScorerFactory
from er_engine.search import FloatArray

Similarity = Callable[..., float]


def similarity(
    queries: Sequence[str], choices: Sequence[str], function: Similarity, scale: float = 1.0
) -> FloatArray:
    """Return float32 (n_queries, n_choices) of a rapidfuzz function.

    Args:
        queries: what was heard.
        choices: what the catalog has.
        function: of `rapidfuzz.fuzz` (scale 100) or `rapidfuzz.distance` (scale 1).
        scale: what the function gives for two equal strings.
    """
    from rapidfuzz.process import cdist

    scores: FloatArray = cdist(queries, choices, scorer=function, dtype=np.float32, workers=1)
    return scores if scale == 1.0 else scores / np.float32(scale)


def fuzzy(*parts: tuple[Similarity, float, float]) -> ScorerFactory:
    """Make a factory: the weighted sum of rapidfuzz functions, as (function, scale, weight)."""

    def factory(choices: Sequence[str]) -> Scorer:
        def score(queries: Sequence[str]) -> FloatArray:
            total = np.zeros((len(queries), len(choices)), dtype=np.float32)
            for function, scale, weight in parts:
                total += np.float32(weight) * similarity(queries, choices, function, scale)
            return total

        return score

    return factory
