"""Resolve an n-best list: retrieve candidates, rerank them, decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from er_engine.attributes import attribute_texts
from er_engine.errors import IndexFormatError, QueryError
from er_engine.explanation import explain_pair, phoneme_text
from er_engine.model import Model
from er_engine.options import NO_OPTIONS, ResolveOptions
from er_engine.readings import read_aloud
from er_engine.rerank.comparison import (
    Comparison,
    best_pair,
    best_similarities,
    describe_pair,
    entity_scores,
    heard_facts,
    mean_sounds,
)
from er_engine.rerank.decide import decide
from er_engine.rerank.fact_pairs import with_fact_pairs
from er_engine.rerank.features import similarities
from er_engine.rerank.fusion import weight_vector
from er_engine.rerank.homophones import spelled_as_heard
from er_engine.rerank.order import Ordered, likeliest
from er_engine.rerank.partial import with_parts
from er_engine.rerank.ranking import Ranking, rank
from er_engine.rerank.settings import CalibrationSettings
from er_engine.retrieval import Retrieved, retrieve
from er_engine.search import CatalogIndex, MaskArray, RowArray
from er_engine.stages import Stages
from er_engine.surface_forms import beginning
from er_engine.types import Candidate, Explanation, Hypothesis, Resolution, SurfaceForm

# More hypotheses than these add latency and nearly no evidence.
MAX_HYPOTHESES = 10
MAX_TEXT_LENGTH = 2_000


class Resolver:
    """Finds the entity that an n-best list means; thread-safe after construction."""

    def __init__(self, index: CatalogIndex, model: Model) -> None:
        """Join an index and the model that made it.

        Raises:
            IndexFormatError: the index was made with another encoder or another G2P.
        """
        if index.encoder_fingerprint != model.encoder.fingerprint:
            raise IndexFormatError(
                f"the index was made with encoder {index.encoder_fingerprint[:12]}, the model has "
                f"{model.encoder.fingerprint[:12]}; build the index again with this model"
            )
        if index.g2p != model.g2p.name:
            raise IndexFormatError(
                f"the index was made with G2P {index.g2p!r}, the model uses {model.g2p.name!r}; "
                "build the index again with this model and language"
            )
        self._index = index
        self._model = model
        self._weights = weight_vector(model.settings.rerank)

    @property
    def index(self) -> CatalogIndex:
        """What it finds entities in."""
        return self._index

    @property
    def model(self) -> Model:
        """What it hears and ranks with."""
        return self._model

    def resolve(
        self,
        n_best: Sequence[Hypothesis],
        k: int = 5,
        type: str | None = None,  # noqa: A002
        options: ResolveOptions = NO_OPTIONS,
    ) -> Resolution:
        """Resolve one utterance.

        Args:
            n_best: the recogniser's hypotheses. Where each has a score, the best MAX_HYPOTHESES by
                score are read, in whatever order they are; else the first ones, best first. At
                least one of these must have a letter or a digit.
            k: how many candidates to return, at least 1; a catalog with fewer returns fewer.
            type: only entities of exactly this type.
            options: what else may be asked for.

        Raises:
            QueryError: no hypothesis, none with anything speakable, a text that is too long, or k
                below 1.
        """
        if k < 1:
            raise QueryError(f"k must be at least 1, got {k}")
        stages = Stages()
        comparison = self.compare(n_best, type, options, stages)
        if not len(comparison.entity_rows):
            return Resolution("no_match", 1.0, (), stages.milliseconds())
        answer = self._answer(comparison, k, options)
        stages.lap("decide")
        return replace(answer, timings=stages.milliseconds())

    def compare(
        self,
        n_best: Sequence[Hypothesis],
        type: str | None = None,  # noqa: A002
        options: ResolveOptions = NO_OPTIONS,
        stages: Stages | None = None,
    ) -> Comparison:
        """Retrieve candidates and compare them with what was heard.

        The model's weights say for which candidates parts of names and the rests beside facts are
        compared, and whether a part stands for its name.
        Entities of the context are always among the candidates.

        Raises:
            QueryError: no hypothesis, none with anything speakable, or a text that is too long.
        """
        stages = stages or Stages()
        ordered = _read(n_best)
        heard, ranks = self._hear(ordered.texts)
        stages.lap("hear")
        vectors = self._model.encoder.encode(heard)
        stages.lap("encode")
        entities = self._allowed(type, options)
        context = self._context_rows(options, entities)
        retrieved = retrieve(self._index, heard, ranks, vectors, entities, context)
        stages.lap("retrieve")
        comparison = self._compared(ordered, heard, ranks, retrieved)
        stages.lap("compare")
        return comparison

    def _compared(
        self, ordered: Ordered, heard: list[SurfaceForm], ranks: RowArray, retrieved: Retrieved
    ) -> Comparison:
        rerank, costs, forms = self._model.settings.rerank, self._model.costs, retrieved.forms
        features = similarities(
            heard,
            forms,
            retrieved.vectors,
            retrieved.sounds,
            retrieved.letters,
            retrieved.words,
            costs,
            rerank.vector_floor,
        )
        comparison = Comparison(
            heard,
            ranks,
            retrieved.entity_rows,
            retrieved.form_rows,
            retrieved.of_entity,
            features,
            ordered.places[ranks],
            None if ordered.scores is None else ordered.scores[ranks],
        )
        comparison = spelled_as_heard(self._with_parts(comparison, forms), forms)
        if retrieved.facts is None or not len(retrieved.entity_rows):
            return comparison
        return with_fact_pairs(comparison, retrieved.facts, forms, rerank, costs)

    def _with_parts(self, comparison: Comparison, forms: Sequence[SurfaceForm]) -> Comparison:
        encode = self._model.sound_vectors
        if encode is None or not len(forms):
            return comparison
        return with_parts(comparison, forms, self._model.settings.rerank, encode, self._model.costs)

    def _hear(self, texts: list[str]) -> tuple[list[SurfaceForm], RowArray]:
        """The hypotheses' forms, and the rank of the hypothesis that each belongs to."""
        spoken = read_aloud(texts, self._model.g2p, self._model.lang)
        if not any(spoken):
            raise QueryError(
                f"nothing speakable in {texts[0]!r}: a hypothesis needs a letter or a digit"
            )
        forms = [beginning(form) for group in spoken for form in group]
        return forms, np.repeat(np.arange(len(spoken)), [len(group) for group in spoken])

    def _allowed(self, type_name: str | None, options: ResolveOptions) -> MaskArray | None:
        """Which entities may be found, bool (n_entities,); None allows all."""
        masks = [] if type_name is None else [self._index.entities_of_type(type_name)]
        masks.extend(
            self._index.entities_with(attribute, attribute_texts(value))
            for attribute, value in options.attributes.items()
        )
        return np.logical_and.reduce(masks) if masks else None

    def _context_rows(self, options: ResolveOptions, allowed: MaskArray | None) -> RowArray:
        """Entity rows of the context that are in the catalog and not filtered out."""
        found = [self._index.entities.row_of(entity_id) for entity_id in options.context]
        rows = np.array([row for row in found if row is not None], dtype=np.int64)
        return rows if allowed is None else rows[allowed[rows]]

    def _calibration(self, options: ResolveOptions) -> CalibrationSettings:
        """The model's, with what the query wishes in its place."""
        calibration = self._model.settings.calibration
        if options.precision is not None:
            calibration = replace(calibration, match_probability=options.precision)
        if options.no_match_share is not None:
            calibration = calibration.with_share(options.no_match_share)
        return calibration

    def _answer(self, comparison: Comparison, k: int, options: ResolveOptions) -> Resolution:
        calibration = self._calibration(options)
        rows = comparison.entity_rows
        ranking = rank(
            entity_scores(comparison, self._model.settings.rerank),
            self._index.popularity[rows],
            rows,
            np.isin(rows, self._context_rows(options, None)) * np.float32(options.context_boost),
            calibration,
            best_similarities(comparison),
            mean_sounds(comparison),
        )
        likely = ranking.probabilities
        enough = int(np.sum(likely >= options.min_probability))
        candidates = self._candidates(comparison, ranking, min(k, enough), options.explain)
        decision = decide(likely, ranking.nothing, calibration) if enough else "no_match"
        return Resolution(decision, ranking.nothing, candidates)

    def _candidates(
        self, comparison: Comparison, ranking: Ranking, count: int, explain: bool
    ) -> tuple[Candidate, ...]:
        top = ranking.order[:count]
        entities = self._index.entities.get(comparison.entity_rows[top].tolist())
        rerank = self._model.settings.rerank
        pairs = [best_pair(comparison, int(entity), rerank) for entity in top]
        forms = self._index.forms(comparison.form_rows[[form for _, form in pairs]])
        return tuple(
            Candidate(
                entity,
                float(ranking.scores[place]),
                float(ranking.probabilities[place]),
                form.text,
                describe_pair(
                    comparison, *pair, self._weights, heard_facts(comparison, pair, rerank)
                ),
                self._explain(comparison, pair, form, float(ranking.priors[place]))
                if explain
                else None,
                phoneme_text(form.pronunciation),
            )
            for place, (entity, form, pair) in enumerate(zip(entities, forms, pairs, strict=True))
        )

    def _explain(
        self, comparison: Comparison, pair: tuple[int, int], form: SurfaceForm, prior: float
    ) -> Explanation:
        costs = self._model.costs
        return explain_pair(comparison, pair, form, self._model.settings.rerank, prior, costs)


def _read(n_best: Sequence[Hypothesis]) -> Ordered:
    if not n_best:
        raise QueryError("the n-best list is empty; give at least one hypothesis")
    too_long = next((h for h in n_best if len(h.text) > MAX_TEXT_LENGTH), None)
    if too_long is not None:
        raise QueryError(
            f"a hypothesis has {len(too_long.text)} characters; at most {MAX_TEXT_LENGTH} are read"
        )
    return likeliest(n_best, MAX_HYPOTHESES)
