"""Entities that changed after the main index was made: small, exact, in memory, append-only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import numpy as np

from er_engine.search import FloatArray
from er_engine.types import Entity, SurfaceForm
from index.live.growing import GrowingArray
from index.live.records import EncodedEntity


@dataclass(slots=True)
class SideIndex:
    """Rows are numbered from 0 here; views add the number of main rows.

    Lists only grow, so that a view that knows how long they were may share them.
    """

    dimension: int
    entities: list[Entity] = field(default_factory=list)
    forms: list[SurfaceForm] = field(default_factory=list)
    rows_of: dict[str, list[int]] = field(default_factory=dict)
    _vectors: GrowingArray = field(init=False)

    def __post_init__(self) -> None:
        self._vectors = GrowingArray(np.zeros((0, self.dimension)), np.float32)

    def add(self, encoded: EncodedEntity) -> int:
        """Append an entity; return its row."""
        row = len(self.entities)
        self.entities.append(encoded.entity)
        self.forms.extend(encoded.forms)
        self._vectors.extend(encoded.vectors)
        self.rows_of.setdefault(encoded.entity.id, []).append(row)
        return row

    def vectors(self) -> FloatArray:
        """float32 (n_forms, dimension), of unit length."""
        return cast("FloatArray", self._vectors.view())

    def row_of(self, entity_id: str, before: int) -> int | None:
        """Return the last row, below `before`, that has this id."""
        rows = self.rows_of.get(entity_id, ())
        return next((row for row in reversed(rows) if row < before), None)
