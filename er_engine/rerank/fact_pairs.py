"""What is left of a hypothesis when the facts that an entity has are taken out of it.

The rest is compared with the names of entities that have exactly these facts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from er_engine.facts.heard_facts import DECIMALS, HeardFacts
from er_engine.facts.items import FUNCTION_WORDS
from er_engine.phonemes.inventory import WORD_BOUNDARY
from er_engine.phonemes.similarity import Costs
from er_engine.rerank.comparison import Comparison, entity_scores
from er_engine.rerank.facts import FactPairs
from er_engine.rerank.features import similarities
from er_engine.rerank.ngrams import NgramScores
from er_engine.rerank.settings import FEATURES, RerankSettings
from er_engine.search import FloatArray, MaskArray, RowArray
from er_engine.types import Pronunciation, SurfaceForm

# Entities that are looked at, those of which most was heard.
MAX_ENTITIES = 40
_TEXT, _VECTOR, _ALIGNMENT = (FEATURES.index(name) for name in ("text", "vector", "alignment"))
_NGRAMS = [FEATURES.index(name) for name in ("sound_ngrams", "letter_ngrams", "words")]
_SOUNDS = [_VECTOR, _ALIGNMENT, FEATURES.index("part_alignment")]


@dataclass(frozen=True, slots=True)
class _Rest:
    form: SurfaceForm
    explained: float
    telling: float
    words: str


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
    heard, of_entity = first_forms(comparison.heard, comparison.ranks), comparison.of_entity
    having = _having(found, comparison.entity_rows)
    chosen = _most_heard(found, having, entity_scores(comparison, settings))
    if not len(chosen):
        return comparison
    kinds, kind_of = np.unique(having[chosen], axis=0, return_inverse=True)
    rests = [[_rest(form, found, row, kind) for kind in kinds] for row, form in enumerate(heard)]
    columns = np.flatnonzero(np.isin(of_entity, chosen))
    kind_of_column = kind_of.ravel()[np.searchsorted(chosen, of_entity[columns])].tolist()
    picked = [
        (row, place, rest)
        for row, of_kinds in enumerate(rests)
        for place, kind in enumerate(kind_of_column)
        if (rest := of_kinds[kind]) is not None
    ]
    numbers = {form: n for n, form in enumerate(dict.fromkeys(rest.form for *_, rest in picked))}
    features = _compare(list(numbers), [forms[column] for column in columns.tolist()], costs)
    places = np.array([place for _, place, _ in picked], dtype=np.int64)
    pairs = FactPairs(
        np.array([row for row, *_ in picked], dtype=np.int64),
        of_entity[columns[places]],
        columns[places],
        np.array([rest.explained for *_, rest in picked], dtype=np.float32),
        np.array([rest.telling for *_, rest in picked], dtype=np.float32),
        features[[numbers[rest.form] for *_, rest in picked], places],
        [rest.words for *_, rest in picked],
    )
    return replace(comparison, facts=pairs)


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


def _rest(form: SurfaceForm, found: HeardFacts, row: int, kind: MaskArray) -> _Rest | None:
    """The words of a hypothesis that the values of `kind` don't explain."""
    words = form.spoken.split()
    credit = np.zeros(len(words), dtype=np.float32)
    of_items = (found.credit[row] * kind).max(axis=1, initial=0.0)
    for item, share in zip(found.items[row], of_items, strict=True):
        credit[item.start : item.end] = np.maximum(credit[item.start : item.end], share)
    if not credit.any():
        return None
    function = np.array([word in FUNCTION_WORDS for word in words])
    _fill(credit, function)
    lengths = np.array([len(word) for word in words]) * ~(function & (credit == 0))
    explained = float((credit * lengths).sum() / lengths.sum())
    out = credit > 0
    for place in range(len(words) - 2, -1, -1):
        out[place] |= out[place + 1] and function[place]
    told = float((found.shares[row] * found.tells * kind).sum())
    left = np.flatnonzero(~out).tolist()
    return _Rest(
        _part(form, words, left),
        explained,
        min(1.0, told / math.log(found.facts.n_entities + 1)),
        " ".join(word for word, counted in zip(words, credit > 0, strict=True) if counted),
    )


def _fill(credit: FloatArray, function: MaskArray) -> None:
    """Count function words between words of facts, as in "song of ice and fire"."""
    content = np.flatnonzero(~function | (credit > 0)).tolist()
    for one, other in pairwise(content):
        credit[one + 1 : other] = min(credit[one], credit[other])


def _part(form: SurfaceForm, words: Sequence[str], left: Sequence[int]) -> SurfaceForm:
    """The form with these of its words."""
    spoken = " ".join(words[place] for place in left)
    said = _split(form.pronunciation)
    if len(said) != len(words):
        return SurfaceForm(spoken, spoken, ())
    kept = [(WORD_BOUNDARY, *said[place]) for place in left]
    return SurfaceForm(spoken, spoken, tuple(chain.from_iterable(kept))[1:])


def _split(pronunciation: Pronunciation) -> list[list[str]]:
    said: list[list[str]] = [[]]
    for symbol in pronunciation:
        if symbol == WORD_BOUNDARY:
            said.append([])
        else:
            said[-1].append(symbol)
    return said


def _compare(
    rests: Sequence[SurfaceForm], forms: Sequence[SurfaceForm], costs: Costs
) -> FloatArray:
    """float32 (n, m, len(FEATURES))."""
    none = np.zeros((len(rests), len(forms)), dtype=np.float32)
    unknown = NgramScores(none, none)
    features = similarities(rests, forms, none, unknown, unknown, none, costs)
    spelling = features[..., _TEXT]
    features[..., _VECTOR] = features[..., _ALIGNMENT]
    features[..., _NGRAMS] = spelling[..., None]
    # Sounds that could not be cut at words are no evidence against a name.
    silent = [place for place, rest in enumerate(rests) if not rest.pronunciation]
    features[np.ix_(silent, range(len(forms)), _SOUNDS)] = spelling[silent][..., None]
    return features
