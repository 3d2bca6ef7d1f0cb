"""Which entities are compared with what was heard, and which of their surface forms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from er_engine.rerank.ngrams import NgramProducts
from er_engine.search import MISSING_ROW, FloatArray, MaskArray, RowArray

# Entities that are reranked of those that vectors found.
RERANKED = 80
# Form rows that each heard form retrieves by n-grams.
RETRIEVED_BY_NGRAMS = 20
# Share of the best n-gram score below which nothing is retrieved by n-grams.
NEAR_BEST = 0.25
# Of an entity with more forms, the first ones and those that were retrieved are compared.
MAX_ENTITY_FORMS = 2


def best_by_vectors(scores: FloatArray, rows: RowArray, form_entities: RowArray) -> RowArray:
    """Entity rows, ascending, of the form rows found; the best RERANKED."""
    present = rows != MISSING_ROW
    entities, of_entities = form_entities[rows[present]], scores[present]
    order = np.lexsort((entities, -of_entities))
    _, best = np.unique(entities[order], return_index=True)
    chosen: RowArray = entities[order[np.sort(best)[:RERANKED]]]
    return np.sort(chosen)


def best_by_ngrams(
    sounds: NgramProducts, letters: NgramProducts, allowed: MaskArray | None
) -> RowArray:
    """Form rows that share the rarest pieces with any heard form; finds what vectors miss."""
    found = [np.zeros(0, dtype=np.int64)]
    for line, of_letters in zip(sounds.strengths(), letters.strengths(), strict=True):
        line += of_letters
        if allowed is not None:
            line[~allowed] = 0.0
        # Far below the best is no candidate; few rows are left to choose among.
        near = np.flatnonzero(line > NEAR_BEST * line.max())
        if len(near) > RETRIEVED_BY_NGRAMS:
            cut = len(near) - RETRIEVED_BY_NGRAMS
            near = near[line[near] >= np.partition(line[near], cut)[cut]]
        found.append(near[np.argsort(-line[near], kind="stable")[:RETRIEVED_BY_NGRAMS]])
    return np.unique(np.concatenate(found))


def forms_of(
    entity_rows: RowArray, found: RowArray, form_entities: RowArray
) -> tuple[RowArray, NDArray[np.int64]]:
    """Form rows: the first of these entities and all that were found of them; and whose each is."""
    starts = np.searchsorted(form_entities, entity_rows, side="left")
    ends = np.searchsorted(form_entities, entity_rows, side="right")
    first = starts[:, None] + np.arange(MAX_ENTITY_FORMS)
    of_these = found[np.isin(form_entities[found], entity_rows)]
    rows = np.unique(np.concatenate([of_these, first[first < ends[:, None]]]))
    return rows, np.searchsorted(entity_rows, form_entities[rows])


def scores_of(form_rows: RowArray, scores: FloatArray, rows: RowArray) -> FloatArray:
    """float32 (n_heard, n_forms): what the search found; elsewhere its worst, an upper bound."""
    result = np.empty((len(rows), len(form_rows)), dtype=np.float32)
    for heard, (found, found_scores) in enumerate(zip(rows, scores, strict=True)):
        present = found != MISSING_ROW
        result[heard] = found_scores[present].min(initial=1.0)
        place = np.searchsorted(form_rows, found[present])
        place = np.minimum(place, len(form_rows) - 1)
        same = form_rows[place] == found[present]
        result[heard, place[same]] = found_scores[present][same]
    return result
