"""Training examples: what was said, what was heard, and which names may never be trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from er_engine.catalog import read_catalog
from er_engine.errors import TrainingError
from er_engine.queries import read_queries
from er_engine.text import normalise
from er_engine.types import Query
from training.config import DataConfig


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said (a spoken form) and the distinct spoken forms that were heard, best first."""

    said: str
    heard: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """Utterances and further names, parted into training and held-out by spoken form."""

    utterances: tuple[Utterance, ...]
    names: tuple[str, ...]
    held_out: tuple[Utterance, ...]
    held_out_names: tuple[str, ...]


def is_held_out(spoken: str, one_in: int) -> bool:
    """Whether this spoken form is kept out of training; the same on every machine."""
    return int.from_bytes(hashlib.sha256(spoken.encode()).digest()) % one_in == 0


def read_examples(config: DataConfig, folder: Path) -> Examples:
    """Read all files of a config; paths are relative to `folder`.

    Raises:
        CatalogError, QueryError: a file is missing or wrong.
        TrainingError: no query has a reference and hypotheses.
    """
    utterances = [
        utterance
        for name in config.nbest
        for query in read_queries(folder / name)
        if (utterance := _utterance(query, config.max_hypotheses))
    ]
    if not utterances:
        raise TrainingError(
            "no utterance to train on: n-best queries need a 'reference' (what was said) "
            "and at least one hypothesis"
        )
    catalog_names = (
        entity.name for name in config.catalogs for entity in read_catalog(folder / name).entities
    )
    names = _distinct([*(u.said for u in utterances), *map(normalise, catalog_names)])
    one_in = config.held_out_one_in
    return Examples(
        utterances=tuple(u for u in utterances if not is_held_out(u.said, one_in)),
        names=tuple(n for n in names if not is_held_out(n, one_in)),
        held_out=tuple(u for u in utterances if is_held_out(u.said, one_in)),
        held_out_names=tuple(n for n in names if is_held_out(n, one_in)),
    )


def _utterance(query: Query, max_hypotheses: int) -> Utterance | None:
    said = normalise(query.reference or "")
    heard = _distinct(normalise(hypothesis.text) for hypothesis in query.nbest)[:max_hypotheses]
    return Utterance(said, tuple(heard)) if said and heard else None


def _distinct(texts: Iterable[str]) -> Sequence[str]:
    return [text for text in dict.fromkeys(texts) if text]
