"""Catalog records of CSV files: a header, commas, list fields separated by `|`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from er_engine.catalog.records import LIST_FIELDS, RawRecord
from er_engine.errors import CatalogError
from er_engine.inputs.fields import FieldError
from er_engine.inputs.lines import decode, read_lines
from er_engine.inputs.problems import shown

LIST_SEPARATOR = "|"


class _Lines:
    """Feeds the csv module and keeps the raw lines of the record that it is reading.

    A line that isn't UTF-8 still goes through, with its bytes escaped, so that quotes stay in
    step; `damage` then tells why the record is refused.
    """

    def __init__(self, path: Path) -> None:
        self._lines = read_lines(path, CatalogError)
        self.start_record()
        self.number = 0

    def start_record(self) -> None:
        self.first = 0
        self.raw = b""
        self.damage: ValueError | None = None

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self.number, raw = next(self._lines)
        self.first = self.first or self.number
        self.raw += raw
        try:
            return decode(raw)
        except ValueError as error:
            self.damage = self.damage or error
            return raw.decode("utf-8", "backslashreplace")


def read_csv(path: Path) -> Iterator[RawRecord]:
    """Yield a record for each row; blank rows are skipped.

    Raises:
        CatalogError: there is no header, or it can't be used.
    """
    lines = _Lines(path)
    rows = csv.reader(lines, strict=True)
    header = _header(path, rows, lines)
    while True:
        lines.start_record()
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield RawRecord(lines.first, lines.raw, ValueError(f"not CSV: {error}"))
            continue
        if not any(cell.strip() for cell in row):
            continue
        try:
            if lines.damage is not None:
                raise lines.damage
            yield RawRecord(lines.first, lines.raw, _record(header, row))
        except ValueError as error:
            yield RawRecord(lines.first, lines.raw, error)


def _header(path: Path, rows: Iterator[list[str]], lines: _Lines) -> list[str]:
    where = f"catalog {path}, line 1"
    try:
        header = [name.strip() for name in next(rows, [])]
    except csv.Error as error:
        raise CatalogError(f"{where}: not CSV: {error}") from error
    if lines.damage is not None:
        raise CatalogError(f"{where}: {lines.damage}")
    missing = [name for name in ("id", "name") if name not in header]
    if missing:
        raise CatalogError(
            f"{where}: a CSV catalog starts with a header that names the columns 'id' and 'name' "
            f"(separated by commas); found {shown(header)}"
        )
    for position, name in enumerate(header, 1):
        if not name:
            raise CatalogError(f"{where}: column {position} has no name; name or remove it")
        if header.count(name) > 1:
            raise CatalogError(f"{where}: the column {name!r} is there twice; rename one")
    if "attributes" in header:
        raise CatalogError(
            f"{where}: a column 'attributes' can't be used; give each attribute a column of its own"
        )
    return header


def _record(header: list[str], row: list[str]) -> dict[str, Any]:
    if len(row) != len(header):
        raise ValueError(
            f"{len(row)} cells, but the header names {len(header)} columns; "
            "quote a cell that holds a comma"
        )
    record: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=True):
        if name in LIST_FIELDS:
            record[name] = [part.strip() for part in cell.split(LIST_SEPARATOR) if part.strip()]
        elif cell.strip() or name in ("id", "name"):
            record[name] = _number(cell) if name == "popularity" else cell
    return record


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError as error:
        raise FieldError("popularity", cell, "must be a number") from error
