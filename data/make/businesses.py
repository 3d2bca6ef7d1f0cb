"""Invented businesses and public places with addresses and towns, composed from the word lists."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lexicon import ADJECTIVES, COMPANY_HEADS, FIRST_NAMES, NOUNS, PLACES, SHOP_KINDS, STREETS
from titles import ordinal
from wordlists import business

_LETTERS = "ABCDEFGHIJKLMNPRSTVW"
_DIRECTIONS = ("North", "South", "East", "West", "N", "S", "E", "W")
_SHORT = {"Street": "St", "Avenue": "Ave", "Road": "Rd", "Boulevard": "Blvd", "Drive": "Dr"}


@dataclass(frozen=True)
class Place:
    """A place: `core` of the name, its `kind` (may be empty), street address and town."""

    core: str
    kind: str
    number: str
    street: str
    city: str

    @property
    def name(self) -> str:
        """Core and kind."""
        return f"{self.core} {self.kind}".strip()

    @property
    def address(self) -> str:
        """House number and street."""
        return f"{self.number} {self.street}".strip()


def place(rng: random.Random, surnames: Sequence[str]) -> Place:
    """One invented place; shops may be named after one of the surnames."""
    city = town(rng)
    core, kind = rng.choice(_MAKERS)(rng, surnames, city)
    number, street = address(rng)
    return Place(core, kind, number, street, city)


def town(rng: random.Random) -> str:
    """A town: known, composed ("Ashford"), or of two words ("San Marcos", "Ashford Hills")."""
    words = business()
    if rng.random() < 0.2:
        return rng.choice(PLACES)
    if rng.random() < 0.15:
        return f"{rng.choice(words['town_lead'])} {rng.choice(words['town_last'])}"
    name = rng.choice(words["town_heads"]) + rng.choice(words["town_tails"])
    return f"{name} {rng.choice(words['suburbs'])}" if rng.random() < 0.1 else name


def address(rng: random.Random) -> tuple[str, str]:
    """House number and street."""
    number = rng.choice([rng.randint(1, 99), rng.randint(100, 999), rng.randint(1000, 19999)])
    if rng.random() < 0.06:
        road = rng.choice(["Highway", "Route", "County Road", "State Road"])
        return str(number), f"{road} {rng.randint(2, 400)}"
    kind = rng.choice(business()["street_kinds"])
    kind = _SHORT.get(kind, kind) if rng.random() < 0.2 else kind
    if rng.random() < 0.12:
        return str(number), f"{ordinal(rng.randint(1, 120))} {kind}"
    name = rng.choice(business()["street_names"] if rng.random() < 0.75 else STREETS)
    street = f"{rng.choice(_DIRECTIONS)} {name}" if rng.random() < 0.12 else name
    return str(number), f"{street} {kind}"


def coinage(rng: random.Random) -> str:
    """A made-up brand word such as "Smilebit"."""
    head, tail = rng.choice(business()["coin_heads"]), rng.choice(business()["coin_tails"])
    # "Smile" + "express" would be a stumble: one vowel is enough.
    return head[:-1] + tail if head[-1] in "aeiou" and tail[0] in "aeiou" else head + tail


Maker = Callable[[random.Random, Sequence[str], str], tuple[str, str]]


def _list(name: str) -> Callable[[random.Random], str]:
    return lambda rng: rng.choice(business()[name])


def _service(rng: random.Random) -> str:
    return rng.choice([*business()["service_kinds"], *SHOP_KINDS, *business()["store_kinds"]])


def _surname(rng: random.Random, surnames: Sequence[str], _: str) -> tuple[str, str]:
    last = rng.choice(surnames)
    forms = [last, f"{last}'s", f"{last} and Sons", f"{last} Brothers", f"{last} Family",
             f"{last} and {rng.choice(surnames)}", f"{rng.choice(FIRST_NAMES)} {last}"]  # fmt: skip
    return rng.choice(forms), _service(rng)


def _first(rng: random.Random, _: Sequence[str], __: str) -> tuple[str, str]:
    first = rng.choice(FIRST_NAMES)
    return rng.choice([f"{first}'s", f"{first} and {rng.choice(FIRST_NAMES)}"]), _service(rng)


def _coined(rng: random.Random, _: Sequence[str], __: str) -> tuple[str, str]:
    return coinage(rng), "" if rng.random() < 0.4 else _service(rng)


def _initials(rng: random.Random, _: Sequence[str], __: str) -> tuple[str, str]:
    a, b, c = (rng.choice(_LETTERS) for _ in range(3))
    number = rng.choice(["1", "Plus", "Best", "Quality"])
    return rng.choice([f"{a} & {b}", f"{a}&{b}", f"{a}{b}{c}", f"{a}{b}", f"{a}-{number}"]), (
        _service(rng)
    )


def _numbered(rng: random.Random, _: Sequence[str], __: str) -> tuple[str, str]:
    noun = rng.choice(NOUNS).title()
    number = rng.choice([rng.randint(2, 9), rng.randint(10, 99), 24, 180, 360, 365, 747, 1850])
    return rng.choice([f"{number} {noun}s", f"{noun} {number}", f"Studio {number}"]), (
        rng.choice(["", _service(rng)])
    )


def _pub(rng: random.Random, _: Sequence[str], __: str) -> tuple[str, str]:
    noun, adjective = rng.choice(NOUNS).title(), rng.choice(ADJECTIVES).title()
    core = rng.choice([f"The {adjective} {noun}", f"The {noun} and {rng.choice(NOUNS).title()}"])
    return core, rng.choice(["", "", "Pub", "Tavern", "Inn", "Bar and Grill", "Cafe", "Books"])


def _kitchen(rng: random.Random, _: Sequence[str], __: str) -> tuple[str, str]:
    words = business()
    style, kinds = rng.choice(
        [("spanish", ["Taqueria", "Mexican Restaurant", "Mexican Grill", "Cantina"]),
         ("italian", ["Pizzeria", "Ristorante", "Trattoria", "Pizza"]),
         ("asian", ["Chinese Restaurant", "Sushi", "Noodle House", "Buffet"])]
    )  # fmt: skip
    kind = rng.choice(["", rng.choice(kinds), rng.choice(words["food_kinds"])])
    return rng.choice(words[style]), kind


def _local(rng: random.Random, _: Sequence[str], city: str) -> tuple[str, str]:
    return city, rng.choice([_service(rng), _list("civic_kinds")(rng), _list("hotel_kinds")(rng)])


def _civic(rng: random.Random, _: Sequence[str], __: str) -> tuple[str, str]:
    return _list("civic_heads")(rng), _list("civic_kinds")(rng)


def _hotel(rng: random.Random, surnames: Sequence[str], _: str) -> tuple[str, str]:
    cores = [f"{rng.choice(ADJECTIVES).title()} {rng.choice(NOUNS).title()}", town(rng),
             f"The {rng.choice(surnames)}", coinage(rng)]  # fmt: skip
    return rng.choice(cores), _list("hotel_kinds")(rng)


def _headed(rng: random.Random, _: Sequence[str], __: str) -> tuple[str, str]:
    return rng.choice(COMPANY_HEADS), _service(rng)


_MAKERS: list[Maker] = [
    _surname, _surname, _surname, _first, _coined, _coined, _coined, _initials, _numbered, _pub,
    _pub, _kitchen, _kitchen, _local, _civic, _hotel, _headed,
]  # fmt: skip
