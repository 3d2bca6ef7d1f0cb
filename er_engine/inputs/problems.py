"""What is wrong with a line of an input file, and how it is told."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from er_engine.inputs.fields import FieldError

MAX_LISTED = 20
_MAX_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One record that can't be used.

    `unit` is what `number` counts, from 1: `line`, or `row` in files without lines. `value` is
    shortened for people; `record` is all of it, as the file has it.
    """

    file: str
    number: int
    what: str
    record: bytes
    field: str | None = None
    value: str | None = None
    unit: str = "line"

    def __str__(self) -> str:
        where = f"{self.file}, {self.unit} {self.number}"
        if self.field is not None:
            where += f", field '{self.field}'"
        if self.value is not None:
            where += f", value {self.value}"
        return f"{where}: {self.what}"

    def as_record(self) -> dict[str, Any]:
        """Return what a rejects file holds of it: nothing of the record is lost."""
        reject: dict[str, Any] = {"file": self.file, self.unit: self.number, "problem": self.what}
        if self.field is not None:
            reject["field"] = self.field
        try:
            reject["record"] = self.record.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            reject["record_base64"] = base64.b64encode(self.record).decode("ascii")
        return reject


def problem_of(
    error: ValueError, file: str, number: int, record: bytes, unit: str = "line"
) -> Problem:
    """Return the problem that `error` tells of a record."""
    if isinstance(error, FieldError):
        value = None if error.value is None else shown(error.value)
        return Problem(file, number, error.what, record, error.field, value, unit)
    return Problem(file, number, str(error), record, unit=unit)


def shown(value: object) -> str:
    """Return a value as a message shows it: quoted, and cut where it is long."""
    is_long = False
    if isinstance(value, str | list) and len(value) > _MAX_SHOWN:
        is_long, value = True, value[:_MAX_SHOWN]
    text = repr(value)
    if is_long or len(text) > 2 * _MAX_SHOWN:
        return f"{text[: 2 * _MAX_SHOWN]}..."
    return text


def listing(problems: Sequence[Problem], total: int) -> str:
    """Return the first `MAX_LISTED` problems on lines of their own, and how many more there are."""
    lines = [f"  {problem}" for problem in problems[:MAX_LISTED]]
    if total > len(lines):
        lines.append(f"  and {total - len(lines):,} more")
    return "\n".join(lines)
