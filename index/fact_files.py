"""The facts of a built index, read from its entities when a query first asks for them."""

from __future__ import annotations

import threading

import numpy as np

from er_engine.facts.fact_index import FactIndex, index_facts
from index.store import EntityDatabase


class FactTable:
    """Makes the facts of an index that never changes, once; thread-safe."""

    def __init__(self, entities: EntityDatabase, lang: str) -> None:
        self._entities = entities
        self._lang = lang
        self._made: FactIndex | None = None
        self._lock = threading.Lock()

    def get(self) -> FactIndex:
        """Return the facts; the first call takes some ten microseconds for each entity."""
        with self._lock:
            if self._made is None:
                rows = np.arange(len(self._entities)).tolist()
                self._made = index_facts(self._entities.get(rows), self._lang)
            return self._made
