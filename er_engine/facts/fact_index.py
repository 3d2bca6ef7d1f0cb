"""Which entities have a fact: from items to values, from values to entities.

Counts are kept, not weights, so that a catalog that changes can keep them right.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from er_engine.facts.values import HashArray, Value, entity_values
from er_engine.search import RowArray
from er_engine.types import Entity

CountArray = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Lists:
    """Many lists in one: list i is `entries[starts[i]:starts[i + 1]]`.

    Attributes:
        starts: int64 (n + 1,).
        entries: int32.
    """

    starts: RowArray
    entries: CountArray

    def join(self, which: RowArray) -> tuple[RowArray, RowArray]:
        """Return these lists end to end, int64, and the position in `which` of each entry's."""
        lengths = self.starts[which + 1] - self.starts[which]
        of = np.repeat(np.arange(len(which)), lengths)
        ends = np.cumsum(lengths)
        inside = np.arange(len(of)) - np.repeat(ends - lengths, lengths)
        return self.entries[self.starts[which][of] + inside].astype(np.int64), of


class Facts(Protocol):
    """What the facts of a catalog are asked."""

    @property
    def n_entities(self) -> int:
        """How many entities there are."""

    @property
    def empty(self) -> bool:
        """Whether no entity has any fact."""

    def find_items(self, hashes: HashArray) -> RowArray:
        """Return int64 (n,): the number of each item, -1 where no fact has it."""

    def find_sounds(self, hashes: HashArray) -> tuple[RowArray, RowArray]:
        """Return the items that sound like each of these, and the position of each in `hashes`."""

    def item_counts(self, items: RowArray) -> RowArray:
        """Return int64 (n,): how many entities have each item in some value."""

    def value_counts(self, values: RowArray) -> RowArray:
        """Return int64 (n,): how many entities have each value."""

    def values_with(self, items: RowArray) -> tuple[RowArray, RowArray]:
        """Return the values that have each item, and the position in `items` of each."""

    def items_of(self, values: RowArray) -> tuple[RowArray, RowArray]:
        """Return the items of each value, and the position in `values` of each."""

    def rows_with(self, values: RowArray) -> tuple[RowArray, RowArray]:
        """Return the entity rows that have each value, and the position in `values` of each."""


@dataclass(frozen=True, slots=True)
class FactIndex:
    """Facts of a catalog that never changes.

    Attributes:
        n_entities: how many entities there are, with or without facts.
        item_hashes: uint64 (n_items,), ascending: see `key_hashes`.
        counts: int32 (n_items,): how many entities have an item.
        item_values: for each item the values that have it, ascending.
        value_hashes: uint64 (n_values,), ascending.
        value_items: for each value its items.
        value_rows: for each value the entity rows that have it, ascending.
        sound_hashes: uint64 (n_sounds,), ascending: see `sound_key`.
        sound_items: for each of them the items that sound so.
    """

    n_entities: int
    item_hashes: HashArray
    counts: CountArray
    item_values: Lists
    value_hashes: HashArray
    value_items: Lists
    value_rows: Lists
    sound_hashes: HashArray
    sound_items: Lists

    @property
    def empty(self) -> bool:
        """See `Facts.empty`."""
        return not len(self.value_hashes)

    def find_items(self, hashes: HashArray) -> RowArray:
        """See `Facts.find_items`."""
        return find(self.item_hashes, hashes)

    def find_sounds(self, hashes: HashArray) -> tuple[RowArray, RowArray]:
        """See `Facts.find_sounds`."""
        places = find(self.sound_hashes, hashes)
        known = np.flatnonzero(places >= 0)
        items, of = self.sound_items.join(places[known])
        return items, known[of]

    def item_counts(self, items: RowArray) -> RowArray:
        """See `Facts.item_counts`."""
        return self.counts[items].astype(np.int64)

    def value_counts(self, values: RowArray) -> RowArray:
        """See `Facts.value_counts`."""
        return self.value_rows.starts[values + 1] - self.value_rows.starts[values]

    def values_with(self, items: RowArray) -> tuple[RowArray, RowArray]:
        """See `Facts.values_with`."""
        return self.item_values.join(items)

    def items_of(self, values: RowArray) -> tuple[RowArray, RowArray]:
        """See `Facts.items_of`."""
        return self.value_items.join(values)

    def rows_with(self, values: RowArray) -> tuple[RowArray, RowArray]:
        """See `Facts.rows_with`."""
        return self.value_rows.join(values)


def find(sorted_hashes: HashArray, wanted: HashArray) -> RowArray:
    """int64 (n,): the place of each hash, -1 where it is not there."""
    if not len(sorted_hashes):
        return np.full(len(wanted), -1, dtype=np.int64)
    places = np.minimum(np.searchsorted(sorted_hashes, wanted), len(sorted_hashes) - 1)
    return np.where(sorted_hashes[places] == wanted, places, -1).astype(np.int64)


def index_facts(entities: Iterable[Entity], lang: str = "en") -> FactIndex:
    """Index the facts of entities, in row order."""
    collected = _Collected()
    for entity in entities:
        collected.add(entity_values(entity, lang))
    return collected.index()


class _Collected:
    """Values in the order in which they were met, as hashes, which take little space."""

    def __init__(self) -> None:
        self._number_of: dict[int, int] = {}
        self._lengths = array("q")
        self._items = array("Q")
        self._sounds = array("Q")
        self._values = array("q")
        self._rows = array("q")
        self._n_entities = 0

    def add(self, values: Iterable[Value]) -> None:
        for value in values:
            number = self._number_of.setdefault(value.hash, len(self._number_of))
            if number == len(self._lengths):
                self._lengths.append(len(value.items))
                self._items.extend(value.items)
                self._sounds.extend(value.sounds)
            self._values.append(number)
            self._rows.append(self._n_entities)
        self._n_entities += 1

    def index(self) -> FactIndex:
        hashes = np.array(list(self._number_of), dtype=np.uint64)
        value_hashes, number = np.unique(hashes, return_inverse=True)
        item_hashes, item_of = np.unique(
            np.array(self._items, dtype=np.uint64), return_inverse=True
        )
        value_of = np.repeat(number, np.array(self._lengths, dtype=np.int64))
        values = number[np.array(self._values, dtype=np.int64)]
        rows = np.array(self._rows, dtype=np.int64)
        value_items = _lists(value_of, item_of, len(value_hashes))
        had, of = value_items.join(values)
        sounds = np.array(self._sounds, dtype=np.uint64)
        sound_hashes, sound_of = np.unique(sounds[sounds > 0], return_inverse=True)
        return FactIndex(
            self._n_entities,
            item_hashes,
            np.diff(_lists(had, rows[of], len(item_hashes)).starts).astype(np.int32),
            _lists(item_of, value_of, len(item_hashes)),
            value_hashes,
            value_items,
            _lists(values, rows, len(value_hashes)),
            sound_hashes,
            _lists(sound_of, item_of[sounds > 0], len(sound_hashes)),
        )


def _lists(keys: RowArray, entries: RowArray, n: int) -> Lists:
    """Lists by key; entries distinct and ascending inside each."""
    width = int(entries.max(initial=0)) + 1
    pairs = np.unique(keys.astype(np.int64) * width + entries)
    starts = np.searchsorted(pairs, np.arange(n + 1) * width)
    return Lists(starts.astype(np.int64), (pairs % width).astype(np.int32))


NO_FACTS = index_facts(())
