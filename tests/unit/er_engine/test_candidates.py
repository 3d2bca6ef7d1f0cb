"""Which entities and forms are compared, against plain loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.candidates import (
    MAX_ENTITY_FORMS,
    NEAR_BEST,
    RERANKED,
    RETRIEVED_BY_NGRAMS,
    best_by_ngrams,
    best_by_vectors,
    forms_of,
)
from er_engine.rerank.ngrams import NgramProducts
from er_engine.search import MISSING_ROW, RowArray

seeds = st.integers(0, 10_000)


def owners(random: np.random.Generator, n_entities: int) -> RowArray:
    """Return the entity of each form row: one to four forms each."""
    return np.repeat(np.arange(n_entities), random.integers(1, 5, n_entities))


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_best_by_vectors_are_the_entities_of_the_best_forms(seed: int) -> None:
    """The best form of an entity counts; of equal ones the first entities stay."""
    random = np.random.default_rng(seed)
    form_entities = owners(random, 150)
    rows = random.integers(0, len(form_entities), (3, 90))
    rows[0, 50:] = MISSING_ROW
    scores = random.integers(0, 9, rows.shape).astype(np.float32) / 8
    scores[rows == MISSING_ROW] = -np.inf
    best: dict[int, float] = {}
    for row, score in zip(rows.ravel().tolist(), scores.ravel().tolist(), strict=True):
        if row != MISSING_ROW:
            entity = int(form_entities[row])
            best[entity] = max(score, best.get(entity, 0.0))
    wanted = sorted(best, key=lambda entity: (-best[entity], entity))[:RERANKED]
    assert best_by_vectors(scores, rows, form_entities).tolist() == sorted(wanted)


@settings(deadline=None, max_examples=50)
@given(seeds)
def test_first_forms_and_found_ones_are_compared(seed: int) -> None:
    """Of each entity; what was found of other entities is left out."""
    random = np.random.default_rng(seed)
    form_entities = owners(random, 30)
    entities = np.unique(random.integers(0, 30, 8))
    found = np.unique(random.integers(0, len(form_entities), 20))
    wanted = {int(row) for row in found if form_entities[row] in entities}
    for entity in entities:
        wanted |= set(np.flatnonzero(form_entities == entity)[:MAX_ENTITY_FORMS].tolist())
    rows, of_entity = forms_of(entities, found, form_entities)
    assert rows.tolist() == sorted(wanted)
    assert entities[of_entity].tolist() == form_entities[rows].tolist()


@settings(deadline=None, max_examples=50)
@given(seeds, st.booleans())
def test_best_by_ngrams_are_the_strongest_forms(seed: int, filtered: bool) -> None:
    """Of each heard form so many, none far below its best, and none that is filtered out."""
    random = np.random.default_rng(seed)
    lengths = np.full(200, 2, dtype=np.float32)
    products = random.integers(0, 5, (2, 200)).astype(np.float32)
    allowed = random.random(200) < 0.3 if filtered else None
    sounds = NgramProducts(products, np.full(2, 2, np.float32), lengths)
    nothing = NgramProducts(np.zeros_like(products), np.zeros(2, np.float32), lengths)
    wanted: set[int] = set()
    for line in products:
        strength = line.copy() if allowed is None else line * allowed
        near = np.flatnonzero(strength > NEAR_BEST * strength.max())
        order = sorted(near.tolist(), key=lambda row: (-strength[row], row))
        wanted |= set(order[:RETRIEVED_BY_NGRAMS])
    assert best_by_ngrams(sounds, nothing, allowed).tolist() == sorted(wanted)
