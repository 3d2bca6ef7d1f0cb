"""Invented companies and products with the ways in which they are mentioned."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from businesses import coinage, town
from lexicon import COMPANY_HEADS, COMPANY_TAILS, FIRST_NAMES, PLACES
from wordlists import business


@dataclass(frozen=True)
class Firm:
    """A company: `core` ("Marsh Keller"), `field` ("Bancshares") and `suffix` ("Inc.") of a name.

    `initials` ("MKB") is what it is also called, if anything.
    """

    core: str
    field: str = ""
    suffix: str = ""
    initials: str = ""
    kind: str = "company"

    @property
    def short(self) -> str:
        """Without the suffix."""
        return f"{self.core} {self.field}".strip()

    @property
    def name(self) -> str:
        """All of it."""
        return f"{self.short} {self.suffix}".strip()


def firm(rng: random.Random, surnames: Sequence[str]) -> Firm:
    """One invented company (now and then a product)."""
    made = rng.choice(_MAKERS)(rng, surnames)
    if made.kind == "company" and not made.suffix and rng.random() < 0.4:
        suffix = rng.choice(business()["suffixes"])
        made = Firm(made.core, made.field, suffix, made.initials)
    return made


def _field(rng: random.Random) -> str:
    return rng.choice([*COMPANY_TAILS, *business()["firm_fields"]])


def _coined(rng: random.Random, _: Sequence[str]) -> Firm:
    return Firm(coinage(rng), rng.choice(["", _field(rng)]))


def _surnames(rng: random.Random, surnames: Sequence[str]) -> Firm:
    a, b, c = rng.sample(list(surnames), 3)
    core = rng.choice([a, f"{a} {b}", f"{a} & {b}", f"{a} and {b}", f"{a}, {b} & {c}"])
    return Firm(core, rng.choice(["", _field(rng)]) if " " in core else _field(rng))


def _worded(rng: random.Random, _: Sequence[str]) -> Firm:
    words = rng.sample(business()["firm_words"], 2 if rng.random() < 0.3 else 1)
    core, field = " ".join(words), _field(rng)
    words = f"{core} {field}".replace(" and ", " ").split()
    initials = "".join(word[0] for word in words)
    return Firm(core, field, "", initials if len(words) >= 3 and rng.random() < 0.6 else "")


def _initials(rng: random.Random, _: Sequence[str]) -> Firm:
    letters = "".join(rng.choice("ABCDEFGHIJKLMNOPRSTUVWX") for _ in range(rng.choice([2, 3, 3])))
    core = rng.choice([letters, letters, f"{letters[0]}&{letters[1]}", ".".join(letters) + "."])
    return Firm(core, rng.choice(["", "", _field(rng)]))


def _placed(rng: random.Random, _: Sequence[str]) -> Firm:
    where = rng.choice([town(rng), rng.choice(PLACES)])
    whole = rng.choice(["", f"Bank of {where}", f"University of {where}", f"First {where}"])
    if whole.startswith(("Bank", "University")):
        return Firm(whole, "", "", "".join(w[0] for w in whole.split()).upper())
    return Firm(whole or where, _field(rng))


def _headed(rng: random.Random, _: Sequence[str]) -> Firm:
    second = rng.choice(COMPANY_HEADS)
    return Firm(rng.choice(COMPANY_HEADS), rng.choice([_field(rng), _field(rng), second]))


def _person(rng: random.Random, surnames: Sequence[str]) -> Firm:
    return Firm(f"{rng.choice(FIRST_NAMES)} {rng.choice(surnames)}", _field(rng))


def _product(rng: random.Random, _: Sequence[str]) -> Firm:
    word = rng.choice(business()["product_words"])
    number = rng.choice([rng.randint(2, 12), 100 * rng.randint(1, 9), rng.randint(1000, 9999)])
    letter = rng.choice("ACEGKMQRSTXZ")
    model = rng.choice([f"{word} {number}", f"{letter}{rng.randint(1, 99)}", word, f"{number}"])
    return Firm(coinage(rng), model, kind="product")


Maker = Callable[[random.Random, Sequence[str]], Firm]
_MAKERS: list[Maker] = [
    _coined, _coined, _coined, _surnames, _surnames, _surnames, _worded, _worded, _worded,
    _initials, _placed, _headed, _person, _product,
]  # fmt: skip
