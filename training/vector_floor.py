"""How near strangers are by their vectors: the cosine that counts as nothing alike.

It depends on the loss. Label smoothing keeps all names within a cap of the sphere, where strangers
have a cosine of a half; the plain loss spreads them, and it is near 0.2. The other similarities are
near 0 for strangers, and so must this one be, or a sum of them means something else for each model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from er_engine.model import Model
from er_engine.rerank.settings import FEATURES
from training.cases import FitSet, make_cases
from training.progress import Progress

# Enough for two digits.
QUERIES = 40
ENTITIES = 600
_VECTOR = FEATURES.index("vector")


def vector_floor(sets: Sequence[FitSet], model: Model, progress: Progress) -> float:
    """Return the median cosine of candidates that are not right, the mean over sets; 0 to 0.9.

    Args:
        sets: queries and catalogs; a part of each is used.
        model: a model without a floor.
        progress: told what is compared.
    """
    whole_names = replace(model, sound_vectors=None)
    medians = []
    for fit_set in sets:
        cases = make_cases(_part_of(fit_set), whole_names, progress)
        cosines = [
            case.comparison.features[0, ~case.right[case.comparison.of_entity], _VECTOR]
            for case in cases
        ]
        medians.append(float(np.median(np.concatenate(cosines))))
    return round(float(np.clip(np.mean(medians), 0.0, 0.9)), 2)


def _part_of(fit_set: FitSet) -> FitSet:
    """A few queries, with all entities that are right for them and some others."""
    queries = fit_set.queries[:: max(1, len(fit_set.queries) // QUERIES)][:QUERIES]
    right = {entity_id for query in queries for entity_id in query.entity_ids}
    step = max(1, len(fit_set.entities) // ENTITIES)
    entities = [
        entity
        for place, entity in enumerate(fit_set.entities)
        if place % step == 0 or entity.id in right
    ]
    return replace(fit_set, entities=entities, queries=queries)
