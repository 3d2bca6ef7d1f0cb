"""Entities as values of an Alexa custom slot type, or as dynamic entities of a session.

Forms, and why the limits are what they are: docs/adapters.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from er_engine.errors import ConfigError
from er_engine.text import spoken_forms
from er_engine.types import Entity

MAX_CHARACTERS = 140
_SLOT_TYPE = re.compile(r"[A-Za-z][A-Za-z_]*")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken.

    Attributes:
        values: entities.
        texts: names and synonyms together; None where only the size counts.
        size: bytes of the JSON.
    """

    values: int
    texts: int | None
    size: int


SLOT_TYPE_LIMITS = Limits(values=50_000, texts=None, size=1_000_000)
DYNAMIC_LIMITS = Limits(values=100, texts=100, size=24_000)


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of a catalog.

    Attributes:
        values: those that are in, the most popular first, each as Alexa takes it.
        no_room: entities that are beyond the limits, the most popular first.
        too_long: entities whose name has more than `MAX_CHARACTERS`.
        same_name: entities whose name (in whatever case) a more popular one has.
        synonyms_left_out: synonyms beyond the limits.
    """

    values: tuple[dict[str, Any], ...]
    no_room: tuple[Entity, ...]
    too_long: tuple[Entity, ...]
    same_name: tuple[Entity, ...]
    synonyms_left_out: int

    @property
    def synonyms(self) -> int:
        """How many synonyms are in."""
        return sum(len(value["name"].get("synonyms", ())) for value in self.values)


@dataclass(slots=True)
class _Room:
    """What is left of the limits."""

    values: int
    texts: float
    size: int

    def take(self, values: int, texts: int, size: int) -> bool:
        """Take so much, if it is there."""
        if values > self.values or texts > self.texts or size > self.size:
            return False
        self.values -= values
        self.texts -= texts
        self.size -= size
        return True


@dataclass(slots=True)
class _Selection:
    kept: list[Entity] = field(default_factory=list)
    no_room: list[Entity] = field(default_factory=list)
    too_long: list[Entity] = field(default_factory=list)
    same_name: list[Entity] = field(default_factory=list)


def slot_type_document(slot_type: str, values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The part `languageModel.types` of an interaction model."""
    return {"types": [{"name": slot_type, "values": list(values)}]}


def dynamic_document(slot_type: str, values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The directive that a skill answers with."""
    return {
        "type": "Dialog.UpdateDynamicEntities",
        "updateBehavior": "REPLACE",
        **slot_type_document(slot_type, values),
    }


def written(document: dict[str, Any]) -> str:
    """The JSON as it is sent: without spaces, since its size counts."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def check_slot_type(name: str) -> None:
    """Raise ConfigError unless Alexa takes the name for a custom slot type."""
    if not _SLOT_TYPE.fullmatch(name):
        raise ConfigError(
            f"slot type {name!r}: Alexa takes letters (A to Z) and underscores, a letter first; "
            "choose the name with --slot-type"
        )


def export_values(
    entities: Sequence[Entity], limits: Limits, envelope: int = 0, lang: str = "en"
) -> Exported:
    """Choose what fits: names by popularity, then synonyms for these in the same order.

    Synonyms are aliases, and the spoken forms of name and aliases ("four twenty eight" for 428). A
    spoken form that is a text of another entity is left out: it would make both ambiguous.

    Args:
        entities: of one slot type; where they are equally popular, the first one comes first.
        limits: what is taken at most.
        envelope: bytes of the document without any value.
        lang: language of the names.
    """
    room = _Room(
        limits.values,
        float("inf") if limits.texts is None else limits.texts,
        limits.size - envelope,
    )
    chosen = _select(sorted(entities, key=lambda entity: -entity.popularity), room)
    owners = _owners(chosen.kept)
    left_out = 0
    values = []
    for entity in chosen.kept:
        synonyms: list[str] = []
        for synonym in _synonyms(entity, owners, lang):
            if room.take(0, 1, _size(synonym) + (1 if synonyms else len(',"synonyms":[]'))):
                synonyms.append(synonym)
            else:
                left_out += 1
        values.append(_value(entity, synonyms))
    return Exported(
        tuple(values),
        tuple(chosen.no_room),
        tuple(chosen.too_long),
        tuple(chosen.same_name),
        left_out,
    )


def _select(ranked: Sequence[Entity], room: _Room) -> _Selection:
    chosen = _Selection()
    names: set[str] = set()
    full = False
    for entity in ranked:
        key = entity.name.casefold()
        if len(entity.name) > MAX_CHARACTERS:
            chosen.too_long.append(entity)
        elif key in names:
            chosen.same_name.append(entity)
        elif full or not room.take(1, 1, _size(_value(entity, ())) + 1):
            full = True  # no shorter and less popular name in the place of this one
            chosen.no_room.append(entity)
        else:
            names.add(key)
            chosen.kept.append(entity)
    return chosen


def _owners(entities: Sequence[Entity]) -> dict[str, set[str]]:
    """The ids of the entities that have each text as a name or an alias."""
    owners: dict[str, set[str]] = {}
    for entity in entities:
        for text in (entity.name, *entity.aliases):
            owners.setdefault(text.casefold(), set()).add(entity.id)
    return owners


def _synonyms(entity: Entity, owners: dict[str, set[str]], lang: str) -> Iterator[str]:
    seen = {entity.name.casefold()}
    written_ways = (entity.name, *entity.aliases)
    spoken = [form for text in written_ways for form in spoken_forms(text, lang)]
    for text in (*entity.aliases, *spoken):
        key = text.casefold()
        if key in seen or not text.strip() or len(text) > MAX_CHARACTERS:
            continue
        seen.add(key)
        if text in entity.aliases or owners.get(key, {entity.id}) == {entity.id}:
            yield text


def _value(entity: Entity, synonyms: Sequence[str]) -> dict[str, Any]:
    name: dict[str, Any] = {"value": entity.name}
    if synonyms:
        name["synonyms"] = list(synonyms)
    return {"id": entity.id, "name": name}


def _size(part: object) -> int:
    return len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode())
