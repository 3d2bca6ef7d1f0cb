"""A consistent view of a live catalog: what the resolver works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from er_engine.attributes import attribute_texts
from er_engine.facts.fact_index import Facts
from er_engine.rerank.ngrams import CatalogNgrams
from er_engine.search import CatalogIndex, FloatArray, MaskArray, RowArray
from er_engine.types import Entity, SurfaceForm
from index.live.joined_search import JoinedSearcher
from index.live.side import SideIndex


@dataclass(frozen=True, slots=True)
class JoinedEntities:
    """Entities of the main index, then those of the side; an `EntityStore`.

    Rows of entities that were replaced or deleted stay; they are only found no more.
    """

    main: CatalogIndex
    side: SideIndex
    alive: MaskArray

    def __len__(self) -> int:
        return len(self.alive)

    def get(self, rows: Sequence[int]) -> list[Entity]:
        """See `EntityStore.get`."""
        wanted = np.asarray(rows, dtype=np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= len(self)):
            raise IndexError(f"an entity row is outside 0..{len(self) - 1}")
        n_main = len(self.main.entities)
        from_main = iter(self.main.entities.get(wanted[wanted < n_main].tolist()))
        return [
            next(from_main) if row < n_main else self.side.entities[row - n_main]
            for row in wanted.tolist()
        ]

    def row_of(self, entity_id: str) -> int | None:
        """Return the row of the entity with this id, or None."""
        n_main = len(self.main.entities)
        in_side = self.side.row_of(entity_id, len(self) - n_main)
        row = self.main.entities.row_of(entity_id) if in_side is None else in_side + n_main
        return row if row is not None and self.alive[row] else None


@dataclass(frozen=True, slots=True)
class LiveView:
    """A `CatalogIndex` of one moment: main index, side index, and which of their rows are alive.

    Attributes:
        sequence: number of the last change that is in it.
        searcher: vectors by form row; finds no row that is gone.
        entities: entities by entity row.
        ngrams: of all form rows; those that are gone score 0.
        form_entities: int64 (n_forms,): the entity row of each form row, ascending.
        popularity: float32 (n_entities,).
        alive: bool (n_entities,): which entity rows are in the catalog.
        facts: of the entities that are in the catalog.
    """

    sequence: int
    main: CatalogIndex
    side: SideIndex
    searcher: JoinedSearcher
    entities: JoinedEntities
    ngrams: CatalogNgrams
    form_entities: RowArray
    popularity: FloatArray
    alive: MaskArray
    facts: Facts

    def __len__(self) -> int:
        """Number of entities that are in the catalog."""
        return int(np.count_nonzero(self.alive))

    @property
    def encoder_fingerprint(self) -> str:
        """Fingerprint of the encoder that made the vectors."""
        return self.main.encoder_fingerprint

    @property
    def g2p(self) -> str:
        """Name of the G2P that made the pronunciations."""
        return self.main.g2p

    @property
    def lang(self) -> str:
        """Language of the catalog."""
        return self.main.lang

    def forms(self, rows: Sequence[int] | RowArray) -> list[SurfaceForm]:
        """See `CatalogIndex.forms`."""
        wanted = np.asarray(rows, dtype=np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= len(self.form_entities)):
            raise IndexError(f"a form row is outside 0..{len(self.form_entities) - 1}")
        n_main = len(self.main.form_entities)
        from_main = iter(self.main.forms(wanted[wanted < n_main]))
        return [
            next(from_main) if row < n_main else self.side.forms[row - n_main]
            for row in wanted.tolist()
        ]

    def entities_of_type(self, type_name: str) -> MaskArray:
        """See `CatalogIndex.entities_of_type`."""
        of_side = [entity.type == type_name for entity in self._side_entities()]
        return self._masked(self.main.entities_of_type(type_name), of_side)

    def entities_with(self, attribute: str, texts: frozenset[str]) -> MaskArray:
        """See `CatalogIndex.entities_with`."""
        of_side = [
            bool(attribute_texts(entity.attributes.get(attribute)) & texts)
            for entity in self._side_entities()
        ]
        return self._masked(self.main.entities_with(attribute, texts), of_side)

    def all_entities(self) -> list[Entity]:
        """Every entity that is in the catalog, in catalog order."""
        return self.entities.get(np.flatnonzero(self.alive).tolist())

    def _side_entities(self) -> list[Entity]:
        return self.side.entities[: len(self.alive) - len(self.main.entities)]

    def _masked(self, of_main: MaskArray, of_side: list[bool]) -> MaskArray:
        mask: MaskArray = np.concatenate([of_main, np.array(of_side, dtype=np.bool_)]) & self.alive
        return mask
