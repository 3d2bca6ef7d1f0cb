"""Resolve an n-best list: retrieve candidates, rerank them, decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.errors import IndexFormatError, QueryError
from er_engine.model import Model
from er_engine.rerank.decide import decide, no_match_probability, probabilities
from er_engine.rerank.features import similarities
from er_engine.rerank.fusion import best_per_group, fuse_hypotheses, weight_vector
from er_engine.rerank.settings import FEATURES
from er_engine.search import MISSING_ROW, CatalogIndex, FloatArray, MaskArray, RowArray
from er_engine.surface_forms import text_forms
from er_engine.types import Candidate, Hypothesis, Resolution, SurfaceForm

# Form rows that each heard form retrieves, and entities that are reranked.
RETRIEVED = 100
RERANKED = 100
# More hypotheses than these add latency and nearly no evidence.
MAX_HYPOTHESES = 10
MAX_HEARD_FORMS = 2
MAX_ENTITY_FORMS = 8
MAX_TEXT_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class _Heard:
    """The forms of an n-best list; `of_hypothesis` int64 (n_forms,) is ascending."""

    forms: list[SurfaceForm]
    of_hypothesis: NDArray[np.int64]
    count: int


@dataclass(frozen=True, slots=True)
class _Retrieved:
    """Candidates: form rows grouped by entity, and the vector scores of each heard form."""

    entity_rows: RowArray
    form_rows: RowArray
    of_entity: NDArray[np.int64]
    vector_scores: FloatArray


class Resolver:
    """Finds the entity that an n-best list means; thread-safe after construction."""

    def __init__(self, index: CatalogIndex, model: Model) -> None:
        """Join an index and the model that made it.

        Raises:
            IndexFormatError: the index was made with another encoder.
        """
        if index.encoder_fingerprint != model.encoder.fingerprint:
            raise IndexFormatError(
                f"the index was made with encoder {index.encoder_fingerprint[:12]}, the model has "
                f"{model.encoder.fingerprint[:12]}; build the index again with this model"
            )
        self._index = index
        self._model = model
        self._weights = weight_vector(model.settings.rerank)

    def resolve(
        self,
        n_best: Sequence[Hypothesis],
        k: int = 5,
        type: str | None = None,  # noqa: A002
    ) -> Resolution:
        """Resolve one utterance.

        Args:
            n_best: the recogniser's hypotheses, best first; at least one must have a letter.
            k: how many candidates to return, at least 1; a catalog with fewer returns fewer.
            type: only entities of exactly this type.

        Raises:
            QueryError: no hypothesis, none with anything speakable, or k below 1.
        """
        heard = self._hear(n_best, k)
        found = self._retrieve(heard, type)
        if not len(found.entity_rows):
            return Resolution("no_match", 1.0, ())
        features = similarities(heard.forms, self._forms(found), found.vector_scores)
        scores = self._entity_scores(features, heard, found)
        return self._answer(scores, features, heard, found, k)

    def _hear(self, n_best: Sequence[Hypothesis], k: int) -> _Heard:
        if k < 1:
            raise QueryError(f"k must be at least 1, got {k}")
        if not n_best:
            raise QueryError("the n-best list is empty; give at least one hypothesis")
        too_long = next((h for h in n_best if len(h.text) > MAX_TEXT_LENGTH), None)
        if too_long is not None:
            raise QueryError(
                f"a hypothesis has {len(too_long.text)} characters; "
                f"at most {MAX_TEXT_LENGTH} are read"
            )
        texts = [hypothesis.text for hypothesis in n_best[:MAX_HYPOTHESES]]
        groups = text_forms(texts, self._model.g2p, self._model.lang)
        spoken = [[form for form in group if form.spoken][:MAX_HEARD_FORMS] for group in groups]
        if not any(spoken):
            raise QueryError(
                f"nothing speakable in {texts[0]!r}: a hypothesis needs a letter or a digit"
            )
        forms = [form for group in spoken for form in group]
        counts = [len(group) for group in spoken]
        return _Heard(forms, np.repeat(np.arange(len(spoken)), counts), len(spoken))

    def _retrieve(self, heard: _Heard, type_name: str | None) -> _Retrieved:
        index = self._index
        vectors = self._model.encoder.encode(heard.forms)
        scores, rows = index.searcher.search(vectors, RETRIEVED, self._allowed(type_name))
        found = np.unique(rows[rows != MISSING_ROW])
        if not len(found):
            nothing = np.zeros(0, dtype=np.int64)
            return _Retrieved(nothing, nothing, nothing, np.zeros((len(rows), 0), np.float32))
        found_scores = _scores_of(found, scores, rows)
        entities = index.form_entities[found]
        entity_rows, groups = np.unique(entities, return_inverse=True)
        if len(entity_rows) > RERANKED:
            best = best_per_group(found_scores, groups, len(entity_rows), axis=1).max(axis=0)
            keep = np.sort(np.argsort(-best, kind="stable")[:RERANKED])
            entity_rows = entity_rows[keep]
        form_rows, of_entity = self._all_forms(entity_rows)
        return _Retrieved(entity_rows, form_rows, of_entity, _scores_of(form_rows, scores, rows))

    def _allowed(self, type_name: str | None) -> MaskArray | None:
        if type_name is None:
            return None
        mask: MaskArray = self._index.entities_of_type(type_name)[self._index.form_entities]
        return mask

    def _all_forms(self, entity_rows: RowArray) -> tuple[RowArray, NDArray[np.int64]]:
        """All forms of these entities, not only those that the vectors found."""
        starts = np.searchsorted(self._index.form_entities, entity_rows, side="left")
        ends = np.searchsorted(self._index.form_entities, entity_rows, side="right")
        ends = np.minimum(ends, starts + MAX_ENTITY_FORMS)
        rows = np.concatenate([np.arange(a, b) for a, b in zip(starts, ends, strict=True)])
        return rows, np.repeat(np.arange(len(entity_rows)), ends - starts)

    def _forms(self, found: _Retrieved) -> list[SurfaceForm]:
        return self._index.forms(found.form_rows)

    def _entity_scores(self, features: FloatArray, heard: _Heard, found: _Retrieved) -> FloatArray:
        pair_scores = features @ self._weights
        by_entity = best_per_group(pair_scores, found.of_entity, len(found.entity_rows), axis=1)
        ranks = np.unique(heard.of_hypothesis)
        groups = np.searchsorted(ranks, heard.of_hypothesis)
        by_hypothesis = best_per_group(by_entity, groups, len(ranks), axis=0)
        return fuse_hypotheses(by_hypothesis, ranks, self._model.settings.rerank)

    def _answer(
        self, scores: FloatArray, features: FloatArray, heard: _Heard, found: _Retrieved, k: int
    ) -> Resolution:
        settings = self._model.settings.calibration
        popularity = self._index.popularity[found.entity_rows]
        # Equal scores: the more popular first, then catalog order.
        order = np.lexsort((found.entity_rows, -popularity, -scores))
        ordered = scores[order]
        nothing = no_match_probability(ordered, settings)
        likely = probabilities(ordered, nothing, settings)
        top = order[:k]
        entities = self._index.entities.get(found.entity_rows[top].tolist())
        explained = [self._explain(int(entity), features, heard, found) for entity in top]
        candidates = tuple(
            Candidate(entity, float(scores[row]), float(likely[rank]), form.text, explanation)
            for rank, (row, entity, (form, explanation)) in enumerate(
                zip(top, entities, explained, strict=True)
            )
        )
        return Resolution(decide(likely, nothing, settings), nothing, candidates)

    def _explain(
        self, entity: int, features: FloatArray, heard: _Heard, found: _Retrieved
    ) -> tuple[SurfaceForm, str]:
        """The best pair of heard form and surface form, and what its similarities were."""
        columns = np.flatnonzero(found.of_entity == entity)
        pairs = features[:, columns] @ self._weights
        row, column = np.unravel_index(int(np.argmax(pairs)), pairs.shape)
        form = self._index.forms(found.form_rows[columns[column : column + 1]])[0]
        values = features[row, columns[column]]
        parts = [
            f"{name} {value:.2f}"
            for name, value, weight in zip(FEATURES, values, self._weights, strict=True)
            if weight
        ]
        return form, f"heard {heard.forms[row].spoken!r}: {', '.join(parts)}"


def _scores_of(form_rows: RowArray, scores: FloatArray, rows: RowArray) -> FloatArray:
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
