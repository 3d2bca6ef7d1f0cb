"""Reads a catalog file whole, or says everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from er_engine.catalog.csv_rows import read_csv
from er_engine.catalog.jsonl import read_jsonl
from er_engine.catalog.parquet import read_parquet
from er_engine.catalog.records import RawRecord, entity_of
from er_engine.errors import CatalogError
from er_engine.files import write_atomically
from er_engine.inputs.fields import FieldError
from er_engine.inputs.json_line import to_line
from er_engine.inputs.lines import check_file, suffix_of
from er_engine.inputs.problems import MAX_LISTED, Problem, listing, problem_of
from er_engine.types import Entity

_READERS = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": read_csv,
    ".parquet": read_parquet,
}


@dataclass(frozen=True, slots=True)
class Catalog:
    """The entities of a file, in its order, and the records that were skipped."""

    entities: tuple[Entity, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Reading:
    """What has been read so far; the ids and where each was first seen."""

    file: str
    unit: str
    keep: int | None
    entities: list[Entity] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    n_problems: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def add(self, record: RawRecord) -> None:
        try:
            if isinstance(record.parsed, ValueError):
                raise record.parsed
            entity = entity_of(record.parsed)
            if entity.id in self.seen:
                raise FieldError(
                    "id", entity.id, f"{self.unit} {self.seen[entity.id]} has the same id"
                )
        except ValueError as error:
            self._reject(problem_of(error, self.file, record.number, record.raw, self.unit))
        else:
            self.seen[entity.id] = record.number
            self.entities.append(entity)

    def _reject(self, problem: Problem) -> None:
        self.n_problems += 1
        if self.keep is None or len(self.problems) < self.keep:
            self.problems.append(problem)


def read_catalog(path: Path | str, skip_bad: bool = False) -> Catalog:
    """Read a catalog.

    Args:
        path: `.jsonl`, `.ndjson` or `.csv` (also with `.gz`), or `.parquet`.
        skip_bad: leave wrong records out and return them as `problems`, instead of stopping.

    Raises:
        CatalogError: the file can't be read, holds no entity, or (without `skip_bad`) has wrong
            records; the message lists the first 20 and how many more there are.
    """
    path = Path(path)
    reading = _Reading(
        file=str(path),
        unit="row" if suffix_of(path)[0] == ".parquet" else "line",
        keep=None if skip_bad else MAX_LISTED,
    )
    for record in _records(path):
        reading.add(record)
    if reading.n_problems and not skip_bad:
        raise CatalogError(
            f"catalog {path}: {_counted(reading.n_problems)} wrong, nothing was done; "
            "correct the file, or leave them out with --skip-bad:\n"
            + listing(reading.problems, reading.n_problems)
        )
    if not reading.entities:
        raise CatalogError(_no_entities(path, reading))
    return Catalog(tuple(reading.entities), tuple(reading.problems))


def write_rejects(path: Path | str, problems: tuple[Problem, ...]) -> None:
    """Write skipped records as JSONL: where each was, what is wrong, and the record itself."""
    lines = [to_line(problem.as_record()) for problem in problems]
    write_atomically(Path(path), "".join(lines))


def _records(path: Path) -> Iterator[RawRecord]:
    check_file(path, "catalog", CatalogError)
    suffix, compressed = suffix_of(path)
    reader = _READERS.get(suffix)
    if reader is None or (compressed and suffix == ".parquet"):
        raise CatalogError(
            f"catalog {path}: unknown kind of file {suffix or 'without extension'!r}; "
            "use .jsonl, .csv (both also with .gz) or .parquet"
        )
    return reader(path)


def _counted(n: int) -> str:
    return "one record is" if n == 1 else f"{n:,} records are"


def _no_entities(path: Path, reading: _Reading) -> str:
    if not reading.problems:
        return f"catalog {path}: there is no record in it; an index needs at least one entity"
    return f"catalog {path}: no record is right:\n" + listing(reading.problems, reading.n_problems)
