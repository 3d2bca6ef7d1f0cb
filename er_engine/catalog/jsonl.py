"""Catalog records of JSONL files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from er_engine.catalog.records import RawRecord
from er_engine.errors import CatalogError
from er_engine.inputs.json_line import parse_object
from er_engine.inputs.lines import decode, read_lines


def read_jsonl(path: Path) -> Iterator[RawRecord]:
    """Yield the record of each line; blank lines are skipped."""
    for number, raw in read_lines(path, CatalogError):
        if not raw.strip():
            continue
        try:
            yield RawRecord(number, raw, parse_object(decode(raw)))
        except ValueError as error:
            yield RawRecord(number, raw, error)
