"""What is left of a hypothesis when the facts that an entity has are taken out of it.

"dream lover from nineteen eighty six" is unlike "dream lover"; without the year of the film that
was made then it is the name alone. The rest is compared with the names of entities that have
exactly these facts, and counts as much as it is of what was heard; the facts count for their share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from er_engine.facts.heard_facts import DECIMALS, HeardFacts
from er_engine.facts.items import FUNCTION_WORDS
from er_engine.phonemes.inventory import WORD_BOUNDARY
from er_engine.phonemes.similarity import Costs
from er_engine.rerank.features import similarities
from er_engine.rerank.fusion import pair_scores
from er_engine.rerank.ngrams import NgramScores
from er_engine.rerank.settings import FEATURES, RerankSettings
from er_engine.search import FloatArray, MaskArray, RowArray
from er_engine.types import Pronunciation, SurfaceForm

# Entities that are looked at, those of which most was heard.
MAX_ENTITIES = 40


@dataclass(frozen=True, slots=True)
class FactPairs:
    """Rests of hypotheses beside surface forms of entities that have the facts left out.

    Attributes:
        hypotheses: int64 (k,): position among the hypotheses.
        entities: int64 (k,): position among the candidates.
        explained: float32 (k,): share of what was heard that the facts explain, above 0.
        features: float32 (k, len(FEATURES)): of the rest; the encoder's vectors and n-grams are
            stood in for by the alignment and by the spelling.
        words: for each pair the words that the facts explain.
    """

    hypotheses: NDArray[np.int64]
    entities: NDArray[np.int64]
    explained: FloatArray
    features: FloatArray
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Rest:
    form: SurfaceForm
    explained: float
    words: str


def fact_pairs(
    found: HeardFacts,
    heard: Sequence[SurfaceForm],
    entity_rows: RowArray,
    forms: Sequence[SurfaceForm],
    of_entity: NDArray[np.int64],
    closeness: FloatArray,
    costs: Costs,
) -> FactPairs | None:
    """Compare; None where no candidate has a fact that was heard.

    Args:
        found: which facts were heard.
        heard: one form of each hypothesis.
        entity_rows: int64 (e,), the candidates, ascending.
        forms: their surface forms (m).
        of_entity: int64 (m,), ascending: position in `entity_rows` of each form.
        closeness: float32 (e,): scores of the candidates without facts.
        costs: of aligning.
    """
    having = _having(found, entity_rows)
    chosen = _most_heard(found, having, closeness)
    if not len(chosen):
        return None
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
    return FactPairs(
        np.array([row for row, *_ in picked], dtype=np.int64),
        of_entity[columns[places]],
        np.array([rest.explained for *_, rest in picked], dtype=np.float32),
        features[[numbers[rest.form] for *_, rest in picked], places],
        [rest.words for *_, rest in picked],
    )


def _most_heard(found: HeardFacts, having: MaskArray, closeness: FloatArray) -> NDArray[np.int64]:
    """Positions, ascending, of the candidates with facts of which most was heard."""
    strength = (having @ (found.shares.mean(axis=0) * found.rarity)).round(DECIMALS)
    chosen = np.lexsort((-closeness, -strength))[:MAX_ENTITIES]
    return np.sort(chosen[strength[chosen] > 0])


def with_facts(scores: FloatArray, pairs: FactPairs, settings: RerankSettings) -> FloatArray:
    """Raise the scores of hypotheses whose rest fits a name, float32 (n_hypotheses, e)."""
    result = scores.copy()
    np.maximum.at(result, (pairs.hypotheses, pairs.entities), fact_scores(pairs, settings))
    return result


def fact_scores(pairs: FactPairs, settings: RerankSettings) -> FloatArray:
    """Score of each pair, float32 (k,): the facts' share and that of the rest."""
    rest = pair_scores(pairs.features, settings)
    share = np.float32(settings.fact_share)
    return np.asarray((1 - pairs.explained) * rest + share * pairs.explained, dtype=np.float32)


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
    of_items = (found.has[row] & kind) * found.shares[row]
    for item, share in zip(found.items[row], of_items.max(axis=1, initial=0.0), strict=True):
        credit[item.start : item.end] = np.maximum(credit[item.start : item.end], share)
    if not credit.any():
        return None
    lengths = np.array([len(word) for word in words], dtype=np.float32)
    explained = float((credit * lengths).sum() / lengths.sum())
    out = credit > 0
    for place in range(len(words) - 2, -1, -1):
        out[place] |= out[place + 1] and words[place] in FUNCTION_WORDS
    left = np.flatnonzero(~out).tolist()
    return _Rest(
        _part(form, words, left),
        explained,
        " ".join(word for word, counted in zip(words, credit > 0, strict=True) if counted),
    )


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
    sounds, spelling = (features[..., FEATURES.index(name)] for name in ("alignment", "text"))
    features[..., FEATURES.index("vector")] = sounds
    for name in ("sound_ngrams", "letter_ngrams", "words"):
        features[..., FEATURES.index(name)] = spelling
    return features
