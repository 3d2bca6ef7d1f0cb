"""Finds the candidates of a query: by vectors, by n-grams of sounds and letters, and by facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.candidates import best_by_ngrams, best_by_vectors, forms_of, scores_of
from er_engine.facts.heard_facts import HeardFacts, entities_by_facts, hear_facts
from er_engine.rerank.fact_pairs import first_forms
from er_engine.rerank.ngrams import (
    NgramScores,
    letter_buckets,
    ngram_products,
    shared_words,
    sound_buckets,
)
from er_engine.search import MISSING_ROW, CatalogIndex, FloatArray, MaskArray, RowArray
from er_engine.types import SurfaceForm

# Form rows that each heard form retrieves by vectors, and entities that are retrieved by facts.
RETRIEVED = 100
RETRIEVED_BY_FACTS = 20


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Candidates and their surface forms, with what the searches say of these.

    Attributes:
        entity_rows: int64 (e,), ascending.
        form_rows: int64 (m,), their surface forms, grouped by entity.
        of_entity: int64 (m,), ascending: position in `entity_rows` of each form.
        forms: the surface forms (m).
        vectors: float32 (n, m), inner products with each heard form.
        sounds: n-gram scores of sounds, (n, m).
        letters: n-gram scores of letters, (n, m).
        words: float32 (n, m), cosine of whole words in common.
        facts: values of attributes that were heard; None where none was.
    """

    entity_rows: RowArray
    form_rows: RowArray
    of_entity: NDArray[np.int64]
    forms: Sequence[SurfaceForm]
    vectors: FloatArray
    sounds: NgramScores
    letters: NgramScores
    words: FloatArray
    facts: HeardFacts | None


def retrieve(
    index: CatalogIndex,
    heard: Sequence[SurfaceForm],
    ranks: RowArray,
    vectors: FloatArray,
    entities: MaskArray | None,
    context: RowArray,
) -> Retrieved:
    """Find candidates.

    Args:
        index: where to look.
        heard: the hypotheses' forms (n).
        ranks: int64 (n,), ascending: the hypothesis that each belongs to.
        vectors: float32 (n, dimension), the encoder's.
        entities: bool (n_entities,), which may be found; None allows all.
        context: int64, entity rows that are candidates whatever was heard.
    """
    form_entities = index.form_entities
    allowed = None if entities is None else entities[form_entities]
    scores, rows = index.searcher.search(vectors, RETRIEVED, allowed)
    sounds = ngram_products(index.ngrams.sounds, heard, sound_buckets)
    letters = ngram_products(index.ngrams.letters, heard, letter_buckets)
    by_ngrams = best_by_ngrams(sounds, letters, allowed)
    by_vectors = best_by_vectors(scores, rows, form_entities)
    entity_rows = np.union1d(by_vectors, form_entities[by_ngrams])
    entity_rows = np.union1d(entity_rows, context)
    facts = hear_facts(index.facts, first_forms(heard, ranks))
    if facts is not None:
        by_facts = entities_by_facts(index.facts, facts, RETRIEVED_BY_FACTS, entities)
        entity_rows = np.union1d(entity_rows, by_facts)
    found = np.union1d(rows[rows != MISSING_ROW], by_ngrams)
    form_rows, of_entity = forms_of(entity_rows, found, form_entities)
    forms = index.forms(form_rows)
    return Retrieved(
        entity_rows,
        form_rows,
        of_entity,
        forms,
        scores_of(form_rows, scores, rows),
        sounds.scores_at(form_rows),
        letters.scores_at(form_rows),
        shared_words(index.ngrams.letters, heard, forms),
        facts,
    )
