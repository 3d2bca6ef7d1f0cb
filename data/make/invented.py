"""Catalog records of invented places, companies and people with distinct names."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from businesses import Place, place
from common import Record, people, split_key
from firms import Firm, firm
from mentions import reserved
from wordlists import business, nicknames

T = TypeVar("T")


def place_records(
    n: int, seed: str, surnames: Sequence[str], taken: set[str], *, development: bool
) -> list[Record]:
    """Places. Only those for development have reserved words in the core of their names."""
    rng = random.Random(seed)

    def draw() -> Place:
        while True:
            found = place(rng, surnames)
            if reserved(found.core) == development:
                return found

    drawn = distinct(draw, n, taken, lambda found: found.name)
    return [
        {"id": f"pl{number}", "name": p.name, "type": "place",
         "attributes": {"address": p.address, "street": p.street, "city": p.city, "core": p.core}}
        for number, p in enumerate(drawn, start=1)
    ]  # fmt: skip


def firm_records(n: int, seed: str, surnames: Sequence[str], taken: set[str]) -> list[Record]:
    """Companies and products."""
    rng = random.Random(seed)
    drawn: list[Firm] = distinct(lambda: firm(rng, surnames), n, taken, lambda found: found.name)
    return [
        {"id": f"co{number}", "name": f.name, "type": f.kind,
         "aliases": [f.initials] if f.initials and split_key(f.initials) not in taken else [],
         "attributes": {"core": f.core, "short": f.short}}
        for number, f in enumerate(drawn, start=1)
    ]  # fmt: skip


def contact_records(n: int, seed: int, locales: Sequence[str], taken: set[str]) -> list[Record]:
    """People of many origins; a few with a title instead of a first name, some with a nickname."""
    rng = random.Random(f"{seed} contacts")
    found = people(seed, locales, n + n // 10 + 100)
    records = []
    for first, last, origin in found:
        if split_key(first + last) in taken or len(records) == n:
            continue
        taken.add(split_key(first + last))
        records.append(_contact(f"ct{len(records) + 1}", first, last, origin, rng))
    return records


def _contact(entity_id: str, first: str, last: str, origin: str, rng: random.Random) -> Record:
    attributes = {"first": first, "last": last, "origin": origin}
    nick = nicknames().get(first)
    record: Record = {"id": entity_id, "name": f"{first} {last}", "type": "contact"}
    if nick and rng.random() < 0.7:
        record["aliases"] = [f"{nick} {last}"]
    return {**record, "attributes": attributes}


def titled_records(n: int, seed: str, contacts: Sequence[Record], taken: set[str]) -> list[Record]:
    """Contacts saved as "Dr. Okafor" or "Aunt Greta", with names of the given people."""
    rng = random.Random(seed)

    def draw() -> tuple[str, str]:
        title, own = rng.choice(business()["titles"]), rng.choice(contacts)["attributes"]
        formal = title in ("Dr.", "Doctor", "Professor", "Captain")
        return title, own["last" if formal else "first"]

    drawn = distinct(draw, n, taken, lambda found: " ".join(found))
    return [
        {"id": f"tt{number}", "name": f"{title} {name}", "type": "contact",
         "attributes": {"title": title, "last": name}}
        for number, (title, name) in enumerate(drawn, start=1)
    ]  # fmt: skip


def distinct(make: Callable[[], T], n: int, taken: set[str], name: Callable[[T], str]) -> list[T]:
    """`n` values with new names, which are then taken."""
    found = []
    while len(found) < n:
        value = make()
        key = split_key(name(value))
        if key not in taken:
            taken.add(key)
            found.append(value)
    return found
