"""What is left of a hypothesis when the facts that an entity has are taken out of it.

The rest is compared with the names of entities that have exactly these facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from er_engine.facts.heard_facts import DECIMALS, HeardFacts
from er_engine.phonemes.similarity import Costs
from er_engine.rerank.comparison import Comparison, hypothesis_scores
from er_engine.rerank.facts import FactPairs, mixed_scores
from er_engine.rerank.features import PERCENT, above_floor, similarities
from er_engine.rerank.ngrams import NgramScores
from er_engine.rerank.rests import Rest, RestMaker
from er_engine.rerank.settings import FEATURES, RerankSettings
from er_engine.search import FloatArray, MaskArray, RowArray
from er_engine.types import SurfaceForm

# Entities that are looked at, those of which most was heard, and how many of them are compared.
MAX_ENTITIES = 40
MAX_COMPARED = 12
# Hardly any rest is more like a name than its spelling by more than this (1 in 50).
UNLIKE_SPELLING = np.float32(0.1)
# Measured with the packaged encoder on the sample of films and series: encoding the rests would
# take longer than all else here.
ALIGNED = (0.0, 0.3, 0.5, 0.65, 0.8, 1.0)
PRODUCTS = (0.5, 0.54, 0.62, 0.75, 0.87, 1.0)
_TEXT, _VECTOR, _ALIGNMENT = (FEATURES.index(name) for name in ("text", "vector", "alignment"))
_NGRAMS = [FEATURES.index(name) for name in ("sound_ngrams", "letter_ngrams", "words")]
_SOUNDS = [_VECTOR, _ALIGNMENT, FEATURES.index("part_alignment")]


@dataclass(frozen=True, slots=True)
class _Pair:
    row: int
    column: int
    rest: Rest


def first_forms(heard: Sequence[SurfaceForm], ranks: RowArray) -> list[SurfaceForm]:
    """Return the first form of each hypothesis."""
    return [heard[row] for row in np.unique(ranks, return_index=True)[1]]


def with_fact_pairs(
    comparison: Comparison,
    found: HeardFacts,
    forms: Sequence[SurfaceForm],
    settings: RerankSettings,
    costs: Costs,
) -> Comparison:
    """Add what is left of hypotheses without the facts that candidates have.

    Args:
        comparison: what was heard and all candidates.
        found: which facts were heard.
        forms: the candidates' surface forms (m), those of `comparison.form_rows`.
        settings: weights that say which candidates are best so far.
        costs: of aligning.
    """
    having = _having(found, comparison.entity_rows)
    scores = hypothesis_scores(comparison, settings)
    chosen = _most_heard(found, having, scores.max(axis=0))
    maker = RestMaker(found, first_forms(comparison.heard, comparison.ranks))
    columns = np.flatnonzero(np.isin(comparison.of_entity, chosen)).tolist()
    picked = [
        _Pair(row, column, rest)
        for row in range(len(scores))
        for column in columns
        if (rest := maker.rest(row, having[comparison.of_entity[column]])) is not None
    ]
    picked = _promising(picked, forms, comparison.of_entity, scores.max(axis=1), settings)
    if not picked:
        return comparison
    at = np.array([pair.column for pair in picked], dtype=np.int64)
    pairs = FactPairs(
        np.array([pair.row for pair in picked], dtype=np.int64),
        comparison.of_entity[at],
        at,
        np.array([pair.rest.explained for pair in picked], dtype=np.float32),
        np.array([pair.rest.telling for pair in picked], dtype=np.float32),
        _compare(picked, forms, settings.vector_floor, costs),
        [pair.rest.words for pair in picked],
    )
    return replace(comparison, facts=pairs)


def _promising(
    pairs: Sequence[_Pair],
    forms: Sequence[SurfaceForm],
    of_entity: NDArray[np.int64],
    best: FloatArray,
    settings: RerankSettings,
) -> list[_Pair]:
    """Pairs of the entities that may come near the best one of some hypothesis, by spelling."""
    if not pairs:
        return []
    rests, columns, rows, places = _sides(pairs)
    said = [rest.spoken for rest in rests], [forms[column].spoken for column in columns]
    spelling = process.cdist(*said, scorer=fuzz.ratio, dtype=np.float32)[rows, places] / PERCENT
    share = np.array([pair.rest.explained for pair in pairs], dtype=np.float32)
    telling = np.array([pair.rest.telling for pair in pairs], dtype=np.float32)
    rough = mixed_scores(np.minimum(spelling + UNLIKE_SPELLING, 1), share, telling, settings)
    ahead = rough - best[[pair.row for pair in pairs]]
    entities, of = np.unique(of_entity[[pair.column for pair in pairs]], return_inverse=True)
    most = np.full(len(entities), -np.inf, dtype=np.float32)
    np.maximum.at(most, of, ahead)
    order = np.argsort(-most.round(DECIMALS), kind="stable")[:MAX_COMPARED]
    kept = np.zeros(len(entities), dtype=np.bool_)
    kept[order[most[order] > 0]] = True
    return [pair for pair, entity in zip(pairs, of.tolist(), strict=True) if kept[entity]]


def _sides(
    pairs: Sequence[_Pair],
) -> tuple[list[SurfaceForm], list[int], NDArray[np.int64], NDArray[np.int64]]:
    """The distinct rests and columns, and which of them each pair has."""
    rests = {form: n for n, form in enumerate(dict.fromkeys(pair.rest.form for pair in pairs))}
    columns = {column: n for n, column in enumerate(sorted({pair.column for pair in pairs}))}
    rows = np.array([rests[pair.rest.form] for pair in pairs], dtype=np.int64)
    places = np.array([columns[pair.column] for pair in pairs], dtype=np.int64)
    return list(rests), list(columns), rows, places


def _most_heard(found: HeardFacts, having: MaskArray, closeness: FloatArray) -> NDArray[np.int64]:
    """Positions, ascending, of the candidates with facts of which most was heard."""
    strength = (having @ (found.shares.mean(axis=0) * found.tells)).round(DECIMALS)
    chosen = np.lexsort((-closeness, -strength))[:MAX_ENTITIES]
    return np.sort(chosen[strength[chosen] > 0])


def _having(found: HeardFacts, entity_rows: RowArray) -> MaskArray:
    """Bool (e, v): which candidates have which values."""
    rows, of = found.facts.rows_with(found.values)
    places = np.minimum(np.searchsorted(entity_rows, rows), len(entity_rows) - 1)
    here = entity_rows[places] == rows
    result = np.zeros((len(entity_rows), len(found.values)), dtype=np.bool_)
    result[places[here], of[here]] = True
    return result


def _like_vectors(alignment: FloatArray) -> FloatArray:
    """The product of vectors that pairs with such an alignment have on average."""
    return np.interp(alignment, ALIGNED, PRODUCTS).astype(np.float32)


def _compare(
    pairs: Sequence[_Pair], forms: Sequence[SurfaceForm], vector_floor: float, costs: Costs
) -> FloatArray:
    """The similarities of each pair, float32 (k, len(FEATURES))."""
    rests, columns, rows, places = _sides(pairs)
    none = np.zeros((len(rests), len(columns)), dtype=np.float32)
    unknown = NgramScores(none, none)
    names = [forms[column] for column in columns]
    features = similarities(rests, names, none, unknown, unknown, none, costs)[rows, places]
    features[:, _VECTOR] = above_floor(_like_vectors(features[:, _ALIGNMENT]), vector_floor)
    features[:, _NGRAMS] = features[:, [_TEXT]]
    # Sounds that could not be cut at words are no evidence against a name.
    silent = np.array([not pair.rest.form.pronunciation for pair in pairs])
    for name in _SOUNDS:
        features[silent, name] = features[silent, _TEXT]
    return features
