"""Rules that read English tokens in their context.

A rule looks at the tokens from one position on and returns how many of them it reads and their
readings (most common first), or None where it has nothing to say. The first rule that reads wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from er_engine.text import abbreviations as table
from er_engine.text import numbers
from er_engine.text.initialisms import (
    initialism_readings,
    is_spelled,
    pronounceable,
    spell,
)
from er_engine.text.romans import COUNTED, ROYAL, is_numeral, roman_value
from er_engine.text.tokens import Token, fold

Reading = tuple[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Context:
    """The tokens of a text, and whether it has capitals only."""

    tokens: Sequence[Token]
    shouted: bool

    def kind(self, position: int) -> str:
        """Kind of the token there, "" outside the text."""
        return self.tokens[position].kind if 0 <= position < len(self.tokens) else ""

    def text(self, position: int) -> str:
        """Written text of the token there, "" outside the text."""
        return self.tokens[position].text if 0 <= position < len(self.tokens) else ""

    def word_before(self, position: int) -> str:
        """The case-folded word right before, or ""."""
        return fold(self.text(position - 1)) if self.kind(position - 1) == "word" else ""

    def ends(self, position: int) -> bool:
        """Whether the text, or a part of it, ends before this position."""
        return self.text(position) in {"", ",", ":", ";", "(", ")", "-", "[", "]"}


Rule = Callable[[Context, int], Reading | None]


def read_number(context: Context, i: int) -> Reading | None:
    """Digits in all their forms."""
    token = context.tokens[i]
    if token.kind == "money":
        scale = fold(context.text(i + 1))
        if scale in table.SCALES:
            return 2, numbers.money_readings(token.text, scale)
        return 1, numbers.money_readings(token.text)
    digits = "".join(char for char in token.text if char.isdigit() or char == ",")
    by_kind: dict[str, Callable[[], tuple[str, ...]]] = {
        "number": lambda: numbers.number_readings(token.text),
        "ordinal": lambda: numbers.ordinal_readings(digits),
        "plural": lambda: numbers.plural_readings(digits),
        "parts": lambda: numbers.parts_readings(token.text.replace("⁄", "/")),
        "phone": lambda: numbers.phone_readings(token.text),
    }
    return (1, by_kind[token.kind]()) if token.kind in by_kind else None


def read_symbol(context: Context, i: int) -> Reading | None:
    """`&`, `+`, `#1`, currency signs; punctuation reads as nothing."""
    token = context.tokens[i]
    if token.kind != "symbol":
        return None
    if token.text == "#":
        return 1, ("number",) if context.kind(i + 1) in {"number", "plural", "parts"} else ("",)
    if token.text in table.SYMBOLS:
        return 1, table.SYMBOLS[token.text]
    if token.text in numbers.CURRENCY_WORDS:
        return 1, _currency_sign(context, i)
    return 1, ("",)


def _currency_sign(context: Context, i: int) -> tuple[str, ...]:
    return (numbers.CURRENCY_WORDS[context.text(i)],)


def read_letters(context: Context, i: int) -> Reading | None:
    """S.W.A.T., R.E.M., M*A*S*H, J. K."""
    token = context.tokens[i]
    if token.kind != "letters":
        return None
    letters = [fold(char) for char in re.split(r"[.* ]+", token.text) if char]
    spelled, joined = " ".join(letters), "".join(letters)
    if len(letters) < 3 or " " in token.text or not joined.isascii():
        return 1, (spelled,)
    if len(letters) > 3 and pronounceable(joined) and not is_spelled(joined):
        return 1, (joined, spelled)
    return 1, (spelled, joined)


def read_abbreviation(context: Context, i: int) -> Reading | None:
    """Dr, St, Vol, CA and others, by context."""
    token = context.tokens[i]
    if token.kind != "word":
        return None
    folded = fold(token.text)
    if folded == "'n'":
        return 1, ("and", "n")
    if folded in table.ALWAYS:
        return 1, table.ALWAYS[folded]
    for read in (_state, _place_or_title, _before_number, _versus):
        readings = read(context, i, folded)
        if readings:
            return 1, readings
    if folded == "w" and context.text(i + 1) == "/":
        return 2, ("with",)
    if token.dotted and folded in table.DOTTED and not (folded == "co" and i == 0):
        return 1, table.DOTTED[folded]
    return None


def _state(context: Context, i: int, folded: str) -> tuple[str, ...]:
    written = context.text(i)
    if written not in table.STATES or i == 0:
        return ()
    zip_follows = context.kind(i + 1) == "number" and len(context.text(i + 1)) == 5
    if zip_follows or (context.text(i - 1) == "," and context.ends(i + 1) and i > 1):
        return tuple(dict.fromkeys((table.STATES[written], spell(folded))))
    return ()


def _place_or_title(context: Context, i: int, folded: str) -> tuple[str, ...]:
    """`St` and `Dr` come before a name or after the name of a street; `Ft` before a place."""
    last = context.ends(i + 1) or context.kind(i + 1) != "word"
    first = i == 0 or context.kind(i - 1) == "symbol"
    if folded == "st":
        street = (last and not first) or context.kind(i - 1) == "ordinal"
        return ("street", "saint") if street else ("saint",) if first else ("saint", "street")
    if folded == "dr":
        return ("drive", "doctor") if last and not first else ("doctor",)
    if folded == "ft":
        if context.kind(i - 1) == "number":
            return ("feet", "foot")
        return ("fort",) if first else ("featuring", "fort")
    if folded in table.STREET_ENDINGS and last and not first and context.text(i)[0].isupper():
        return (table.STREET_ENDINGS[folded],)
    if folded == "mt" and context.text(i) == "Mt" and not last:
        return ("mount",)
    return ()


def _before_number(context: Context, i: int, folded: str) -> tuple[str, ...]:
    if folded not in table.BEFORE_NUMBER:
        return ()
    if context.kind(i + 1) == "number" or roman_value(context.text(i + 1)):
        if context.tokens[i].dotted or folded in {"vol", "pt", "ep"}:
            return table.BEFORE_NUMBER[folded]
    return ()


def _versus(context: Context, i: int, folded: str) -> tuple[str, ...]:
    """A small v between capitalised names."""
    if context.text(i) != "v" or context.kind(i - 1) != "word" or context.kind(i + 1) != "word":
        return ()
    capitalised = context.text(i - 1)[0].isupper() and context.text(i + 1)[0].isupper()
    return ("versus", "v") if capitalised else ()


def read_roman(context: Context, i: int) -> Reading | None:
    """Roman numerals after a name or a word such as Part."""
    token = context.tokens[i]
    if token.kind != "word" or not token.text.isascii():
        return None
    before = context.word_before(i)
    if not is_numeral(token.text, before, context.ends(i + 1)):
        return None
    value = str(roman_value(token.text))
    plain = numbers.number_readings(value)[0]
    royal = "the " + numbers.ordinal_readings(value)[0]
    if before in ROYAL:
        return 1, (royal, plain)
    if before in COUNTED or not context.ends(i + 1):
        return 1, (plain,)
    if len(token.text) == 1:
        return 1, (plain, fold(token.text))
    return 1, (plain, royal)


def read_word(context: Context, i: int) -> Reading | None:
    """Any other word: initialisms, camel case, plain words."""
    token = context.tokens[i]
    if token.kind != "word":
        return None
    text, folded = token.text, fold(token.text)
    if not text.isascii():
        return 1, (folded,)
    if is_spelled(folded):
        return 1, (spell(folded), folded)
    if len(text) > 1 and text.isupper() and text.isalpha():
        return 1, initialism_readings(text, context.shouted)
    humps = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text)
    if len(humps) == 2 and "".join(humps) == text and min(map(len, humps)) > 1:
        return 1, (folded, " ".join(humps).lower())
    return 1, (folded,)


ENGLISH: tuple[Rule, ...] = (
    read_number,
    read_symbol,
    read_letters,
    read_abbreviation,
    read_roman,
    read_word,
)
