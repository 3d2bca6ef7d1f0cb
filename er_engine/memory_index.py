"""A catalog index in memory with exact search: for fitting, tests and small catalogs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from er_engine.attributes import attribute_texts
from er_engine.facts.fact_index import NO_FACTS, Facts, index_facts
from er_engine.model import Model
from er_engine.rerank.ngrams import CatalogNgrams, index_ngrams
from er_engine.search import ExactSearcher, FloatArray, MaskArray, RowArray
from er_engine.surface_forms import surface_forms
from er_engine.types import Entity, SurfaceForm


class MemoryEntities:
    """An `EntityStore` in memory."""

    def __init__(self, entities: Sequence[Entity]) -> None:
        self._entities = entities

    def __len__(self) -> int:
        return len(self._entities)

    def get(self, rows: Sequence[int]) -> list[Entity]:
        """See `EntityStore.get`."""
        return [self._entities[row] for row in rows]

    def row_of(self, entity_id: str) -> int | None:
        """See `EntityStore.row_of`."""
        rows = (row for row, entity in enumerate(self._entities) if entity.id == entity_id)
        return next(rows, None)


@dataclass(frozen=True, slots=True)
class MemoryIndex:
    """A `CatalogIndex` whose parts all live in memory."""

    searcher: ExactSearcher
    entities: MemoryEntities
    ngrams: CatalogNgrams
    form_entities: RowArray
    popularity: FloatArray
    encoder_fingerprint: str
    g2p: str
    lang: str
    all_forms: Sequence[SurfaceForm]
    types: Sequence[str | None]
    facts: Facts = NO_FACTS

    def forms(self, rows: Sequence[int] | RowArray) -> list[SurfaceForm]:
        """See `CatalogIndex.forms`."""
        return [self.all_forms[row] for row in rows]

    def entities_of_type(self, type_name: str) -> MaskArray:
        """See `CatalogIndex.entities_of_type`."""
        return np.array([name == type_name for name in self.types], dtype=np.bool_)

    def entities_with(self, attribute: str, texts: frozenset[str]) -> MaskArray:
        """See `CatalogIndex.entities_with`."""
        entities = self.entities.get(range(len(self.entities)))
        values = [attribute_texts(entity.attributes.get(attribute)) for entity in entities]
        return np.array([bool(found & texts) for found in values], dtype=np.bool_)


def index_in_memory(
    entities: Sequence[Entity], model: Model, templates: Sequence[str] = ()
) -> MemoryIndex:
    """Make surface forms and vectors of a catalog; seconds for some ten thousand entities."""
    groups = surface_forms(entities, model.g2p, templates, model.lang)
    forms = [form for group in groups for form in group]
    counts = [len(group) for group in groups]
    return MemoryIndex(
        searcher=ExactSearcher(model.encoder.encode(forms)),
        entities=MemoryEntities(entities),
        ngrams=index_ngrams(forms),
        form_entities=np.repeat(np.arange(len(entities), dtype=np.int64), counts),
        popularity=np.array([entity.popularity for entity in entities], dtype=np.float32),
        encoder_fingerprint=model.encoder.fingerprint,
        g2p=model.g2p.name,
        lang=model.lang,
        all_forms=forms,
        types=[entity.type for entity in entities],
        facts=index_facts(entities, model.lang),
    )
