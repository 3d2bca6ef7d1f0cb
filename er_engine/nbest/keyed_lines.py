"""Small files beside n-best lists with one entry a line, each under its own key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from er_engine.errors import QueryError
from er_engine.inputs.fields import FieldError
from er_engine.inputs.lines import check_file, decode, read_lines
from er_engine.inputs.problems import Problem, listing, problem_of

T = TypeVar("T")


def read_keyed_lines(
    path: Path, what: str, key_name: str, entry: Callable[[str], tuple[str, T]]
) -> dict[str, T]:
    """Read all entries; empty lines are passed over.

    Args:
        path: the file.
        what: what it holds, for messages: `labels`.
        key_name: what a key is called, for messages: `id`.
        entry: key and value of one line; raises ValueError (or FieldError) for a wrong one.

    Raises:
        QueryError: the file can't be read, has wrong lines or one key twice; all are listed.
    """
    check_file(path, what, QueryError)
    found: dict[str, T] = {}
    problems: list[Problem] = []
    for number, raw in read_lines(path, QueryError):
        if not raw.strip():
            continue
        try:
            key, value = entry(decode(raw))
            if key in found:
                raise FieldError(
                    key_name, key, f"there is an earlier line with the same {key_name}"
                )
            found[key] = value
        except ValueError as error:
            problems.append(problem_of(error, str(path), number, raw))
    if problems:
        raise QueryError(f"{what} {path}: correct the file:\n" + listing(problems, len(problems)))
    return found
