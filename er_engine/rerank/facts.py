"""Scores of entities of which facts were heard beside, or instead of, their names.

"dream lover from nineteen eighty six" is unlike "dream lover"; without the year of the film that
was made then it is the name alone. The rest of what was heard counts as much as it is of it, and
the facts count for their share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.rerank.fusion import pair_scores
from er_engine.rerank.settings import RerankSettings
from er_engine.search import FloatArray


@dataclass(frozen=True, slots=True)
class FactPairs:
    """Rests of hypotheses beside surface forms of entities that have the facts left out.

    Attributes:
        hypotheses: int64 (k,): position among the hypotheses.
        entities: int64 (k,): position among the candidates.
        forms: int64 (k,): position among the candidates' surface forms.
        explained: float32 (k,): share of what was heard that the facts explain, above 0.
        telling: float32 (k,): how far these facts alone tell which entity is meant, from 0 to 1.
        features: float32 (k, len(FEATURES)): of the rest; the encoder's vectors and n-grams are
            stood in for by the alignment and by the spelling.
        words: for each pair the words that the facts explain.
    """

    hypotheses: NDArray[np.int64]
    entities: NDArray[np.int64]
    forms: NDArray[np.int64]
    explained: FloatArray
    telling: FloatArray
    features: FloatArray
    words: Sequence[str]


def with_facts(scores: FloatArray, pairs: FactPairs, settings: RerankSettings) -> FloatArray:
    """Raise the scores of hypotheses whose rest fits a name, float32 (n_hypotheses, e)."""
    result = scores.copy()
    np.maximum.at(result, (pairs.hypotheses, pairs.entities), fact_scores(pairs, settings))
    return result


def fact_scores(pairs: FactPairs, settings: RerankSettings) -> FloatArray:
    """Score of each pair, float32 (k,): the facts' share and that of the rest."""
    rest = pair_scores(pairs.features, settings)
    return mixed_scores(rest, pairs.explained, pairs.telling, settings)


def mixed_scores(
    rest: FloatArray, share: FloatArray, telling: FloatArray, settings: RerankSettings
) -> FloatArray:
    """Score rests that score `rest` beside facts with this share of what was heard; (k,)."""
    of_facts = np.float32(settings.fact_share) * np.sqrt(telling)
    return np.asarray((1 - share) * rest + share * of_facts, dtype=np.float32)


def with_fact_similarities(best: FloatArray, pairs: FactPairs) -> FloatArray:
    """Raise the similarities of candidates, float32 (e, len(FEATURES)): facts are like themselves.

    They count for their share of what was heard, as in the score.
    """
    share = pairs.explained[:, None]
    mixed = (1 - share) * pairs.features + share * np.sqrt(pairs.telling)[:, None]
    result = best.copy()
    np.maximum.at(result, pairs.entities, mixed)
    return result
