"""Catalog records of Parquet files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from er_engine.catalog.csv_rows import LIST_SEPARATOR
from er_engine.catalog.records import LIST_FIELDS, RawRecord
from er_engine.errors import CatalogError

_BATCH_ROWS = 10_000


def read_parquet(path: Path) -> Iterator[RawRecord]:
    """Yield a record for each row, numbered from 1; nulls and NaN attributes are left out.

    Raises:
        CatalogError: not a Parquet file, or without the columns `id` and `name`.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
        _check_columns(path, file.schema_arrow.names)
        number = 0
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            for row in batch.to_pylist():
                number += 1
                yield _raw_record(number, row)
    except (pyarrow.ArrowException, OSError) as error:
        raise CatalogError(f"catalog {path}: not a readable Parquet file: {error}") from error


def _check_columns(path: Path, names: list[str]) -> None:
    for name in ("id", "name"):
        if name not in names:
            raise CatalogError(f"catalog {path}: there is no column {name!r}; found {names}")
    for name in names:
        if names.count(name) > 1:
            raise CatalogError(f"catalog {path}: the column {name!r} is there twice; rename one")


def _raw_record(number: int, row: dict[str, Any]) -> RawRecord:
    raw = json.dumps(row, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
    try:
        return RawRecord(number, raw, _record(row))
    except ValueError as error:
        return RawRecord(number, raw, error)


def _record(row: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for name, value in row.items():
        if value is None:
            continue
        if name == "id" and isinstance(value, int) and not isinstance(value, bool):
            record[name] = str(value)
        elif name in LIST_FIELDS and isinstance(value, str):
            parts = (part.strip() for part in value.split(LIST_SEPARATOR))
            record[name] = [part for part in parts if part]
        elif name == "attributes":
            record[name] = _plain(dict(value) if isinstance(value, list) else value)
        elif name == "popularity" or not _is_nan(value):
            record[name] = _plain(value)
    return record


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: dates and decimals as text; nulls and NaN in objects out."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, dict):
        kept = {key: inner for key, inner in value.items() if inner is not None}
        return {key: _plain(inner) for key, inner in kept.items() if not _is_nan(inner)}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value if not _is_nan(inner)]
    if isinstance(value, bytes):
        raise ValueError("binary values can't be kept; store them as text")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
