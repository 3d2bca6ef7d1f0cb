"""The items of a text that facts are compared by: its words, and its numbers as digits.

What is said in several ways has one item: "nineteen eighty six" and "one thousand nine hundred and
eighty six" are both `#1986`, "Chloé's" and "chloe" are both `chloe`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from er_engine.facts.spoken_numbers import Group, number_groups

# Consonants of a word that is recognised by its sounds: fewer are in too many words.
SHORTEST_CODE = 3
_SHORTEST_PLURAL = 3
# They stand around names and facts alike, so that they are evidence for nothing.
FUNCTION_WORDS = frozenset({
    "a", "an", "and", "as", "at", "by", "for", "from", "has", "in", "into", "is", "it", "its",
    "of", "off", "on", "or", "that", "the", "this", "to", "was", "who", "whose", "with",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a text: its key, and which words (start to end, exclusive) say it."""

    key: str
    start: int
    end: int


def sound_key(key: str) -> str | None:
    """Return what items that sound alike share; None for numbers and for words too short for that.

    The code is that of Double Metaphone (Philips 2000), of the singular.
    """
    from doublemetaphone import doublemetaphone

    code = "" if key.startswith("#") else doublemetaphone(_singular(key))[0]
    return f"~{code}" if len(code) >= SHORTEST_CODE else None


def value_keys(spoken: str) -> list[str]:
    """Return the distinct item keys of a fact's spoken form, in order.

    Numbers that follow each other are one: "seven forty second street" has `#742` and `street`.
    """
    words = spoken.split()
    groups = number_groups(words)
    items = [_joined(run) for run in _runs(groups)] + _word_items(words, groups)
    items.sort(key=lambda item: item.start)
    return list(dict.fromkeys(item.key for item in items))


def heard_items(spoken: str, known: Collection[str] | None = None) -> list[Item]:
    """Return the items that may have been heard; those of numbers may overlap.

    Args:
        spoken: what was heard.
        known: keys of numbers that exist; of numbers that follow each other the longest of these
            count. None takes all of them.
    """
    words = spoken.split()
    groups = number_groups(words)
    found = []
    for run in _runs(groups):
        found.extend(_longest(run, known))
    items = _word_items(words, groups)
    return found + items + _joined_words(items)


def _joined_words(items: Sequence[Item]) -> list[Item]:
    """Words that follow each other as one: recognisers write "mist born" for "mistborn"."""
    return [
        Item(one.key + other.key, one.start, other.end)
        for one, other in pairwise(items)
        if one.end == other.start
    ]


def number_candidates(spoken: str) -> set[str]:
    """Return the keys of all numbers that the words may say."""
    runs = _runs(number_groups(spoken.split()))
    return {item.key for run in runs for item in _stretches(run)}


def _runs(groups: Sequence[Group]) -> list[list[Group]]:
    """Groups that follow each other without a word between them."""
    runs: list[list[Group]] = []
    for group in groups:
        if runs and runs[-1][-1].end == group.start:
            runs[-1].append(group)
        else:
            runs.append([group])
    return runs


def _joined(run: Sequence[Group]) -> Item:
    digits = "".join(group.digits for group in run)
    return Item(f"#{digits}", run[0].start, run[-1].end)


def _stretches(run: Sequence[Group]) -> list[Item]:
    """Every stretch of a run as one number, longer ones first."""
    n = len(run)
    return [
        _joined(run[start : start + length])
        for length in range(n, 0, -1)
        for start in range(n - length + 1)
    ]


def _longest(run: Sequence[Group], known: Collection[str] | None) -> list[Item]:
    """The known stretches that are in no longer known one."""
    chosen: list[Item] = []
    for item in _stretches(run):
        within = any(other.start <= item.start and item.end <= other.end for other in chosen)
        if not within and (known is None or item.key in known):
            chosen.append(item)
    return chosen


def _word_items(words: Sequence[str], groups: Sequence[Group]) -> list[Item]:
    of_numbers = {place for group in groups for place in range(group.start, group.end)}
    items = []
    for place, word in enumerate(words):
        key = _plain(word)
        if place not in of_numbers and len(key) > 1 and key not in FUNCTION_WORDS:
            items.append(Item(key, place, place + 1))
    return items


def _plain(word: str) -> str:
    """The word without accents and without a possessive ending."""
    bare = word.removesuffix("'s").replace("'", "")
    if bare.isascii():
        return bare
    parts = unicodedata.normalize("NFD", bare)
    return "".join(char for char in parts if not unicodedata.combining(char))


def _singular(word: str) -> str:
    """Cut a plural's ending where it may be one: what matters is to do so on both sides."""
    if len(word) <= _SHORTEST_PLURAL or word.endswith("ss"):
        return word
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
