"""Numbers that a recogniser wrote in words, in other words for the same digits.

Who says "ninety one point three" is often heard as "ninety one three" or "nine one three", and
recognisers that write digits and spell them out again make it "nine hundred and thirteen".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from er_engine.text.numbers import DIGITS, by_digit

_UNITS = DIGITS[1:]
_TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = (
    {word: value for value, word in enumerate(_UNITS, start=1)}
    | {word: value for value, word in enumerate(_TEENS, start=10)}
    | {word: 10 * value for value, word in enumerate(_TENS, start=2)}
)
_UNIT, _TEEN, _TEN = ("|".join(words) for words in (_UNITS, _TEENS, _TENS))
_UP_TO_99 = rf"(?:{_TEEN}|(?:{_TEN})(?:[ -](?:{_UNIT}))?|{_UNIT})"
_HUNDREDS = re.compile(
    rf"\b(?P<hundreds>{_UNIT}) hundred (?:and )?(?P<rest>{_UP_TO_99})\b", re.IGNORECASE
)
_POINT = re.compile(rf"\b({_UP_TO_99}) point (?=(?:zero|oh|{_UNIT})\b)", re.IGNORECASE)
MAYBE_NUMBER = re.compile(r"\b(?:hundred|point) ", re.IGNORECASE)


def other_words(text: str) -> Iterator[str]:
    """The text with its three-digit numbers digit by digit, then also without decimal points.

    Yields only what is new: "one hundred and six point nine" gives "one oh six point nine" and
    "one oh six nine", "ninety one point three" gives "ninety one three".
    """
    if not MAYBE_NUMBER.search(text):
        return
    for pattern, words in ((_HUNDREDS, _digit_by_digit), (_POINT, _without_point)):
        other = pattern.sub(words, text)
        if other != text:
            yield other
        text = other


def _digit_by_digit(match: re.Match[str]) -> str:
    rest = sum(_VALUES[word] for word in re.split("[ -]", match["rest"].lower()))
    return by_digit(str(100 * _VALUES[match["hundreds"].lower()] + rest), "oh")


def _without_point(match: re.Match[str]) -> str:
    return f"{match[1]} "
