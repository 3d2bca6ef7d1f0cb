"""Everything known about one query and its candidates, before and after scoring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.rerank.facts import FactPairs, fact_scores, with_fact_similarities, with_facts
from er_engine.rerank.fusion import best_per_group, fuse_hypotheses, likeness_of, pair_scores
from er_engine.rerank.settings import FEATURES, RerankSettings
from er_engine.search import FloatArray, RowArray
from er_engine.types import SurfaceForm


@dataclass(frozen=True, slots=True)
class Comparison:
    """Heard forms beside candidates' forms.

    Attributes:
        heard: forms of the hypotheses (n).
        ranks: int64 (n,), ascending: which hypothesis each belongs to, 0 the recogniser's best.
        entity_rows: int64 (e,), the candidates, ascending.
        form_rows: int64 (m,), their surface forms, grouped by entity.
        of_entity: int64 (m,), ascending: position in `entity_rows` of each form.
        features: float32 (n, m, len(FEATURES)).
        places: int64 (n,): position of the hypothesis in the list as given; it differs from `ranks`
            where the recogniser's scores have another order.
        asr_scores: float64 (n,), descending: log-probability of the hypothesis; None where the list
            has none.
        facts: what is left of hypotheses without the facts that candidates have; None where no fact
            was heard.
    """

    heard: list[SurfaceForm]
    ranks: NDArray[np.int64]
    entity_rows: RowArray
    form_rows: RowArray
    of_entity: NDArray[np.int64]
    features: FloatArray
    places: NDArray[np.int64]
    asr_scores: NDArray[np.float64] | None = None
    facts: FactPairs | None = None


def hypothesis_scores(comparison: Comparison, settings: RerankSettings) -> FloatArray:
    """Best score of each hypothesis and entity, float32 (n_hypotheses, e)."""
    pairs = pair_scores(comparison.features, settings)
    by_entity = best_per_group(pairs, comparison.of_entity, len(comparison.entity_rows), axis=1)
    ranks = np.unique(comparison.ranks)
    groups = np.searchsorted(ranks, comparison.ranks)
    scores = best_per_group(by_entity, groups, len(ranks), axis=0)
    return scores if comparison.facts is None else with_facts(scores, comparison.facts, settings)


def entity_scores(comparison: Comparison, settings: RerankSettings) -> FloatArray:
    """One score for each candidate over the whole n-best list, float32 (e,)."""
    scores = hypothesis_scores(comparison, settings)
    ranks, first = np.unique(comparison.ranks, return_index=True)
    asr_scores = None if comparison.asr_scores is None else comparison.asr_scores[first]
    likeness = likeness_of([comparison.heard[row].spoken for row in first])
    sounds = _sounds(comparison, first)
    return fuse_hypotheses(scores, ranks, sounds, settings, asr_scores, likeness)


def mean_sounds(comparison: Comparison) -> float:
    """How many sounds and word boundaries were heard, at least 1: the mean over hypotheses."""
    _, first = np.unique(comparison.ranks, return_index=True)
    return float(_sounds(comparison, first).mean())


def _sounds(comparison: Comparison, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64: how many sounds and word boundaries these heard forms have, at least 1."""
    lengths = [len(comparison.heard[row].pronunciation) for row in rows]
    return np.maximum(np.array(lengths, dtype=np.int64), 1)


def best_similarities(comparison: Comparison) -> FloatArray:
    """Best of each similarity over hypotheses and forms, float32 (e, len(FEATURES))."""
    of_forms = comparison.features.max(axis=0)
    best = best_per_group(of_forms, comparison.of_entity, len(comparison.entity_rows), axis=0)
    return best if comparison.facts is None else with_fact_similarities(best, comparison.facts)


def best_pair(comparison: Comparison, entity: int, settings: RerankSettings) -> tuple[int, int]:
    """Position of the heard form and of the surface form that agree best for one candidate."""
    columns = np.flatnonzero(comparison.of_entity == entity)
    pairs = pair_scores(comparison.features[:, columns], settings)
    heard, column = np.unravel_index(int(np.argmax(pairs)), pairs.shape)
    if comparison.facts is not None:
        scores = fact_scores(comparison.facts, settings)
        scores[comparison.facts.entities != entity] = 0.0
        best = int(np.argmax(scores))
        if scores[best] > pairs[heard, column]:
            _, first = np.unique(comparison.ranks, return_index=True)
            form = int(comparison.facts.forms[best])
            return int(first[comparison.facts.hypotheses[best]]), form
    return int(heard), int(columns[column])


@dataclass(frozen=True, slots=True)
class HeardWords:
    """Words of a heard form that facts of an entity explain.

    Attributes:
        words: in the order in which they were heard.
        share: of what was heard.
        score: of the pair, with the facts.
    """

    words: str
    share: float
    score: float


def heard_facts(
    comparison: Comparison, pair: tuple[int, int], settings: RerankSettings
) -> HeardWords | None:
    """Return what facts gave a pair of a heard form and a surface form; None for nothing."""
    facts, (heard, form) = comparison.facts, pair
    if facts is None:
        return None
    hypothesis = np.searchsorted(np.unique(comparison.ranks), comparison.ranks[heard])
    of_pair = np.flatnonzero((facts.forms == form) & (facts.hypotheses == hypothesis))
    scores = fact_scores(facts, settings)[of_pair]
    if not len(scores) or scores[0] <= pair_scores(comparison.features[pair], settings):
        return None
    (place,) = of_pair.tolist()
    return HeardWords(facts.words[place], float(facts.explained[place]), float(scores[0]))


def describe_pair(
    comparison: Comparison,
    heard: int,
    form: int,
    weights: FloatArray,
    facts: HeardWords | None = None,
) -> str:
    """The similarities that count, for people: `heard 'x': vector 0.91, facts 'y' 0.54`."""
    values = comparison.features[heard, form]
    parts = [
        f"{name} {value:.2f}"
        for name, value, weight in zip(FEATURES, values, weights, strict=True)
        if weight
    ]
    if facts is not None:
        parts.append(f"facts {facts.words!r} {facts.share:.2f}")
    return f"heard {comparison.heard[heard].spoken!r}: {', '.join(parts)}"
