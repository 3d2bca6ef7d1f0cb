"""What people say of an entity, and all entities that the words fit."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable

from common import Record, split_key, spoken, spoken_forms

_LETTERS = re.compile(r"\b[A-Z]{2,4}\b|[A-Z]&[A-Z]|\b[A-Z]\b")
# What nobody says as it is written in an address.
_LONG = {"N": "North", "S": "South", "E": "East", "W": "West", "St": "Street", "Ave": "Avenue",
         "Rd": "Road", "Blvd": "Boulevard", "Dr": "Drive"}  # fmt: skip
_MOST = 12  # entities that a part of a business name may fit; more and nobody would say it


class Mentions:
    """Entities of a catalog by what their names say.

    A full mention fits the entities of which a name or alias has the same spoken form; a part fits
    those in which its words follow each other in a name or alias.
    """

    def __init__(self, catalog: Iterable[Record]) -> None:
        self._full: dict[str, dict[str, None]] = {}
        self._part: dict[str, dict[str, None]] = {}
        for record in catalog:
            for text in (record["name"], *record.get("aliases", ())):
                self._add(record["id"], spoken(text))

    def _add(self, entity_id: str, form: str) -> None:
        self._full.setdefault(form, {})[entity_id] = None
        words = form.split()
        for start in range(len(words)):
            for end in range(start + 1, len(words) + 1):
                self._part.setdefault(" ".join(words[start:end]), {})[entity_id] = None

    def full(self, text: str) -> list[str]:
        """Ids of the entities that have this name or alias."""
        return list(self._full.get(spoken(text), ()))

    def part(self, text: str) -> list[str]:
        """Ids of the entities that have these words in a name or alias."""
        return list(self._part.get(spoken(text), ()))


def say(text: str, rng: random.Random, readings: int = 3) -> str:
    """What a voice is given: numbers in words in one of the readings, initials letter by letter.

    Other texts stay as they are written.
    """
    if not any(c.isdigit() for c in text) and not _LETTERS.search(text) and "." not in text:
        return text
    forms = spoken_forms(" ".join(_LONG.get(word, word) for word in text.split()))
    words = rng.choice(forms[: readings if any(c.isdigit() for c in text) else 1]).split()
    if _LETTERS.search(text):
        words = [word.upper() if len(word) == 1 else word for word in words]
    return " ".join(words)


def prompt(text: str, ids: Iterable[str], kind: str, said: str) -> Record:
    """One prompt; `kind` of entity and what was `said` of it are its tags."""
    return {"reference": text, "entity_ids": list(ids), "tags": {"kind": kind, "said": said}}


def usable(record: Record, forbidden: set[str]) -> bool:
    """True if something is said, fits somebody but not half the catalog, and is not forbidden.

    Parts of people's names may fit any number of people.
    """
    ids, tags = record["entity_ids"], record["tags"]
    few = tags["kind"] == "contact" or len(ids) <= _MOST
    return bool(ids) and few and split_key(record["reference"]) not in forbidden


def reserved(name: str) -> bool:
    """True if the name has one of the words that only development data may use: every fifth."""
    words = re.findall(r"[a-z]{3,}", re.sub(r"'s\b", "", name.lower()))
    return any(_fifth(word) for word in words if word not in ("the", "and"))


def _fifth(word: str) -> bool:
    return int(hashlib.sha256(f"development {word}".encode()).hexdigest(), 16) % 5 == 0
