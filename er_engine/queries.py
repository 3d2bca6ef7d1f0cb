"""Query files: JSONL, one utterance with its n-best list on each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from er_engine.errors import QueryError
from er_engine.inputs.fields import (
    FieldError,
    Record,
    optional_number,
    optional_text,
    required_text,
    text_list,
    text_or_blank,
)
from er_engine.inputs.json_line import parse_object, to_line, type_name
from er_engine.inputs.lines import check_file, decode, packed_file, read_lines, suffix_of
from er_engine.inputs.problems import Problem, listing, problem_of
from er_engine.types import Hypothesis, Query

MAX_ID_CHARACTERS = 500
MAX_TEXT_CHARACTERS = 10_000
MAX_HYPOTHESES = 1_000
MAX_ENTITY_IDS = 1_000_000

_FIELDS = ("id", "nbest", "entity_ids", "type", "reference", "tags")
_SUFFIXES = (".jsonl", ".ndjson")


def read_queries(path: Path | str) -> list[Query]:
    """Read a query file (`.jsonl`, also `.gz`), in its order; unknown keys are kept in `extra`.

    Raises:
        QueryError: the file can't be read, holds no query or has wrong lines; the message lists
            the first 20 and how many more there are.
    """
    path = Path(path)
    if suffix_of(path)[0] not in _SUFFIXES:
        raise QueryError(f"queries {path}: unknown kind of file; use .jsonl or .jsonl.gz")
    check_file(path, "queries", QueryError)
    queries: list[Query] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for number, raw, found in _parsed(path):
        if isinstance(found, Query) and found.id in seen:
            found = FieldError("id", found.id, f"line {seen[found.id]} has the same id")
        if isinstance(found, Query):
            seen[found.id] = number
            queries.append(found)
        else:
            problems.append(problem_of(found, str(path), number, raw))
    if problems:
        count = "one line is" if len(problems) == 1 else f"{len(problems):,} lines are"
        raise QueryError(
            f"queries {path}: {count} wrong; correct the file:\n" + listing(problems, len(problems))
        )
    if not queries:
        raise QueryError(f"queries {path}: there is no query in it")
    return queries


def query_of(record: Record) -> Query:
    """Return the query of a JSON object.

    Raises:
        FieldError: a field is missing, empty, too long or of the wrong type.
    """
    if record.get("entity_ids") is None:
        raise FieldError(
            "entity_ids", None, "missing; write [] where nothing in the catalog is right"
        )
    return Query(
        id=required_text(record, "id", MAX_ID_CHARACTERS),
        nbest=_nbest(record),
        entity_ids=text_list(record, "entity_ids", MAX_ID_CHARACTERS, MAX_ENTITY_IDS),
        type=optional_text(record, "type", MAX_ID_CHARACTERS),
        reference=optional_text(record, "reference", MAX_TEXT_CHARACTERS),
        tags=_tags(record),
        extra={key: value for key, value in record.items() if key not in _FIELDS},
    )


def query_record(query: Query) -> dict[str, Any]:
    """Return the JSON object of a query; optional fields that say nothing are left out."""
    record: dict[str, Any] = {
        "id": query.id,
        "nbest": [_hypothesis_record(hypothesis) for hypothesis in query.nbest],
        "entity_ids": list(query.entity_ids),
    }
    optional = {"type": query.type, "reference": query.reference, "tags": _written(query.tags)}
    record.update({key: value for key, value in optional.items() if value})
    return record | dict(query.extra)


def write_queries(path: Path | str, queries: Iterable[Query]) -> None:
    """Write a query file (compressed where the name ends in `.gz`), all of it or nothing.

    Queries are written as they come: they need not fit into memory.

    Raises:
        OSError: the file can't be written; what was there is then unchanged.
    """
    path = Path(path)
    with packed_file(path) as file:
        for query in queries:
            file.write(to_line(query_record(query)).encode("utf-8"))


def _parsed(path: Path) -> Iterator[tuple[int, bytes, Query | ValueError]]:
    for number, raw in read_lines(path, QueryError):
        if not raw.strip():
            continue
        try:
            yield number, raw, query_of(parse_object(decode(raw)))
        except ValueError as error:
            yield number, raw, error


def _nbest(record: Record) -> tuple[Hypothesis, ...]:
    nbest = record.get("nbest")
    if nbest is None:
        raise FieldError("nbest", None, "missing")
    if not isinstance(nbest, list):
        raise FieldError("nbest", nbest, f"must be a list, not {type_name(nbest)}")
    if not nbest:
        raise FieldError("nbest", nbest, "empty; a query has at least one hypothesis")
    if len(nbest) > MAX_HYPOTHESES:
        raise FieldError(
            "nbest", nbest, f"{len(nbest):,} hypotheses; at most {MAX_HYPOTHESES:,} allowed"
        )
    found = tuple(_hypothesis(f"nbest[{i}]", hypothesis) for i, hypothesis in enumerate(nbest))
    # Recognisers give blank alternatives, but a query in which nothing was heard is a mistake.
    if all(hypothesis.blank for hypothesis in found):
        raise FieldError("nbest[0].text", found[0].text, "empty, and so are all hypotheses")
    return found


def _hypothesis(where: str, found: object) -> Hypothesis:
    if not isinstance(found, dict):
        raise FieldError(
            where, found, f'must be an object like {{"text": "..."}}, not {type_name(found)}'
        )
    try:
        return Hypothesis(
            text=text_or_blank(found, "text", MAX_TEXT_CHARACTERS),
            score=optional_number(found, "score"),
            extra={key: value for key, value in found.items() if key not in ("text", "score")},
        )
    except FieldError as error:
        raise FieldError(f"{where}.{error.field}", error.value, error.what) from error


def _hypothesis_record(hypothesis: Hypothesis) -> dict[str, Any]:
    record: dict[str, Any] = {"text": hypothesis.text}
    if hypothesis.score is not None:
        record["score"] = hypothesis.score
    return record | dict(hypothesis.extra)


def _tags(record: Record) -> Mapping[str, Any]:
    """Tags are an object, or a list of bare names; a bare name gets the value True."""
    tags = record.get("tags")
    if tags is None or isinstance(tags, dict):
        return tags or {}
    if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
        return dict.fromkeys(tags, True)
    raise FieldError("tags", tags, "must be an object, or a list of texts")


def _written(tags: Mapping[str, Any]) -> dict[str, Any] | list[str]:
    return list(tags) if all(value is True for value in tags.values()) else dict(tags)
