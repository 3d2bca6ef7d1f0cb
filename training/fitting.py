"""Fits the reranking weights and the calibration on queries that the encoder was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from er_engine.errors import QueryError, TrainingError
from er_engine.memory_index import index_in_memory
from er_engine.model import Model
from er_engine.rerank.comparison import Comparison, entity_scores
from er_engine.rerank.decide import lead
from er_engine.rerank.fusion import weight_vector
from er_engine.rerank.settings import FEATURES, CalibrationSettings, ModelSettings, RerankSettings
from er_engine.resolver import Resolver
from er_engine.search import FloatArray
from er_engine.types import Entity, Query
from training.progress import Progress

# Hypotheses of one query that become examples of their own.
FITTED_HYPOTHESES = 3
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class FitSet:
    """One domain: a catalog and queries with right entities in it."""

    name: str
    entities: Sequence[Entity]
    queries: Sequence[Query]
    templates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """A compared query; `right` bool (e,) marks the candidates that are right, maybe none."""

    comparison: Comparison
    right: NDArray[np.bool_]


def fit_settings(
    sets: Sequence[FitSet], model: Model, prior_pull: float, progress: Progress
) -> ModelSettings:
    """Fit weights and calibration; each set counts the same, however many queries it has.

    Raises:
        TrainingError: no query of a set has its right entity among the candidates.
    """
    cases = [_cases(fit_set, model, progress) for fit_set in sets]
    rerank = RerankSettings(_fit_weights(cases, prior_pull))
    progress.say(f"weights {dict(rerank.weights)}")
    for fit_set, group in zip(sets, cases, strict=True):
        error = _error(group, rerank)
        found = np.mean([case.right.any() for case in group])
        progress.say(f"{fit_set.name}: error @1 {error:.3f} (n-best), retrieved {found:.3f}")
    return ModelSettings(rerank, _fit_calibration(cases, rerank))


def _cases(fit_set: FitSet, model: Model, progress: Progress) -> list[_Case]:
    index = index_in_memory(fit_set.entities, model, fit_set.templates)
    resolver = Resolver(index, model)
    row_of = {entity.id: row for row, entity in enumerate(fit_set.entities)}
    cases = []
    for query in progress.track(fit_set.queries, f"comparing {fit_set.name}"):
        rows = [row_of[entity_id] for entity_id in query.entity_ids if entity_id in row_of]
        if not rows:
            continue
        try:
            comparison = resolver.compare(query.nbest, query.type)
        except QueryError as error:
            progress.say(f"{fit_set.name}: query {query.id!r} is left out: {error}")
            continue
        cases.append(_Case(comparison, np.isin(comparison.entity_rows, rows)))
    if not any(case.right.any() for case in cases):
        raise TrainingError(
            f"{fit_set.name}: no query to fit on has its right entity among the candidates"
        )
    return cases


def _fit_weights(cases: Sequence[Sequence[_Case]], prior_pull: float) -> dict[str, float]:
    """Softmax regression over each query's candidates, weights at least 0.

    The form that counts depends on the weights: choose it, fit, and choose again.
    """
    prior = weight_vector(RerankSettings())
    prior /= prior.sum()
    weights = prior
    for _ in range(ROUNDS):
        examples = [
            (example, right, 1.0 / len(group))
            for group in cases
            for case in group
            if case.right.any()
            for example, right in _examples(case, weights)
        ]
        weights = _softmax_regression(examples, prior, prior_pull)
    return {name: round(float(w), 4) for name, w in zip(FEATURES, weights, strict=True) if w > 5e-4}


def _examples(case: _Case, weights: FloatArray) -> list[tuple[FloatArray, NDArray[np.bool_]]]:
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


def _error(cases: Sequence[_Case], settings: RerankSettings) -> float:
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


def _fit_calibration(
    cases: Sequence[Sequence[_Case]], settings: RerankSettings
) -> CalibrationSettings:
    """Each query counts twice: as it is, and as if its right entities were not in the catalog."""
    evidence, nothing, shares, ranked = [], [], [], []
    for group in cases:
        for case in group:
            scores = entity_scores(case.comparison, settings)
            for keep, is_nothing in ((np.ones_like(case.right), False), (~case.right, True)):
                kept = np.sort(scores[keep])[::-1]
                if len(kept):
                    evidence.append(_evidence(kept))
                    nothing.append(is_nothing or not case.right.any())
                    shares.append(1.0 / len(group))
            if case.right.any():
                ranked.append((scores, case.right, 1.0 / len(group)))
    bias, score, margin = _logistic(np.array(evidence), np.array(nothing), np.array(shares))
    sharpness = _fit_sharpness(ranked)
    return replace(
        CalibrationSettings(),
        bias=round(bias, 4),
        score=round(score, 4),
        margin=round(margin, 4),
        sharpness=round(sharpness, 4),
    )


def _evidence(ordered: FloatArray) -> tuple[float, float, float]:
    return 1.0, float(ordered[0]), lead(ordered)


def _logistic(
    evidence: NDArray[np.float64], nothing: NDArray[np.bool_], shares: NDArray[np.float64]
) -> tuple[float, float, float]:
    signs = np.where(nothing, 1.0, -1.0)

    def loss(values: NDArray[np.float64]) -> float:
        losses = np.logaddexp(0.0, -signs * (evidence @ values))
        return float((shares * losses).sum() / shares.sum() + 1e-5 * values @ values)

    bias, score, margin = minimize(loss, np.array([5.0, -5.0, -5.0]), method="L-BFGS-B").x
    return float(bias), float(score), float(margin)


def _fit_sharpness(ranked: Sequence[tuple[FloatArray, NDArray[np.bool_], float]]) -> float:
    def loss(value: NDArray[np.float64]) -> float:
        total = 0.0
        for scores, right, share in ranked:
            logits = float(value[0]) * (scores - scores.max()).astype(np.float64)
            total -= share * (np.logaddexp.reduce(logits[right]) - np.logaddexp.reduce(logits))
        return total

    return float(minimize(loss, np.array([20.0]), method="L-BFGS-B", bounds=[(1, 500)]).x[0])
