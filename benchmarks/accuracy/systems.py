"""The systems beside the engine as retrievers, and the engine with notes of what it answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from er_engine.encoder.trained import TrainedEncoder
from er_engine.evaluation.systems import ENGINE, Answer, first_answer, resolve_with_ties
from er_engine.facts.fact_index import index_facts
from er_engine.memory_index import MemoryEntities, MemoryIndex, index_in_memory
from er_engine.model import Model
from er_engine.options import NO_OPTIONS, ResolveOptions
from er_engine.phonemes.similarity import alignment_similarities, sound_ids
from er_engine.rerank.comparison import Comparison
from er_engine.rerank.ngrams import index_ngrams
from er_engine.resolver import Resolver
from er_engine.search import ExactSearcher, FloatArray, MaskArray, Retriever, RowArray
from er_engine.stages import Stages
from er_engine.surface_forms import text_forms
from er_engine.types import Entity, Hypothesis, Resolution, SurfaceForm

PHONETIC, SEMANTIC, SUM_OF_TOWERS = "phonetic", "semantic", "sum"


class Towers:
    """A trained encoder that keeps what each tower gave for the last batch of forms."""

    def __init__(self, encoder: TrainedEncoder) -> None:
        self._encoder = encoder
        self.dimension = encoder.dimension
        self.fingerprint = encoder.fingerprint
        self.last: dict[str, FloatArray] = {}

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """See `Encoder.encode`."""
        order = sorted(range(len(forms)), key=lambda row: len(forms[row].pronunciation))
        found: dict[str, FloatArray] = {}
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            parts = self._encoder.parts([forms[row] for row in rows])
            parts[SUM_OF_TOWERS] = self._encoder.join(parts)
            for name, vectors in parts.items():
                shape = (len(forms), vectors.shape[1])
                found.setdefault(name, np.zeros(shape, dtype=np.float32))[rows] = vectors
        self.last = found
        return found[SUM_OF_TOWERS]


class OneTower:
    """One tower of a trained encoder as an encoder."""

    def __init__(self, encoder: TrainedEncoder, tower: str) -> None:
        self._towers = Towers(encoder)
        self._tower = tower
        self.dimension = encoder.dimension
        self.fingerprint = f"{tower} tower of {encoder.fingerprint}"

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """See `Encoder.encode`."""
        self._towers.encode(forms, batch_size)
        return self._towers.last[self._tower]


@dataclass(frozen=True)
class Prepared:
    """A catalog in memory, and the vectors of its forms by tower (`sum` is the encoder's)."""

    model: Model
    index: MemoryIndex
    vectors: dict[str, FloatArray]

    @property
    def entities(self) -> list[Entity]:
        """The entities in catalog order."""
        return self.index.entities.get(range(len(self.index.entities)))

    def resolver(self) -> NotingResolver:
        """The engine as it is served."""
        return NotingResolver(self.index, self.model)

    def resolver_of(self, tower: str) -> NotingResolver:
        """The engine with the vectors of one tower alone; everything else stays."""
        assert isinstance(self.model.encoder, TrainedEncoder)
        encoder = OneTower(self.model.encoder, tower)
        searcher = ExactSearcher(self.vectors[tower])
        index = replace(self.index, searcher=searcher, encoder_fingerprint=encoder.fingerprint)
        model = replace(self.model, encoder=encoder)
        if tower == SEMANTIC:
            model = replace(model, sound_vectors=None)
        return NotingResolver(index, model)

    def subset(self, kept: MaskArray) -> Prepared:
        """Return the catalog with some of its entities; `kept` is bool (n_entities,)."""
        of_form = kept[self.index.form_entities]
        forms = self.index.forms(np.flatnonzero(of_form))
        new_row = np.cumsum(kept) - 1
        entities = [entity for entity, keep in zip(self.entities, kept, strict=True) if keep]
        vectors = {name: found[of_form] for name, found in self.vectors.items()}
        index = replace(
            self.index,
            searcher=ExactSearcher(vectors[SUM_OF_TOWERS]),
            entities=MemoryEntities(entities),
            ngrams=index_ngrams(forms),
            form_entities=new_row[self.index.form_entities[of_form]].astype(np.int64),
            popularity=self.index.popularity[kept],
            all_forms=forms,
            facts=index_facts(entities, self.model.lang),
            types=[entity.type for entity in entities],
        )
        return Prepared(self.model, index, vectors)


def prepare(entities: Sequence[Entity], model: Model, templates: Sequence[str] = ()) -> Prepared:
    """Index a catalog in memory, encoding each form once for all towers."""
    assert isinstance(model.encoder, TrainedEncoder)
    towers = Towers(model.encoder)
    index = index_in_memory(entities, replace(model, encoder=towers), templates)
    return Prepared(model, index, towers.last)


class NotingResolver(Resolver):
    """A resolver that notes which entities it compared last: those it had retrieved."""

    retrieved: RowArray

    def compare(
        self,
        n_best: Sequence[Hypothesis],
        type: str | None = None,  # noqa: A002
        options: ResolveOptions = NO_OPTIONS,
        stages: Stages | None = None,
    ) -> Comparison:
        """See `Resolver.compare`."""
        found = super().compare(n_best, type, options, stages)
        self.retrieved = found.entity_rows
        return found


@dataclass(frozen=True, slots=True)
class Note:
    """What the engine said to one query.

    `ids` are the first candidate and those of the same score; `probability` is theirs together.
    """

    ids: tuple[str, ...]
    probability: float
    no_match_probability: float
    decision: str
    retrieved: frozenset[int]


class NotedEngine:
    """The engine as a `System`; notes every answer, in the order of asking."""

    name = ENGINE

    def __init__(self, resolver: NotingResolver, depth: int = 20) -> None:
        self._resolver = resolver
        self._depth = depth
        self.notes: list[Note] = []

    def answer(self, nbest: Sequence[Hypothesis], type_name: str | None) -> Answer:
        """See `System.answer`."""
        found = resolve_with_ties(self._resolver, nbest, self._depth, type_name)
        self.notes.append(note_of(found, self._resolver.retrieved))
        scored = tuple((candidate.entity.id, candidate.score) for candidate in found.candidates)
        return Answer(scored, found.no_match_probability)


def note_of(found: Resolution, retrieved: RowArray) -> Note:
    """Keep of an answer what calibration and recall are computed from."""
    first = first_answer(found)
    return Note(
        tuple(candidate.entity.id for candidate in first),
        sum(candidate.probability for candidate in first),
        found.no_match_probability,
        found.decision,
        frozenset(retrieved.tolist()),
    )


class Remembering:
    """A retriever that scores every hypothesis once, however often it is asked."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever
        self._scores: dict[str, FloatArray] = {}

    @property
    def name(self) -> str:
        """As of the retriever."""
        return self._retriever.name

    def score(self, hypotheses: Sequence[str]) -> FloatArray:
        """See `Retriever.score`."""
        new = [text for text in dict.fromkeys(hypotheses) if text not in self._scores]
        if new:
            self._scores.update(zip(new, self._retriever.score(new), strict=True))
        return np.stack([self._scores[text] for text in hypotheses])


class Heard:
    """Reads and encodes hypotheses, each text once for all towers."""

    def __init__(self, model: Model) -> None:
        assert isinstance(model.encoder, TrainedEncoder)
        self._model = model
        self._towers = Towers(model.encoder)
        self._vectors: dict[str, dict[str, FloatArray]] = {}

    def forms(self, texts: Sequence[str]) -> list[tuple[SurfaceForm, ...]]:
        """The surface forms of each text."""
        return [tuple(group) for group in text_forms(texts, self._model.g2p, self._model.lang)]

    def vectors(self, texts: Sequence[str], tower: str) -> list[FloatArray]:
        """float32 (n_forms, dimension) for each text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            groups = self.forms(new)
            self._towers.encode([form for group in groups for form in group])
            ends = np.cumsum([len(group) for group in groups])[:-1]
            parts = {name: np.split(rows, ends) for name, rows in self._towers.last.items()}
            for row, text in enumerate(new):
                self._vectors[text] = {name: found[row] for name, found in parts.items()}
        return [self._vectors[text][tower] for text in texts]


class TowerRetriever:
    """The vectors of one tower, or of their weighted sum, searched exactly."""

    def __init__(self, prepared: Prepared, heard: Heard, tower: str, name: str = "") -> None:
        self.name = name or f"{tower} vectors"
        self._heard = heard
        self._tower = tower
        self._names = prepared.vectors[tower]
        self._starts = starts_of(prepared.index)

    def score(self, hypotheses: Sequence[str]) -> FloatArray:
        """See `Retriever.score`."""
        groups = self._heard.vectors(hypotheses, self._tower)
        best = [np.maximum.reduce(group @ self._names.T) for group in groups]
        return np.maximum.reduceat(np.stack(best), self._starts, axis=1)


class AlignmentRetriever:
    """Weighted phoneme alignment with every name of the catalog, nothing retrieved before.

    The score is the mean of whole and of fitting similarity.
    """

    name = "phoneme alignment"

    def __init__(self, prepared: Prepared, heard: Heard) -> None:
        self._heard = heard
        self._costs = prepared.model.costs
        self._sounds = [sound_ids(form.pronunciation) for form in prepared.index.all_forms]
        self._starts = starts_of(prepared.index)

    def score(self, hypotheses: Sequence[str]) -> FloatArray:
        """See `Retriever.score`."""
        found = []
        for forms in self._heard.forms(hypotheses):
            sounds = [sound_ids(form.pronunciation) for form in forms]
            whole, fitting = alignment_similarities(sounds, self._sounds, self._costs)
            best = (whole + fitting).max(axis=0) / 2
            found.append(np.maximum.reduceat(best, self._starts))
        return np.stack(found)


def starts_of(index: MemoryIndex) -> RowArray:
    """The first form row of each entity."""
    return np.flatnonzero(np.diff(index.form_entities, prepend=-1))
