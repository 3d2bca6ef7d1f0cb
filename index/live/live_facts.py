"""The facts of a catalog that changes, equal to those of a fresh build.

Values and items of the main index keep their numbers; new ones are numbered from there on. How many
entities have each is counted again with every change, so that a fact tells as much as it would in a
fresh build. What a view may see is only appended to; the counts are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from er_engine.facts.fact_index import FactIndex, Facts, find
from er_engine.facts.values import HashArray, Value, entity_values
from er_engine.search import MaskArray, RowArray
from er_engine.types import Entity


@dataclass(slots=True)
class SideFacts:
    """Facts that the main index lacks; append-only.

    Attributes:
        items: number of each new item, by hash.
        sounds: new items that sound so, by the hash of the sound.
        values: number of each new value, by hash.
        value_items: items of each new value, in the order of their numbers.
        item_values: new values that have an item, by the item's number.
        rows: side entities that have a value, ascending, by the value's number.
    """

    items: dict[int, int] = field(default_factory=dict)
    sounds: dict[int, list[int]] = field(default_factory=dict)
    values: dict[int, int] = field(default_factory=dict)
    value_items: list[RowArray] = field(default_factory=list)
    item_values: dict[int, list[int]] = field(default_factory=dict)
    rows: dict[int, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JoinedFacts:
    """`Facts` of main and side entities at one moment.

    Attributes:
        main: facts of the main index.
        side: what is new; may have grown since.
        alive: bool (n_rows,): entity rows that are in the catalog.
        counts: int64, by item: how many of these have it.
        counts_of_values: int64, by value.
    """

    main: FactIndex
    side: SideFacts
    alive: MaskArray
    counts: RowArray
    counts_of_values: RowArray

    @property
    def n_entities(self) -> int:
        """See `Facts.n_entities`."""
        return int(np.count_nonzero(self.alive))

    @property
    def empty(self) -> bool:
        """See `Facts.empty`."""
        return not self.counts_of_values.any()

    def find_items(self, hashes: HashArray) -> RowArray:
        """See `Facts.find_items`."""
        found = find(self.main.item_hashes, hashes)
        for place in np.flatnonzero(found < 0).tolist():
            number = self.side.items.get(int(hashes[place]), -1)
            found[place] = number if number < len(self.counts) else -1
        known = np.flatnonzero(found >= 0)
        # An item of entities that are gone is none.
        found[known[self.counts[found[known]] == 0]] = -1
        return found

    def find_sounds(self, hashes: HashArray) -> tuple[RowArray, RowArray]:
        """See `Facts.find_sounds`."""
        items, of = self.main.find_sounds(hashes)
        more = [
            (item, place)
            for place, one in enumerate(hashes.tolist())
            for item in self.side.sounds.get(one, ())
            if item < len(self.counts)
        ]
        if more:
            added = np.array(more, dtype=np.int64).T
            items, of = np.concatenate([items, added[0]]), np.concatenate([of, added[1]])
        there = self.counts[items] > 0
        return items[there], of[there]

    def item_counts(self, items: RowArray) -> RowArray:
        """See `Facts.item_counts`."""
        return self.counts[items]

    def value_counts(self, values: RowArray) -> RowArray:
        """See `Facts.value_counts`."""
        return self.counts_of_values[values]

    def values_with(self, items: RowArray) -> tuple[RowArray, RowArray]:
        """See `Facts.values_with`."""
        in_main = len(self.main.counts)
        values, of = _joined(
            items, in_main, self.main.values_with, lambda item: self.side.item_values.get(item, ())
        )
        there = values < len(self.counts_of_values)
        values, of = values[there], of[there]
        there = self.counts_of_values[values] > 0
        return values[there], of[there]

    def items_of(self, values: RowArray) -> tuple[RowArray, RowArray]:
        """See `Facts.items_of`."""
        in_main = len(self.main.value_hashes)

        def of_side(value: int) -> Iterable[int]:
            return () if value < in_main else self.side.value_items[value - in_main].tolist()

        return _joined(values, in_main, self.main.items_of, of_side)

    def rows_with(self, values: RowArray) -> tuple[RowArray, RowArray]:
        """See `Facts.rows_with`."""
        in_main = len(self.main.value_hashes)
        rows, of = _joined(
            values, in_main, self.main.rows_with, lambda value: self.side.rows.get(value, ())
        )
        there = rows < len(self.alive)
        rows, of = rows[there], of[there]
        return rows[self.alive[rows]], of[self.alive[rows]]


def _joined(
    wanted: RowArray,
    in_main: int,
    of_main: Callable[[RowArray], tuple[RowArray, RowArray]],
    of_side: Callable[[int], Iterable[int]],
) -> tuple[RowArray, RowArray]:
    """Entries of main and side lists, and the position in `wanted` of each."""
    here = np.flatnonzero(wanted < in_main)
    entries, of = of_main(wanted[here])
    more = [(entry, place) for place, one in enumerate(wanted.tolist()) for entry in of_side(one)]
    if not more:
        return entries, here[of]
    added = np.array(more, dtype=np.int64).T
    return np.concatenate([entries, added[0]]), np.concatenate([here[of], added[1]])


class LiveFacts:
    """Counts facts while entities come and go; one thread at a time."""

    def __init__(self, main: Callable[[], FactIndex], lang: str) -> None:
        """Begin with the facts of the main index, which are asked for when something changes."""
        self._of_main = main
        self._lang = lang
        self._main: FactIndex | None = None
        self._side = SideFacts()
        self._counts = np.zeros(0, dtype=np.int64)
        self._value_counts = np.zeros(0, dtype=np.int64)
        self._new_counts: list[int] = []
        self._new_value_counts: list[int] = []

    def add(self, entity: Entity, row: int) -> None:
        """Append an entity, whose row is above those of all before."""
        self._begin()
        had: set[int] = set()
        for value in entity_values(entity, self._lang):
            number, items = self._numbers(value)
            self._side.rows.setdefault(number, []).append(row)
            self._count_value(number, 1)
            had.update(items)
        self._count_items(had, 1)

    def remove(self, entity: Entity) -> None:
        """Count an entity no more; its row stays, and is not alive in `joined`."""
        self._begin()
        had: set[int] = set()
        for value in entity_values(entity, self._lang):
            number, items = self._numbers(value)
            self._count_value(number, -1)
            had.update(items)
        self._count_items(had, -1)

    def joined(self, alive: MaskArray) -> Facts:
        """Return the facts of now; later changes don't touch them."""
        if self._main is None:
            return self._of_main()
        return JoinedFacts(
            self._main,
            self._side,
            alive,
            np.concatenate([self._counts, np.array(self._new_counts, dtype=np.int64)]),
            np.concatenate([self._value_counts, np.array(self._new_value_counts, np.int64)]),
        )

    def _begin(self) -> None:
        if self._main is None:
            self._main = main = self._of_main()
            self._counts = main.counts.astype(np.int64)
            self._value_counts = np.diff(main.value_rows.starts)

    def _numbers(self, value: Value) -> tuple[int, list[int]]:
        """The number of a value, new or not, and those of its items."""
        assert self._main is not None
        items = [self._item(*one) for one in zip(value.items, value.sounds, strict=True)]
        known = int(find(self._main.value_hashes, np.array([value.hash], dtype=np.uint64))[0])
        if known >= 0:
            return known, items
        number = self._side.values.get(value.hash)
        if number is None:
            number = len(self._value_counts) + len(self._new_value_counts)
            self._side.value_items.append(np.array(items, dtype=np.int64))
            self._new_value_counts.append(0)
            for item in items:
                self._side.item_values.setdefault(item, []).append(number)
            self._side.values[value.hash] = number
        return number, items

    def _item(self, item_hash: int, sound: int) -> int:
        assert self._main is not None
        known = int(find(self._main.item_hashes, np.array([item_hash], dtype=np.uint64))[0])
        if known >= 0:
            return known
        number = self._side.items.get(item_hash)
        if number is None:
            number = len(self._counts) + len(self._new_counts)
            self._new_counts.append(0)
            self._side.items[item_hash] = number
            if sound:
                self._side.sounds.setdefault(sound, []).append(number)
        return number

    def _count_items(self, items: Iterable[int], step: int) -> None:
        in_main = len(self._counts)
        for item in items:
            if item < in_main:
                self._counts[item] += step
            else:
                self._new_counts[item - in_main] += step

    def _count_value(self, value: int, step: int) -> None:
        in_main = len(self._value_counts)
        if value < in_main:
            self._value_counts[value] += step
        else:
            self._new_value_counts[value - in_main] += step
