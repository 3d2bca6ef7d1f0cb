"""Numbers that were said in English words, as digits: "nineteen eighty six" is 1986.

One number is said in many ways ("nineteen oh four", "one thousand nine hundred and four"); as
digits all are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_FIRST = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_ORDINAL_TEENS = (
    "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth",
    "seventeenth", "eighteenth", "nineteenth",
)  # fmt: skip
_ORDINAL_TENS = tuple(f"{word[:-1]}ieth" for word in _TENS)
_SMALL = {word: value for value, word in enumerate((*_UNITS, *_TEENS), start=1)}
_ZEROS = {"zero", "oh"}
_TENS_VALUES = {word: 10 * value for value, word in enumerate(_TENS, start=2)}
_ORDINALS = {word: value for value, word in enumerate((*_FIRST, *_ORDINAL_TEENS), start=1)} | {
    word: 10 * value for value, word in enumerate(_ORDINAL_TENS, start=2)
}
_BELOW_TEN = 10
_Read = Callable[[Sequence[str], int], tuple[int, int, bool]]
# "the one by" and "the second one" are no numbers.
_BEFORE_ONE = {"the", "this", "that", "no", "which", *_ORDINALS}


@dataclass(frozen=True, slots=True)
class Group:
    """Words `start` to `end` (exclusive) that say one number; `digits` is it as digits."""

    start: int
    end: int
    digits: str


def number_groups(words: Sequence[str]) -> list[Group]:
    """Return the numbers in a text, in order: "nineteen eighty six" has two, 19 and 86.

    "oh" is a zero only beside another number, and "one" after "the" is none.
    """
    groups: list[Group] = []
    place = 0
    while place < len(words):
        group = _group(words, place)
        if group is None or _no_number(words, groups, group):
            place += 1
        else:
            groups.append(group)
            place = group.end
    return groups


def _no_number(words: Sequence[str], groups: list[Group], group: Group) -> bool:
    before = words[group.start - 1] if group.start else ""
    alone = group.end == group.start + 1
    if alone and words[group.start] == "one":
        return before in _BEFORE_ONE
    if alone and words[group.start] == "oh":
        return not groups or groups[-1].end != group.start
    return False


def _group(words: Sequence[str], place: int) -> Group | None:
    if words[place].isdecimal():
        return Group(place, place + 1, words[place])
    value, end, done = _hundreds(words, place)
    if end == place:
        return None
    if not done and _word(words, end) == "thousand":
        value, end = value * 1000, end + 1
        more, after, _ = _after_and(words, end, _hundreds)
        value, end = value + more, after
    return Group(place, end, str(value))


def _hundreds(words: Sequence[str], place: int) -> tuple[int, int, bool]:
    """The value, where it ends, and whether an ordinal ended it."""
    value, end, done = _up_to_99(words, place)
    if end > place and not done and value and _word(words, end) == "hundred":
        more, after, done = _after_and(words, end + 1, _up_to_99)
        return value * 100 + more, after, done
    return value, end, done


def _after_and(words: Sequence[str], place: int, read: _Read) -> tuple[int, int, bool]:
    """What `read` finds here or after "and"; a zero is a number of its own."""
    start = place + (_word(words, place) == "and")
    value, end, done = read(words, start)
    return (value, end, done) if value else (0, place, False)


def _up_to_99(words: Sequence[str], place: int) -> tuple[int, int, bool]:
    word = _word(words, place)
    if word in _ORDINALS:
        return _ORDINALS[word], place + 1, True
    if word in _SMALL:
        return _SMALL[word], place + 1, False
    if word in _ZEROS:
        return 0, place + 1, False
    if word not in _TENS_VALUES:
        return 0, place, False
    following = _word(words, place + 1)
    ordinal = _ORDINALS.get(following, _BELOW_TEN)
    unit = _SMALL.get(following, ordinal)
    if unit >= _BELOW_TEN:
        return _TENS_VALUES[word], place + 1, False
    return _TENS_VALUES[word] + unit, place + 2, following in _ORDINALS


def _word(words: Sequence[str], place: int) -> str:
    return words[place] if place < len(words) else ""
