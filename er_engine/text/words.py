"""Rules that read English tokens; the first rule that has something to say wins."""

from __future__ import annotations

import re
from collections.abc import Callable

from er_engine.text import abbreviations as table
from er_engine.text import numbers
from er_engine.text.abbreviation_rules import read_abbreviation
from er_engine.text.addresses import read_address
from er_engine.text.context import Context, Reading, Rule
from er_engine.text.initialisms import (
    initialism_readings,
    is_spelled,
    pronounceable,
    readings_with_s,
    spell,
)
from er_engine.text.romans import ROYAL, is_counted, may_be_ten, numeral_value
from er_engine.text.tokens import fold

_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_DIGITS_AND_COMMAS = re.compile(r"[\d,]+")
_LONGEST_CAMEL = 40


def read_number(context: Context, i: int) -> Reading | None:
    """Digits in all their forms."""
    token = context.tokens[i]
    if token.kind == "money":
        return _money(context, i)
    if token.kind == "number":
        return _number(context, i)
    read = _READERS.get(token.kind)
    return (1, read(token.text)) if read else None


_READERS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "ordinal": lambda text: numbers.ordinal_readings(_digits(text)),
    "plural": lambda text: numbers.plural_readings(_digits(text)),
    "parts": numbers.parts_readings,
    "phone": numbers.phone_readings,
}


def _digits(text: str) -> str:
    return "".join(_DIGITS_AND_COMMAS.findall(text))


def _money(context: Context, i: int) -> Reading:
    scale = context.word(i + 1)
    if scale in table.SCALES:
        return 2, numbers.money_readings(context.text(i), scale)
    return 1, numbers.money_readings(context.text(i))


def _number(context: Context, i: int) -> Reading:
    text = context.text(i)
    before = context.word(i - 1)
    if context.kind(i + 1) == "parts":
        mixed = numbers.mixed_readings(text, context.text(i + 1))
        if mixed:
            return 2, mixed
    if before in table.MONTHS or before in table.MONTH_NAMES:
        return 1, numbers.day_readings(text)
    if text[0] == "0" and (is_counted(before) or context.text(i - 1) == "#"):
        return 1, numbers.counted_readings(text)
    return 1, numbers.number_readings(text)


def read_symbol(context: Context, i: int) -> Reading | None:
    """`&`, `+`, `#1`, currency signs; other punctuation says nothing."""
    token = context.tokens[i]
    if token.kind != "symbol":
        return None
    if token.text == "#":
        return 1, ("number",) if context.kind(i + 1) in {"number", "parts"} else ("",)
    if token.text == "+" and token.glued:
        return 1, ("plus",)
    if token.text in table.SYMBOLS:
        return 1, table.SYMBOLS[token.text]
    return 1, (numbers.CURRENCY_WORDS.get(token.text, ""),)


def read_letters(context: Context, i: int) -> Reading | None:
    """S.W.A.T., R.E.M., M*A*S*H, J. K."""
    token = context.tokens[i]
    if token.kind != "letters":
        return None
    parts = re.split(r"[.* ]+", token.text)
    letters = [fold(part) for part in parts if any(map(str.isalnum, part))]
    spelled, joined = " ".join(letters), "".join(letters)
    if len(letters) < 3 or " " in token.text or not joined.isascii():
        return 1, (spelled,)
    if len(letters) > 3 and pronounceable(joined) and not is_spelled(joined):
        return 1, (joined, spelled)
    return 1, (spelled, joined)


def read_roman(context: Context, i: int) -> Reading | None:
    """Roman numerals: after a name or a word such as Part, and in capitals elsewhere."""
    written = context.text(i)
    before = context.word(i - 1)
    last = context.ends(i + 1)
    initial = context.tokens[i].dotted and not last
    if context.kind(i) != "word" or initial:
        return None
    if may_be_ten(written, before, last) and not is_counted(before):
        return 1, ("the tenth", "ten") if before in ROYAL else ("x", "ten")
    value = numeral_value(written, before, first=i == 0, last=last)
    if not value:
        return None
    plain = numbers.number_readings(str(value))[0]
    royal = "the " + numbers.ordinal_readings(str(value))[0]
    if before in ROYAL:
        return 1, (royal, plain)
    if len(written) == 1 or not before:
        return 1, (plain, spell(fold(written)))
    # "Thurston Howell III" is the third; "Rocky III" is three.
    return 1, (plain, royal) if last and not is_counted(before) else (plain,)


def read_word(context: Context, i: int) -> Reading | None:
    """Any other word: initialisms, camel case, plain words."""
    token = context.tokens[i]
    if token.kind != "word":
        return None
    text, folded = token.text, fold(token.text)
    with_s = readings_with_s(text)
    if with_s:
        return 1, with_s
    if not text.isascii() or not text.isalpha() or len(text) == 1:
        return 1, (folded,)
    if _among_initials(context, i):
        return 1, (spell(folded),)
    if is_spelled(folded) or text.isupper():
        return 1, initialism_readings(text, context.shouted)
    return 1, _camel_case(text, folded)


def _among_initials(context: Context, i: int) -> bool:
    """Whether a short word is joined by `&` to another one: AT&T, PP&E."""
    for sign, other in ((i - 1, i - 2), (i + 1, i + 2)):
        joined = context.token(max(sign, i)).glued and context.token(max(other, sign)).glued
        if context.text(sign) == "&" and joined and len(context.word(other)) in {1, 2}:
            return len(context.text(i)) <= 2
    return False


def _camel_case(text: str, folded: str) -> tuple[str, ...]:
    """YouTube is one word first, then two."""
    if text[1:] == folded[1:] or len(text) > _LONGEST_CAMEL:
        return (folded,)
    humps = _HUMPS.findall(text)
    whole = len(humps) == 2 and "".join(humps) == text and min(map(len, humps)) > 1
    if not whole or humps[0] in {"Mc", "Mac", "La", "Le", "De", "Di", "Du", "Van"}:
        return (folded,)
    return (folded, " ".join(humps).lower())


ENGLISH: tuple[Rule, ...] = (
    read_number,
    read_symbol,
    read_address,
    read_letters,
    read_abbreviation,
    read_roman,
    read_word,
)
