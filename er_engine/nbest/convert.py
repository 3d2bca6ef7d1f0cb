"""From files of recognisers to lines of a query file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from er_engine.errors import QueryError
from er_engine.inputs.fields import FieldError
from er_engine.inputs.json_line import to_line
from er_engine.inputs.lines import check_file, read_lines
from er_engine.inputs.problems import Problem, problem_of
from er_engine.nbest.documents import Line, Reading, Source
from er_engine.nbest.formats import detect, reader_of
from er_engine.nbest.kaldi import Costs
from er_engine.nbest.kaldi import read as read_kaldi
from er_engine.nbest.labels import Labels
from er_engine.nbest.utterance import Utterance, joined, with_words
from er_engine.queries import query_of
from er_engine.types import Hypothesis

# All of a file is held in memory, as JSON has to be read whole.
MAX_FILE_BYTES = 256 << 20
KALDI = "kaldi"


@dataclass(frozen=True, slots=True)
class Options:
    """How to convert.

    Attributes:
        format: name of the format; None finds it out for each file.
        join: make one utterance of the parts of a recording.
        labels: what is right, by id; None leaves `entity_ids` out.
        costs: Kaldi's costs of each key.
    """

    format: str | None = None
    join: bool = False
    labels: Labels | None = None
    costs: Costs | None = None


@dataclass(slots=True)
class Conversion:
    """What came of it: the lines of the query file in order, and what could not be used.

    `formats` counts files, `ids` tells where each id came from, `unlabelled` counts queries without
    `entity_ids`.
    """

    lines: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    formats: Counter[str] = field(default_factory=Counter)
    ids: dict[str, str] = field(default_factory=dict)
    hypotheses: int = 0
    unlabelled: int = 0


def convert(files: Sequence[Path], options: Options) -> Conversion:
    """Read all files; what is wrong with their content is in `problems`.

    Raises:
        QueryError: a file can't be read at all.
    """
    conversion = Conversion()
    for path in files:
        for source, found in _readings(path, options, conversion.formats):
            if isinstance(found, ValueError):
                conversion.problems.append(_problem(path, source, found))
                continue
            _add(conversion, path, source, found, options)
    return conversion


def _readings(path: Path, options: Options, formats: Counter[str]) -> Iterator[Reading]:
    lines = _lines(path)
    whole = Source(lines[0][0], "line", b"".join(raw for _, raw in lines), "")
    try:
        name = options.format or detect(lines)
    except ValueError as error:
        yield whole, error
        return
    formats[name] += 1
    reading = None
    for reading in read_kaldi(lines, options.costs) if name == KALDI else reader_of(name)(lines):
        yield reading
    if reading is None:
        yield whole, ValueError(f"there is nothing in the file that is {name}; check --format")


def _lines(path: Path) -> list[Line]:
    check_file(path, "input", QueryError)
    lines: list[Line] = []
    size = 0
    for number, raw in read_lines(path, QueryError):
        size += len(raw)
        if size > MAX_FILE_BYTES:
            raise QueryError(f"input {path}: more than {MAX_FILE_BYTES:,} bytes; split the file")
        if raw.strip():
            lines.append((number, raw))
    if not lines:
        raise QueryError(f"input {path}: there is nothing in it but white space")
    return lines


def _add(
    conversion: Conversion,
    path: Path,
    source: Source,
    found: list[Utterance],
    options: Options,
) -> None:
    """Add the utterances of one document or line: all of them, or none and what is wrong."""
    try:
        utterances = with_words(found)
        if options.join and len(utterances) > 1:
            utterances = [joined(utterances)]
        records = [
            _record(utterance, options.labels) for utterance in _named(utterances, path, source)
        ]
        ids = _new_ids(conversion, records, f"{path}, {source.unit} {source.number}")
        lines = [_line(record) for record in records]
    except ValueError as error:
        conversion.problems.append(_problem(path, source, error))
        return
    conversion.ids.update(ids)
    conversion.lines.extend(lines)
    conversion.hypotheses += sum(len(record["nbest"]) for record in records)
    conversion.unlabelled += sum("entity_ids" not in record for record in records)


def _named(utterances: Sequence[Utterance], path: Path, source: Source) -> list[Utterance]:
    """Give each its id: the recogniser's or the file's name; parts of a recording are numbered."""
    names = [utterance.name or f"{_stem(path)}{source.suffix}" for utterance in utterances]
    times = Counter(names)
    seen: Counter[str] = Counter()
    named = []
    for name, utterance in zip(names, utterances, strict=True):
        seen[name] += 1
        part = f"#{seen[name]}" if times[name] > 1 else ""
        named.append(replace(utterance, name=f"{name}{part}"))
    return named


def _stem(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    return Path(name).stem or name


def _record(utterance: Utterance, labels: Labels | None) -> dict[str, Any]:
    record: dict[str, Any] = {"id": utterance.name}
    record["nbest"] = [_hypothesis(hypothesis) for hypothesis in utterance.nbest]
    record |= utterance.fields
    if record.get("entity_ids") is None:
        record.pop("entity_ids", None)
    if labels is None:
        return record
    if utterance.name not in labels and "entity_ids" not in record:
        raise FieldError(
            "id",
            utterance.name,
            "has no label; add it to the labels (no entity_ids: nothing is right)",
        )
    return record | dict(labels.get(str(utterance.name), {}))


def _hypothesis(hypothesis: Hypothesis) -> dict[str, Any]:
    record: dict[str, Any] = {"text": hypothesis.text}
    if hypothesis.score is not None:
        record["score"] = hypothesis.score
    return record | dict(hypothesis.extra)


def _new_ids(
    conversion: Conversion, records: Sequence[dict[str, Any]], where: str
) -> dict[str, str]:
    for record in records:
        if first := conversion.ids.get(record["id"]):
            raise FieldError(
                "id", record["id"], f"{first} has the same id; rename one, or convert them apart"
            )
    return {record["id"]: where for record in records}


def _line(record: dict[str, Any]) -> str:
    """Return the line, once the reader of query files was found to take it."""
    query_of({"entity_ids": [], **record})
    try:
        line = to_line(record)
        line.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"\\u{ord(error.object[error.start]):04x} is half of a surrogate pair, not a character"
        ) from error
    except RecursionError as error:
        raise ValueError("not writable: the JSON is nested too deeply") from error
    return line


def _problem(path: Path, source: Source, error: ValueError) -> Problem:
    try:
        return problem_of(error, str(path), source.number, source.raw, source.unit)
    except RecursionError:  # a value that is nested too deeply to be shown
        return Problem(str(path), source.number, str(error), source.raw, unit=source.unit)
