"""Which facts of a catalog were heard, in which words of which hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from er_engine.facts.fact_index import Facts
from er_engine.facts.items import Item, heard_items, number_candidates
from er_engine.facts.values import key_hashes
from er_engine.search import FloatArray, MaskArray, RowArray
from er_engine.types import SurfaceForm

# A value counts from this share of its weight on: a last name does, a first name alone does not.
LEAST_SHARE = 0.5
# Values that are looked at further, those that tell most.
MAX_VALUES_HEARD = 128
# Values that more entities have are too common to find entities by.
MAX_ROWS = 20_000
# Sums in another order differ in their last bits.
DECIMALS = 4


@dataclass(frozen=True, slots=True)
class HeardFacts:
    """Values that were heard.

    Attributes:
        facts: of the catalog.
        values: int64 (v,), numbers of the values.
        shares: float32 (n, v): the share of each value's weight that each hypothesis has; 0 below
            LEAST_SHARE.
        rarity: float32 (v,): how much each value tells, at least 0.
        items: for each hypothesis its items.
        has: for each hypothesis bool (n_items, v): which values have which of its items.
    """

    facts: Facts
    values: RowArray
    shares: FloatArray
    rarity: FloatArray
    items: Sequence[Sequence[Item]]
    has: Sequence[MaskArray]


def hear_facts(facts: Facts, heard: Sequence[SurfaceForm]) -> HeardFacts | None:
    """Find the values that hypotheses have enough of; None where there are none."""
    if facts.empty:
        return None
    items = _items(facts, [form.spoken for form in heard])
    keys = sorted({item.key for group in items for item in group})
    numbers = facts.find_items(key_hashes(keys))
    known = numbers >= 0
    number_of = dict(zip(keys, numbers.tolist(), strict=True))
    if not known.any():
        return None
    values = _near(facts, numbers[known])
    if not len(values):
        return None
    had, of = facts.items_of(values)
    weights = _rarity(facts.item_counts(had), facts.n_entities)
    totals = np.bincount(of, weights, minlength=len(values))
    shares = np.zeros((len(items), len(values)), dtype=np.float32)
    has = []
    for row, group in enumerate(items):
        own = np.array([number_of[item.key] for item in group], dtype=np.int64)
        matched = (own[:, None] == had) & (own >= 0)[:, None]
        share = np.bincount(of, weights * matched.any(axis=0), minlength=len(values)) / totals
        share = share.round(DECIMALS)
        shares[row] = np.where(share >= LEAST_SHARE, share, 0.0)
        has.append(_by_value(matched, of, len(values)) & (shares[row] > 0))
    rarity = _rarity(facts.value_counts(values), facts.n_entities)
    strength = shares.mean(axis=0) * rarity
    best = np.sort(np.argsort(-strength, kind="stable")[:MAX_VALUES_HEARD])
    best = best[strength[best] > 0]
    if not len(best):
        return None
    return HeardFacts(
        facts, values[best], shares[:, best], rarity[best], items, [part[:, best] for part in has]
    )


def _items(facts: Facts, spoken: Sequence[str]) -> list[list[Item]]:
    """The items of each hypothesis; of numbers only those that some fact has."""
    numbers = sorted({key for text in spoken for key in number_candidates(text)})
    places = facts.find_items(key_hashes(numbers))
    known = {key for key, place in zip(numbers, places, strict=True) if place >= 0}
    return [heard_items(text, known) for text in spoken]


def _near(facts: Facts, items: RowArray) -> RowArray:
    """Values of which all hypotheses together have enough, ascending."""
    found, of = facts.values_with(items)
    weights = _rarity(facts.item_counts(items), facts.n_entities)
    values, place = np.unique(found, return_inverse=True)
    heard = np.bincount(place, weights[of], minlength=len(values))
    had, of_value = facts.items_of(values)
    totals = np.bincount(
        of_value, _rarity(facts.item_counts(had), facts.n_entities), minlength=len(values)
    )
    near = heard >= LEAST_SHARE * totals - 1e-6
    return values[near]


def _by_value(matched: MaskArray, of: RowArray, n_values: int) -> MaskArray:
    result = np.zeros((len(matched), n_values), dtype=np.bool_)
    item, entry = np.nonzero(matched)
    result[item, of[entry]] = True
    return result


def _rarity(counts: RowArray, n_entities: int) -> NDArray[np.float32]:
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
    rare = facts.value_counts(heard.values) <= MAX_ROWS
    rows, of = facts.rows_with(heard.values[rare])
    strength = (heard.shares.mean(axis=0) * heard.rarity)[rare]
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
