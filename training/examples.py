"""Training examples: what was said, what was heard, and which names may never be trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from er_engine.catalog import read_catalog
from er_engine.errors import TrainingError
from er_engine.queries import read_queries
from er_engine.text import normalise
from er_engine.types import Query
from training.config import DataConfig

MAX_NAMES = 8


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said and the distinct spoken forms that were heard, best first.

    `names` are spoken forms of the entities that were meant: the same as `said`, or more where only
    a part of a name was said. At most MAX_NAMES, for a first name fits many people.
    """

    said: str
    heard: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """Utterances and further names, parted into training and held-out by spoken form.

    `recorded` are utterances that a real recogniser heard, to train on.
    """

    utterances: tuple[Utterance, ...]
    names: tuple[str, ...]
    held_out: tuple[Utterance, ...]
    held_out_names: tuple[str, ...]
    recorded: tuple[Utterance, ...] = ()

    def texts(self) -> list[str]:
        """All spoken forms, with repetitions."""
        utterances = [*self.utterances, *self.recorded, *self.held_out]
        said = [text for u in utterances for text in (u.said, *u.heard, *u.names)]
        return [*self.names, *self.held_out_names, *said]


def is_held_out(spoken: str, one_in: int) -> bool:
    """Whether this spoken form is kept out of training; the same on every machine."""
    return int.from_bytes(hashlib.sha256(spoken.encode()).digest()) % one_in == 0


def read_examples(config: DataConfig, folder: Path) -> Examples:
    """Read all files of a config; paths are relative to `folder`.

    Raises:
        CatalogError, QueryError: a file is missing or wrong.
        TrainingError: no query has a reference and hypotheses.
    """
    entities = [
        entity for name in config.catalogs for entity in read_catalog(folder / name).entities
    ]
    name_of = {entity.id: normalise(entity.name) for entity in entities}
    utterances = [
        utterance
        for name in config.nbest
        for query in read_queries(folder / name)
        if (utterance := utterance_of(query, name_of, config.max_hypotheses))
    ]
    if not utterances:
        raise TrainingError(
            "no utterance to train on: n-best queries need a 'reference' (what was said) "
            "and at least one hypothesis"
        )
    names = _distinct([*(u.said for u in utterances), *name_of.values()])
    one_in = config.held_out_one_in
    return Examples(
        utterances=tuple(
            _without_held_out(u, one_in) for u in utterances if not is_held_out(u.said, one_in)
        ),
        names=tuple(n for n in names if not is_held_out(n, one_in)),
        held_out=tuple(u for u in utterances if is_held_out(u.said, one_in)),
        held_out_names=tuple(n for n in names if is_held_out(n, one_in)),
    )


def _without_held_out(utterance: Utterance, one_in: int) -> Utterance:
    """What was said may be a part of names that are held out: these are not trained on."""
    names = tuple(name for name in utterance.names if not is_held_out(name, one_in))
    return replace(utterance, names=names or (utterance.said,))


def utterance_of(query: Query, name_of: Mapping[str, str], max_hypotheses: int) -> Utterance | None:
    """The utterance of a query; None where nothing was said, or nothing heard."""
    meant = _distinct(name_of.get(entity_id, "") for entity_id in query.entity_ids[:MAX_NAMES])
    said = normalise(query.reference or "") or (meant[0] if meant else "")
    heard = _distinct(normalise(hypothesis.text) for hypothesis in query.nbest)[:max_hypotheses]
    if not said or not heard:
        return None
    return Utterance(said, tuple(heard), tuple(meant) or (said,))


def _distinct(texts: Iterable[str]) -> Sequence[str]:
    return [text for text in dict.fromkeys(texts) if text]
