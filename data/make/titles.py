"""Invented titles and other names, composed from the lexicon by patterns."""

from __future__ import annotations

import random
from collections.abc import Callable

from lexicon import (
    ADJECTIVES,
    COMPANY_HEADS,
    COMPANY_TAILS,
    FIRST_NAMES,
    INITIALISM_TAILS,
    NOUNS,
    PLACES,
    SHOP_KINDS,
    STREET_KINDS,
    STREETS,
    VERBS,
)  # fmt: skip

_NUMBERS = ["Two", "Three", "Four", "Five", "Six", "Seven", "Nine", "Ten", "Twelve", "Thirteen",
            "Forty", "Ninety Nine", "A Hundred", "A Thousand"]  # fmt: skip
ROMANS = ["II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]
_ORDINALS = ["First", "Second", "Third", "Fourth", "Fifth", "Seventh", "Ninth", "Eleventh"]
Rng = random.Random


def _a(rng: Rng) -> str:
    return rng.choice(ADJECTIVES).title()


def _n(rng: Rng) -> str:
    return rng.choice(NOUNS).title()


def _s(rng: Rng) -> str:
    """A plural."""
    word = _n(rng)
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def _v(rng: Rng) -> str:
    return rng.choice(VERBS).title()


def _f(rng: Rng) -> str:
    return rng.choice(FIRST_NAMES)


def _p(rng: Rng) -> str:
    return rng.choice(PLACES)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 12th, 13th, 21st, ..."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


TITLE_PATTERNS: list[Callable[[Rng], str]] = [
    lambda r: f"The {_a(r)} {_n(r)}",
    lambda r: f"The {_n(r)} of {_p(r)}",
    lambda r: f"{_f(r)} and the {_a(r)} {_n(r)}",
    lambda r: f"{_f(r)} and {_n(r)}",
    lambda r: f"{_f(r)} and {_f(r)}",
    lambda r: f"A {_n(r)} in {_p(r)}".replace("A A", "An A").replace("A O", "An O"),
    lambda r: f"{_v(r)} the {_n(r)}",
    lambda r: f"{_v(r)} {_f(r)}",
    lambda r: f"{_a(r)} {_s(r)}",
    lambda r: f"{_s(r)} and {_s(r)}",
    lambda r: f"The {_n(r)}'s {_n(r)}",
    lambda r: f"{_f(r)}'s {_n(r)}",
    lambda r: f"How to {_v(r)} a {_n(r)}",
    lambda r: f"{_n(r)} {_n(r)}",
    lambda r: f"The Last {_n(r)}",
    lambda r: f"{_p(r)} {_n(r)}",
    lambda r: f"Where the {_a(r)} {_s(r)} Are",
    lambda r: f"My {_a(r)} {_n(r)}",
    lambda r: f"{_n(r)}",
    lambda r: f"{_a(r)}",
]
NUMBER_PATTERNS: list[Callable[[Rng], str]] = [
    lambda r: f"{r.choice(_NUMBERS)} {_s(r)}",
    lambda r: f"{r.randint(2, 99)} {_s(r)}",
    lambda r: f"{_n(r)} {r.randint(2, 9)}",
    lambda r: f"{_a(r)} {_n(r)} {r.choice(ROMANS)}",
    lambda r: f"{_f(r)} {r.choice(ROMANS)}",
    lambda r: f"The {r.choice(_ORDINALS)} {_n(r)}",
    lambda r: f"{ordinal(r.randint(3, 31))} {_n(r)}",
    lambda r: f"{_p(r)} {r.randint(1850, 2030)}",
    lambda r: f"{r.randint(101, 999)} {r.choice(STREETS)} {r.choice(STREET_KINDS)}",
    lambda r: f"Room {r.randint(100, 999)}",
    lambda r: f"{_n(r)}: Part {r.choice(['2', 'Two', 'II', 'One', '3', 'III'])}",
    lambda r: f"The {_n(r)} Files, Volume {r.randint(1, 9)}",
]


def title(rng: Rng) -> str:
    """An invented film, series or book title."""
    return rng.choice(TITLE_PATTERNS)(rng)


def numbered(rng: Rng) -> str:
    """An invented title with a number, an ordinal or a roman numeral."""
    return rng.choice(NUMBER_PATTERNS)(rng)


def company(rng: Rng) -> str:
    """An invented company name."""
    head = rng.choice(COMPANY_HEADS)
    if rng.random() < 0.15:
        return f"{head} and {rng.choice(COMPANY_HEADS)}"
    return head if rng.random() < 0.1 else f"{head} {rng.choice(COMPANY_TAILS)}"


def initialism(rng: Rng) -> str:
    """Two to four letters, often with a word behind them."""
    letters = "".join(rng.choice("ABCDEFGHIJKLMNOPRSTUVW") for _ in range(rng.choice([2, 3, 3, 4])))
    return letters if rng.random() < 0.3 else f"{letters} {rng.choice(INITIALISM_TAILS)}"


def place(rng: Rng) -> tuple[str, str]:
    """An invented shop or other place, and its street address."""
    kind = rng.choice(SHOP_KINDS)
    heads = [
        lambda: f"{rng.choice(FIRST_NAMES)}'s {kind}",
        lambda: f"{rng.choice(STREETS)} {rng.choice(['Street', 'Avenue'])} {kind}",
        lambda: f"{_a(rng)} {_n(rng)} {kind}",
        lambda: f"The {_n(rng)} {kind}",
        lambda: f"{rng.choice(PLACES)} {kind}",
        lambda: f"{rng.choice(COMPANY_HEADS)} {kind}",
    ]
    number = rng.choice([rng.randint(2, 99), rng.randint(100, 999), rng.randint(1000, 9999)])
    street = f"{number} {rng.choice(STREETS)} {rng.choice(STREET_KINDS)}"
    return rng.choice(heads)(), street
