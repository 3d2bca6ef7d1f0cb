"""The catalog that an index holds, as evaluation needs it: entities, rows, types, forms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from er_engine.search import CatalogIndex, MaskArray
from er_engine.types import Entity, SurfaceForm


class JudgedCatalog:
    """All entities of an index in memory; forms are read when a baseline asks for them."""

    def __init__(self, index: CatalogIndex) -> None:
        self._index = index
        self.entities: list[Entity] = index.entities.get(range(len(index.entities)))
        self.rows = {entity.id: row for row, entity in enumerate(self.entities)}
        self._masks: dict[str, MaskArray] = {}

    @property
    def lang(self) -> str:
        """Language of the catalog."""
        return self._index.lang

    @cached_property
    def forms(self) -> Sequence[Sequence[SurfaceForm]]:
        """The surface forms of each entity, in catalog order."""
        owners = self._index.form_entities
        forms = self._index.forms(np.arange(len(owners), dtype=np.int64))
        groups: list[list[SurfaceForm]] = [[] for _ in self.entities]
        for owner, form in zip(owners.tolist(), forms, strict=True):
            groups[owner].append(form)
        return groups

    def allowed(self, type_name: str | None) -> MaskArray | None:
        """Mask (n_entities,): which entities have exactly this type; None where any will do."""
        if type_name is None:
            return None
        if type_name not in self._masks:
            self._masks[type_name] = self._index.entities_of_type(type_name)
        return self._masks[type_name]
