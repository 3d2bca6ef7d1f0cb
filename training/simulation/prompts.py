"""Prompts: what is to be said, and which entities are then right."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from er_engine.errors import QueryError
from er_engine.inputs.fields import (
    FieldError,
    Record,
    optional_text,
    required_text,
    text_list,
)
from er_engine.inputs.json_line import parse_object
from er_engine.inputs.lines import check_file, decode, read_lines
from er_engine.inputs.problems import problem_of
from er_engine.queries import MAX_ENTITY_IDS, MAX_ID_CHARACTERS, MAX_TEXT_CHARACTERS
from er_engine.surface_forms import entity_texts
from er_engine.text import spoken_forms
from er_engine.types import Entity


@dataclass(frozen=True, slots=True)
class Prompt:
    """One text to say; `entity_ids` are all entities that it fits, none when it is a no-match.

    `audio` is the WAVE file of a user who has said it already.
    """

    id: str
    text: str
    entity_ids: tuple[str, ...] = ()
    type: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    audio: str | None = None


def catalog_prompts(
    entities: Sequence[Entity],
    templates: Sequence[str] = (),
    per_entity: int = 1,
    limit: int | None = None,
    seed: int = 0,
) -> list[Prompt]:
    """Return up to `per_entity` prompts for each entity: its distinct texts in a random order.

    Where an entity has fewer texts (name, aliases, templates) than asked for, they come again.
    `limit` takes that many prompts spread evenly over the catalog.
    """
    fits = entities_by_spoken_form(entities, templates)
    prompts = []
    for entity in entities:
        texts = entity_texts(entity, templates)
        order = seeded(seed, "texts", entity.id).permutation(len(texts))
        for number in range(per_entity if texts else 0):
            text = texts[order[number % len(texts)]]
            ids = tuple(fits[first_spoken(text)])
            prompts.append(Prompt(f"{entity.id}-{number + 1}", text, ids, entity.type))
    return spread(prompts, limit)


def entities_by_spoken_form(
    entities: Sequence[Entity], templates: Sequence[str] = ()
) -> dict[str, list[str]]:
    """Return the ids of all entities that sound the same, by first spoken form."""
    fits: dict[str, list[str]] = defaultdict(list)
    for entity in entities:
        for spoken in dict.fromkeys(first_spoken(t) for t in entity_texts(entity, templates)):
            fits[spoken].append(entity.id)
    return fits


def first_spoken(text: str) -> str:
    """Return the most likely spoken form of a text; empty if nothing can be said."""
    return next(iter(spoken_forms(text)), "")


def spread(prompts: list[Prompt], limit: int | None) -> list[Prompt]:
    """Take `limit` prompts evenly spread, or all."""
    if limit is None or limit >= len(prompts):
        return prompts
    rows = np.linspace(0, len(prompts) - 1, limit).round().astype(int)
    return [prompts[row] for row in rows]


def seeded(seed: int, *keys: str) -> np.random.Generator:
    """A random generator that depends only on the seed and the keys, not on what ran before."""
    digest = hashlib.sha256("\0".join([str(seed), *keys]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def read_prompts(path: Path, fits: Mapping[str, Sequence[str]] | None = None) -> list[Prompt]:
    """Read prompts from JSONL (also `.gz`): the query format without `nbest`.

    `reference` is what to say; `entity_ids`, `tags` and `audio` may be left out.

    Args:
        path: the file.
        fits: entity ids by first spoken form, for prompts without `entity_ids`; None: no entity
            is right for them.

    Raises:
        QueryError: the file can't be read, a line is wrong, an id is there twice, or the file has
            no prompt.
    """
    check_file(path, "prompts", QueryError)
    prompts: dict[str, Prompt] = {}
    for number, raw in read_lines(path, QueryError):
        if not raw.strip():
            continue
        try:
            prompt = _prompt_of(parse_object(decode(raw)), fits or {})
            if prompt.id in prompts:
                raise FieldError("id", prompt.id, "another line has the same id")
        except ValueError as error:
            raise QueryError(str(problem_of(error, str(path), number, raw))) from error
        prompts[prompt.id] = prompt
    if not prompts:
        raise QueryError(f"prompts {path}: there is no prompt in it")
    return list(prompts.values())


def _prompt_of(record: Record, fits: Mapping[str, Sequence[str]]) -> Prompt:
    tags = record.get("tags") or {}
    if not isinstance(tags, dict):
        raise FieldError("tags", tags, "must be an object")
    text = required_text(record, "reference", MAX_TEXT_CHARACTERS)
    ids = text_list(record, "entity_ids", MAX_ID_CHARACTERS, MAX_ENTITY_IDS)
    return Prompt(
        id=required_text(record, "id", MAX_ID_CHARACTERS),
        text=text,
        entity_ids=ids if "entity_ids" in record else tuple(fits.get(first_spoken(text), ())),
        type=optional_text(record, "type", MAX_ID_CHARACTERS),
        tags=tags,
        audio=optional_text(record, "audio", MAX_TEXT_CHARACTERS),
    )


def check_ids(prompts: Sequence[Prompt], entities: Sequence[Entity], path: Path) -> None:
    """Raise QueryError unless the catalog has every entity that a prompt names."""
    known = {entity.id for entity in entities}
    for prompt in prompts:
        for entity_id in prompt.entity_ids:
            if entity_id not in known:
                raise QueryError(
                    f"{path}: prompt {prompt.id!r}, field 'entity_ids': the catalog has no entity "
                    f"{entity_id!r}"
                )
