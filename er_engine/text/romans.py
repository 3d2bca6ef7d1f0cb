"""Roman numerals in titles and names."""

from __future__ import annotations

import re

_CANONICAL = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}

# A single letter after one of these is a numeral.
COUNTED = frozenset(
    [
        "act",
        "apollo",
        "book",
        "bowl",
        "case",
        "chapter",
        "class",
        "division",
        "episode",
        "grade",
        "hour",
        "level",
        "mark",
        "movement",
        "no",
        "number",
        "opus",
        "page",
        "part",
        "phase",
        "series",
        "stage",
        "star",
        "type",
        "vol",
        "volume",
        "war",
        "wrestlemania",
    ]
)
# A numeral after one of these is said as "the fourth".
ROYAL = frozenset(
    [
        "alexander",
        "alfonso",
        "alphonse",
        "catherine",
        "charles",
        "christian",
        "clement",
        "constantine",
        "darius",
        "edward",
        "elizabeth",
        "ferdinand",
        "francis",
        "frederick",
        "george",
        "gustav",
        "gregory",
        "haakon",
        "harald",
        "henry",
        "ivan",
        "james",
        "john",
        "leo",
        "leopold",
        "louis",
        "ludwig",
        "mary",
        "napoleon",
        "nicholas",
        "otto",
        "paul",
        "peter",
        "philip",
        "pius",
        "ramses",
        "rameses",
        "richard",
        "robert",
        "umberto",
        "urban",
        "victor",
        "wilhelm",
        "william",
        "xerxes",
    ]
)


def roman_value(word: str) -> int:
    """Value of a canonical Roman numeral in capitals, 0 for anything else."""
    if not word or not _CANONICAL.fullmatch(word):
        return 0
    values = [_VALUES[letter] for letter in word]
    following = [*values[1:], 0]
    return sum(-v if v < n else v for v, n in zip(values, following, strict=True))


def is_numeral(word: str, before: str, last: bool) -> bool:
    """Whether `word` (as written) is a numeral rather than letters or a word.

    Args:
        word: a token in its written case.
        before: the case-folded word before it, or "".
        last: whether nothing, or a break such as a colon, follows.
    """
    value = roman_value(word)
    if not value or not before:
        return False
    if before in COUNTED:
        return True
    if len(word) == 1:
        return last and (before in ROYAL or word == "V")
    # Above 39 the letters L, C, D, M come in, and with them words: MIX, CIVIC, LIV, CD.
    return value < 40 and word != "XXX"
