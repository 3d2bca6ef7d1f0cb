"""Roman numerals in titles and names."""

from __future__ import annotations

import re

_CANONICAL = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
# Above 39 the letters L, C, D, M come in, and with them words and initialisms: MIX, LIV, CD.
_HIGHEST_ANYWHERE = 39

# A numeral follows these words, even a single letter.
_COUNTED = frozenset({
    "act", "apollo", "book", "bowl", "chapter", "class", "division", "episode", "mark", "number",
    "opus", "page", "part", "phase", "psalm", "series", "stage", "superbowl", "type", "vol",
    "volume", "war", "wrestlemania",
})  # fmt: skip
# ... and an I too, where other words may follow that.
_COUNTED_ANYWHERE = frozenset({
    "act", "chapter", "episode", "part", "phase", "vol", "volume", "war",
})  # fmt: skip
# A numeral after one of these is said as "the fourth".
ROYAL = frozenset({
    "albert", "alexander", "alfonso", "alphonse", "benedict", "boniface", "catherine", "charles",
    "christian", "clement", "constantine", "cosimo", "darius", "david", "edward", "elizabeth",
    "ferdinand", "francis", "frederick", "george", "gregory", "gustav", "haakon", "harald",
    "henry", "innocent", "ivan", "james", "john", "joseph", "julius", "leo", "leopold", "louis",
    "ludwig", "margaret", "mary", "maximilian", "napoleon", "nicholas", "otto", "paul", "peter",
    "philip", "pius", "ramses", "rameses", "richard", "robert", "umberto", "urban", "victor",
    "wilhelm", "william", "xerxes",
})  # fmt: skip
# A single letter after one of these is a letter.
_NOT_COUNTED = frozenset({
    "a", "an", "and", "agent", "big", "channel", "doctor", "dr", "for", "from", "in", "is",
    "letter", "madame", "mister", "mr", "mrs", "ms", "of", "or", "the", "to", "vitamin", "with",
})  # fmt: skip
# Recognised in small letters too; the others could be words (vi, xi, mix).
SMALL_ROMANS = frozenset(
    {"ii", "iii", "iv", "vii", "viii", "ix", "xii", "xiii", "xiv", "xvi", "xvii"}
)


def roman_value(word: str) -> int:
    """Value of a canonical Roman numeral in capitals, 0 for anything else."""
    if not word or len(word) > 15 or not _CANONICAL.fullmatch(word):
        return 0
    values = [_VALUES[letter] for letter in word]
    following = [*values[1:], 0]
    return sum(-v if v < n else v for v, n in zip(values, following, strict=True))


def is_counted(word: str) -> bool:
    """Whether numbers that follow this case-folded word count something: Part, Volume, Chapter."""
    return word in _COUNTED


def numeral_value(word: str, before: str, first: bool, last: bool) -> int:
    """Value of a word that is a numeral rather than letters or a word, else 0.

    Args:
        word: a token as written.
        before: the case-folded word before it, or "".
        first: whether nothing stands before it.
        last: whether nothing, or a break such as a colon, follows.
    """
    if word in SMALL_ROMANS:
        return 0 if first else roman_value(word.upper())
    value = roman_value(word)
    if not value:
        return 0
    if len(word) == 1:
        return value if _letter_counts(word, before, last) else 0
    if before in _COUNTED:
        return value
    return value if value <= _HIGHEST_ANYWHERE else 0


def _letter_counts(letter: str, before: str, last: bool) -> bool:
    if letter == "I":
        return before in _COUNTED_ANYWHERE or (last and (before in _COUNTED or before in ROYAL))
    if before in _COUNTED or (before in ROYAL and letter in "VX"):
        return last or before not in ROYAL or letter == "V"
    return letter == "V" and last and bool(before) and before not in _NOT_COUNTED


def may_be_ten(word: str, before: str, last: bool) -> bool:
    """Whether a last X, said as a letter ("Malcolm X"), may mean ten ("Saw X")."""
    return word == "X" and last and bool(before) and before not in _NOT_COUNTED
