"""What is said of places, companies and contacts: full names, parts, addresses, towns."""

from __future__ import annotations

import random
from collections.abc import Sequence

from common import Record
from mentions import Mentions, prompt, say

_ENDINGS = "abcdefghijklmnopqrtuvwy"  # letters after which "'s" is said
_LINKS = (("city", " in "), ("street", " on "), ("address", " "), ("address", " at "))


class SaidPlaces:
    """Prompts for places (records as `place_record` makes them)."""

    def __init__(self, catalog: Sequence[Record], rng: random.Random) -> None:
        self._rng = rng
        self._mentions = Mentions(catalog)
        self._where = {record["id"]: record["attributes"] for record in catalog}
        self._address: dict[str, list[str]] = {}
        for record in catalog:
            self._address.setdefault(record["attributes"]["address"], []).append(record["id"])

    def prompt(self, record: Record, how: str) -> Record:
        """One prompt; `how` is name, address, part, or the name or part with one of the others."""
        there, ids = record["attributes"], self._mentions.full(record["name"])
        name = record["name"]
        if there["core"] in (name, there["city"]):
            how = how.replace("part", "name")
        if how.startswith("part"):
            name = there["core"]
            ids = self._mentions.part(name)
        if how == "address":
            return self._made(there["address"], self._address[there["address"]], how)
        links = [link for link in _LINKS if how.endswith(link[0])]
        if links:
            key, link = self._rng.choice(links)
            ids = [i for i in ids if self._where[i][key] == there[key]]
            return self._made(f"{name}{link}{there[key]}", ids, how)
        return self._made(name, ids, how)

    def _made(self, text: str, ids: list[str], how: str) -> Record:
        return prompt(say(text, self._rng), ids, "place", how)


class SaidFirms:
    """Prompts for companies and products."""

    def __init__(self, catalog: Sequence[Record], rng: random.Random) -> None:
        self._rng = rng
        self._mentions = Mentions(catalog)

    def prompt(self, record: Record, how: str) -> Record:
        """One prompt; `how` is name, short (no suffix), part, initials or possessive."""
        own = record["attributes"]
        if how == "initials" and record["aliases"]:
            alias = record["aliases"][0]
            return self._made(alias, self._mentions.full(alias), record, how)
        if how == "part":
            return self._made(own["core"], self._mentions.part(own["core"]), record, how)
        if how in ("short", "possessive"):
            ids = self._mentions.part(own["short"])
            ending = "'s" if how == "possessive" and own["short"][-1] in _ENDINGS else ""
            return self._made(own["short"] + ending, ids, record, how if ending else "short")
        return self._made(record["name"], self._mentions.full(record["name"]), record, "name")

    def _made(self, text: str, ids: list[str], record: Record, how: str) -> Record:
        how = "name" if text == record["name"] else how
        return prompt(say(text, self._rng), ids, record["type"], how)


class SaidContacts:
    """Prompts for people."""

    def __init__(self, catalog: Sequence[Record], rng: random.Random) -> None:
        self._rng = rng
        self._mentions = Mentions(catalog)

    def prompt(self, record: Record, how: str) -> Record:
        """One prompt; `how` is name, first, last, nickname (with last name) or nick (alone)."""
        own = record["attributes"]
        if how in ("nickname", "nick"):
            alias = record["aliases"][0]
            text = alias if how == "nickname" else alias.split()[0]
            ids = self._mentions.full(text) if how == "nickname" else self._mentions.part(text)
            return self._made(text, ids, how)
        if how in ("first", "last"):
            return self._made(own[how], self._mentions.part(own[how]), how)
        return self._made(record["name"], self._mentions.full(record["name"]), "name")

    def _made(self, text: str, ids: list[str], how: str) -> Record:
        return prompt(say(text, self._rng), ids, "contact", how)
