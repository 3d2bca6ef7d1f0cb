"""Which facts of a catalog were heard, in which words of which hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.facts.fact_index import Facts
from er_engine.facts.items import Item, heard_items, number_candidates, sound_key
from er_engine.facts.values import key_hashes
from er_engine.search import FloatArray, MaskArray, RowArray
from er_engine.types import SurfaceForm

# A value counts from this share of its weight on. A last name does, also where the first name is as
# rare; a common first name alone does not.
LEAST_SHARE = 0.45
# Values that are looked at further, those that tell most.
MAX_VALUES_HEARD = 128
# Items that more entities have find no value by themselves: in catalogs of millions their lists
# would take longer than all else.
MAX_ROWS = 20_000
# Sums in another order differ in their last bits.
DECIMALS = 4
# What a word counts that only sounds like the right one.
SOUNDS_ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class HeardFacts:
    """Values that were heard.

    Attributes:
        facts: of the catalog.
        values: int64 (v,), numbers of the values.
        shares: float32 (n, v): the share of each value's weight that each hypothesis has; 0 below
            LEAST_SHARE.
        tells: float32 (v,): how rare each value is, at least 0.
        items: for each hypothesis its items.
        credit: for each hypothesis float32 (n_items, v): how much each of its items counts as one
            of each value, from 0 to 1.
    """

    facts: Facts
    values: RowArray
    shares: FloatArray
    tells: FloatArray
    items: Sequence[Sequence[Item]]
    credit: Sequence[FloatArray]


def hear_facts(facts: Facts, heard: Sequence[SurfaceForm]) -> HeardFacts | None:
    """Find the values that hypotheses have enough of; None where there are none."""
    if facts.empty:
        return None
    items = _items(facts, [form.spoken for form in heard])
    keys = sorted({item.key for group in items for item in group})
    known, credit = _known_items(facts, keys)
    values = _near(facts, known, credit.max(axis=0, initial=0.0))
    if not len(values):
        return None
    had, of = facts.items_of(values)
    weights = rarity(facts.item_counts(had), facts.n_entities)
    totals = np.bincount(of, weights, minlength=len(values))
    # What is not among the known items is in the last column.
    columns = np.searchsorted(known, had)
    columns = np.where(np.append(known, -1)[columns] == had, columns, len(known))
    place = {key: row for row, key in enumerate(keys)}
    shares = np.zeros((len(items), len(values)), dtype=np.float32)
    matched = []
    for row, group in enumerate(items):
        own = credit[[place[item.key] for item in group]][:, columns]
        got = np.bincount(of, weights * own.max(axis=0, initial=0.0), minlength=len(values))
        share = (got / totals).round(DECIMALS)
        shares[row] = np.where(share >= LEAST_SHARE, share, 0.0)
        matched.append(_by_value(own, of, len(values)) * (shares[row] > 0))
    tells = rarity(facts.value_counts(values), facts.n_entities)
    strength = (shares.mean(axis=0) * tells).round(DECIMALS)
    best = np.sort(np.argsort(-strength, kind="stable")[:MAX_VALUES_HEARD])
    best = best[strength[best] > 0]
    if not len(best):
        return None
    return HeardFacts(
        facts,
        values[best],
        shares[:, best],
        tells[best],
        items,
        [part[:, best] for part in matched],
    )


def _known_items(facts: Facts, keys: Sequence[str]) -> tuple[RowArray, FloatArray]:
    """Items of facts that keys may mean, ascending, and float32 (n_keys, n_items + 1) how much.

    The last column is 0, for all other items.
    """
    exact = facts.find_items(key_hashes(keys))
    sounds = [sound_key(key) for key in keys]
    spoken = [place for place, sound in enumerate(sounds) if sound]
    alike, of = facts.find_sounds(key_hashes([sound for sound in sounds if sound]))
    known = np.unique(np.concatenate([exact[exact >= 0], alike]))
    credit = np.zeros((len(keys), len(known) + 1), dtype=np.float32)
    credit[np.array(spoken, dtype=np.int64)[of], np.searchsorted(known, alike)] = SOUNDS_ALIKE
    same = np.flatnonzero(exact >= 0)
    credit[same, np.searchsorted(known, exact[same])] = 1.0
    return known, credit


def _items(facts: Facts, spoken: Sequence[str]) -> list[list[Item]]:
    """The items of each hypothesis; of numbers only those that some fact has."""
    numbers = sorted({key for text in spoken for key in number_candidates(text)})
    places = facts.find_items(key_hashes(numbers))
    known = {key for key, place in zip(numbers, places, strict=True) if place >= 0}
    return [heard_items(text, known) for text in spoken]


def _near(facts: Facts, items: RowArray, credit: FloatArray) -> RowArray:
    """Values of which all hypotheses together have enough, ascending."""
    finding = items[facts.item_counts(items) <= MAX_ROWS]
    if not len(finding):
        return finding
    values = np.unique(facts.values_with(finding)[0])
    had, of = facts.items_of(values)
    weights = rarity(facts.item_counts(had), facts.n_entities)
    places = np.minimum(np.searchsorted(items, had), len(items) - 1)
    got = np.where(items[places] == had, weights * credit[places], 0)
    totals = np.bincount(of, weights, minlength=len(values))
    heard = np.bincount(of, got, minlength=len(values))
    return values[(heard / totals).round(DECIMALS) >= LEAST_SHARE]


def _by_value(credit: FloatArray, of: RowArray, n_values: int) -> FloatArray:
    """The best credit of each heard item in each value: float32 (n_items, n_values)."""
    result = np.zeros((len(credit), n_values), dtype=np.float32)
    item, entry = np.nonzero(credit)
    np.maximum.at(result, (item, of[entry]), credit[item, entry])
    return result


def rarity(counts: RowArray, n_entities: int) -> NDArray[np.float32]:
    """Inverse document frequency as in BM25 (Robertson and Zaragoza 2009)."""
    return np.log1p((n_entities - counts + 0.5) / (counts + 0.5)).astype(np.float32)


def entities_by_facts(
    facts: Facts, heard: HeardFacts, count: int, allowed: MaskArray | None = None
) -> RowArray:
    """Entity rows, ascending, of which the most was heard.

    None is far below the best one, and of those that are equal there are all or none.

    Args:
        facts: of the catalog.
        heard: what was heard of them.
        count: at most so many.
        allowed: bool (n_entities,), which may be found; None for all.
    """
    rows, of = facts.rows_with(heard.values)
    strength = heard.shares.mean(axis=0) * heard.tells
    if allowed is not None:
        rows, of = rows[allowed[rows]], of[allowed[rows]]
    entities, place = np.unique(rows, return_inverse=True)
    totals = np.bincount(place, strength[of], minlength=len(entities)).round(DECIMALS)
    order = np.argsort(-totals, kind="stable")
    order = order[totals[order] > totals.max(initial=0.0) / 2]
    # Whether an entity is found must not depend on its row: all that are equal, or none of them.
    if len(order) > count:
        order = order[totals[order] > totals[order[count]]]
    return np.sort(entities[order])
