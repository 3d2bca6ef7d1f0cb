"""Which entities have a value of an attribute, read from the database when it is asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np

from er_engine.attributes import attribute_texts
from er_engine.search import MaskArray, RowArray
from index.store import EntityDatabase

# Attributes that are kept in memory; a query may name any.
MAX_ATTRIBUTES = 16


class AttributeTable:
    """Answers attribute filters of an index that never changes; thread-safe.

    The first query that filters by an attribute reads its values of the whole catalog (about a
    microsecond for each entity); later ones look them up.
    """

    def __init__(self, entities: EntityDatabase) -> None:
        self._entities = entities
        self._rows: OrderedDict[str, dict[str, RowArray]] = OrderedDict()
        self._lock = threading.Lock()

    def having(self, attribute: str, texts: frozenset[str]) -> MaskArray:
        """See `CatalogIndex.entities_with`."""
        mask = np.zeros(len(self._entities), dtype=np.bool_)
        rows = self._rows_of(attribute)
        for text in texts & rows.keys():
            mask[rows[text]] = True
        return mask

    def _rows_of(self, attribute: str) -> dict[str, RowArray]:
        with self._lock:
            if attribute in self._rows:
                self._rows.move_to_end(attribute)
                return self._rows[attribute]
            found: dict[str, list[int]] = {}
            for row, value in self._entities.attribute_values(attribute):
                for text in attribute_texts(value):
                    found.setdefault(text, []).append(row)
            table = {text: np.array(rows, dtype=np.int64) for text, rows in found.items()}
            self._rows[attribute] = table
            if len(self._rows) > MAX_ATTRIBUTES:
                self._rows.popitem(last=False)
            return table
