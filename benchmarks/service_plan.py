"""What `benchmarks.service` measures, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from er_engine.catalog import read_catalog
from er_engine.queries import read_queries

SAMPLE = Path("data/samples/screen.jsonl")
QUERIES = Path("data/samples/screen_queries.jsonl")
HYPOTHESES = 5


@dataclass(frozen=True)
class Served:
    """A catalog file and its built index, whose folder names it."""

    file: Path
    index: Path

    @property
    def name(self) -> str:
        """As it is called in paths."""
        return self.index.resolve().name

    @cached_property
    def entities(self) -> list[dict[str, Any]]:
        """As the service takes them."""
        return [
            {
                "id": item.id,
                "name": item.name,
                "type": item.type,
                "aliases": list(item.aliases),
                "attributes": dict(item.attributes),
            }
            for item in read_catalog(self.file).entities
        ]


@dataclass(frozen=True)
class Plan:
    """What is measured, and for how long.

    Attributes:
        catalogs: the sample first, then the larger one if there is one.
        folder: for data and logs.
        written: the Markdown file that gets the results.
        command: what was typed.
        seconds: of one measurement.
        minutes: of the soak.
        updates: a second, in the soak.
        rate: queries a second, in the soak; None for a share of what is possible.
        workers: numbers of worker processes that the load is measured with.
    """

    catalogs: list[Served]
    folder: Path
    written: Path
    command: str
    seconds: float
    minutes: float
    updates: float
    rate: float | None
    workers: list[int]

    @cached_property
    def queries(self) -> list[dict[str, Any]]:
        """Bodies of requests: n-best lists of up to five hypotheses, in the order of the file."""
        return [
            {"nbest": [{"text": item.text} for item in query.nbest[:HYPOTHESES]]}
            for query in read_queries(QUERIES)
        ]
