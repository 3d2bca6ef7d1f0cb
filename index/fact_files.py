"""The facts of the entities on disk: one file of arrays."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from er_engine.facts.fact_index import FactIndex, Lists, index_facts
from er_engine.types import Entity
from index.layout import LAYOUT
from index.store import EntityDatabase

_LISTS = ("item_values", "value_items", "value_rows", "sound_items")


def write_facts(directory: Path, entities: Iterable[Entity], lang: str) -> None:
    """Write the facts of entities, in catalog order."""
    facts = index_facts(entities, lang)
    lists = {name: getattr(facts, name) for name in _LISTS}
    np.savez(
        directory / LAYOUT.facts,
        n_entities=np.array(facts.n_entities),
        item_hashes=facts.item_hashes,
        counts=facts.counts,
        value_hashes=facts.value_hashes,
        sound_hashes=facts.sound_hashes,
        **{f"{name}_starts": each.starts for name, each in lists.items()},
        **{name: each.entries for name, each in lists.items()},
    )


class FactTable:
    """The facts of an index that never changes, read when they are first asked for; thread-safe."""

    def __init__(self, directory: Path, entities: EntityDatabase, lang: str) -> None:
        self._path = directory / LAYOUT.facts
        self._entities = entities
        self._lang = lang
        self._made: FactIndex | None = None
        self._lock = threading.Lock()

    def get(self) -> FactIndex:
        """Return the facts.

        An index of an earlier er-engine has no such file: then the first call makes them, which
        takes some hundred microseconds for each entity.
        """
        with self._lock:
            if self._made is None:
                self._made = _read(self._path) if self._path.exists() else self._make()
            return self._made

    def _make(self) -> FactIndex:
        rows = np.arange(len(self._entities)).tolist()
        return index_facts(self._entities.get(rows), self._lang)


def _read(path: Path) -> FactIndex:
    with np.load(path, allow_pickle=False) as arrays:
        item_values, value_items, value_rows, sound_items = (
            Lists(arrays[f"{name}_starts"], arrays[name]) for name in _LISTS
        )
        return FactIndex(
            int(arrays["n_entities"]),
            arrays["item_hashes"],
            arrays["counts"],
            item_values,
            arrays["value_hashes"],
            value_items,
            value_rows,
            arrays["sound_hashes"],
            sound_items,
        )
