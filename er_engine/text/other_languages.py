"""Rules for languages other than English: numbers by num2words, no abbreviations."""

from __future__ import annotations

import re
from functools import lru_cache

from er_engine.text.abbreviations import AND
from er_engine.text.context import Context, Reading, Rule
from er_engine.text.numbers import cardinal
from er_engine.text.tokens import clean, fold, tokenise
from er_engine.text.words import ENGLISH, read_letters


def rules_for(lang: str) -> tuple[Rule, ...]:
    """The rules that read a language, given by its two- or three-letter code."""
    return ENGLISH if lang == "en" else _rules(lang)


@lru_cache(maxsize=64)
def _rules(lang: str) -> tuple[Rule, ...]:
    def read(context: Context, i: int) -> Reading:
        token = context.tokens[i]
        if token.kind == "word":
            return 1, (fold(token.text.strip("'")),)
        if token.kind == "symbol":
            return 1, (AND.get(lang, "") if token.text in "&+" else "",)
        return 1, (" ".join(_number(digits, lang) for digits in re.findall(r"\d+", token.text)),)

    return (read_letters, read)


@lru_cache(maxsize=4096)
def _number(digits: str, lang: str) -> str:
    """A number in words, or its digits where num2words doesn't know the language."""
    if len(digits) > 15:
        return digits
    words = (token for token in tokenise(clean(cardinal(digits, lang))) if token.kind == "word")
    return " ".join(fold(word.text) for word in words) or digits
