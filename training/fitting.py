"""Fits the reranking weights and the calibration on queries that the encoder was not trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from er_engine.model import Model
from er_engine.rerank.comparison import entity_scores
from er_engine.rerank.fusion import weight_vector
from er_engine.rerank.settings import FEATURES, ModelSettings, RerankSettings
from er_engine.search import FloatArray
from training.calibrating import fit_calibration
from training.cases import Case, FitSet, make_cases
from training.progress import Progress
from training.vector_floor import vector_floor

# Hypotheses of one query that become examples of their own.
FITTED_HYPOTHESES = 3
ROUNDS = 3


def fit_settings(
    sets: Sequence[FitSet], model: Model, prior_pull: float, progress: Progress
) -> ModelSettings:
    """Fit weights and calibration; each set counts the same, however many queries it has.

    Raises:
        TrainingError: no query of a set has its right entity among the candidates.
    """
    floor = vector_floor(sets, model, progress)
    progress.say(f"cosine of strangers {floor}")
    model = replace(model, settings=ModelSettings(RerankSettings(vector_floor=floor)))
    cases = [make_cases(fit_set, model, progress) for fit_set in sets]
    rerank = RerankSettings(_fit_weights(cases, prior_pull), vector_floor=floor)
    progress.say(f"weights {', '.join(f'{n} {w:.3f}' for n, w in rerank.weights.items())}")
    for fit_set, group in zip(sets, cases, strict=True):
        error = _error(group, rerank)
        found = np.mean([case.right.any() for case in group])
        progress.say(f"{fit_set.name}: error @1 {error:.3f} (n-best), retrieved {found:.3f}")
    return ModelSettings(rerank, fit_calibration(cases, rerank))


def _fit_weights(cases: Sequence[Sequence[Case]], prior_pull: float) -> dict[str, float]:
    """Softmax regression over each query's candidates, weights at least 0.

    The form that counts depends on the weights: choose it, fit, and choose again.
    """
    prior = weight_vector(RerankSettings())
    prior /= prior.sum()
    weights = prior
    for _ in range(ROUNDS):
        examples = [example for group in cases for example in _weighted(group, weights)]
        weights = _softmax_regression(examples, prior, prior_pull)
    return {name: round(float(w), 4) for name, w in zip(FEATURES, weights, strict=True) if w > 5e-4}


def _weighted(
    group: Sequence[Case], weights: FloatArray
) -> Iterator[tuple[FloatArray, NDArray[np.bool_], float]]:
    """Examples of the cases that can be right, which count the same and together 1."""
    able = [case for case in group if case.right.any()]
    for case in able:
        examples = _examples(case, weights)
        for example, right in examples:
            yield example, right, 1.0 / (len(able) * len(examples))


def _examples(case: Case, weights: FloatArray) -> list[tuple[FloatArray, NDArray[np.bool_]]]:
    """Features float32 (e, n_features) of the best forms, by hypothesis and their mean."""
    comparison = case.comparison
    pairs = comparison.features @ weights
    singles = []
    for rank in np.unique(comparison.ranks)[:FITTED_HYPOTHESES]:
        rows = np.flatnonzero(comparison.ranks == rank)
        example = np.empty((len(comparison.entity_rows), len(FEATURES)), dtype=np.float32)
        for entity in range(len(example)):
            columns = np.flatnonzero(comparison.of_entity == entity)
            block = pairs[np.ix_(rows, columns)]
            row, column = np.unravel_index(int(block.argmax()), block.shape)
            example[entity] = comparison.features[rows[row], columns[column]]
        singles.append(example)
    together = [np.mean(np.stack(singles), axis=0)] if len(singles) > 1 else []
    return [(example, case.right) for example in (*singles, *together)]


def _softmax_regression(
    examples: Sequence[tuple[FloatArray, NDArray[np.bool_], float]],
    prior: FloatArray,
    prior_pull: float,
) -> FloatArray:
    """Return weights that add up to 1; the sharpness of the softmax is fitted with them.

    Weights that simulated speech alone decides carry over badly to other recognisers: on real calls
    and assistant slots error rates rise steadily as the pull falls from 100 to 0.1. So they stay
    near a plain sum of similarities; the fusion of hypotheses is kept as it is for the same reason.
    """
    total = sum(share for _, _, share in examples)

    def loss_and_slope(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        sharpness, weights = values[0], values[1:]
        away = weights - prior
        loss = prior_pull * float(away @ away)
        slope = np.concatenate([[0.0], 2 * prior_pull * away])
        for features, right, share in examples:
            scores = features @ weights
            logits = sharpness * (scores - scores.max())
            odds = np.exp(logits) / np.exp(logits).sum()
            of_right = float(odds[right].sum()) + 1e-12
            wanted = np.where(right, odds / of_right, 0.0) - odds
            loss -= share / total * np.log(of_right)
            slope[0] -= share / total * float(wanted @ scores)
            slope[1:] -= share / total * sharpness * (wanted @ features)
        return loss, slope

    found = minimize(
        loss_and_slope,
        np.concatenate([[30.0], prior]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(1.0, 200.0)] + [(0.0, 1.0)] * len(prior),
        options={"maxiter": 80},
    )
    weights = np.asarray(found.x[1:], dtype=np.float32)
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def _error(cases: Sequence[Case], settings: RerankSettings) -> float:
    """Error rate at 1; ties count against us."""
    wrong = 0
    for case in cases:
        if not case.right.any():
            wrong += 1
            continue
        scores = entity_scores(case.comparison, settings)
        others = scores[~case.right]
        wrong += bool(len(others) and others.max() >= scores[case.right].max())
    return wrong / max(1, len(cases))
