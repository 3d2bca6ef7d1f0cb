"""Costs that Kaldi writes beside its n-best lists: `utt-1 12.3`, lower is better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from er_engine.errors import QueryError
from er_engine.inputs.fields import FieldError
from er_engine.nbest.keyed_lines import read_keyed_lines

_COLUMNS = 2


def read_costs(files: Sequence[tuple[Path, float]]) -> dict[str, float]:
    """Return the sum of each key's costs, each file's multiplied by its scale.

    Raises:
        QueryError: a file can't be read, has wrong lines, or not the same keys as the first.
    """
    tables = [
        (path, scale, read_keyed_lines(path, "costs", "key", _entry)) for path, scale in files
    ]
    keys = tables[0][2].keys()
    for path, _, table in tables[1:]:
        if different := sorted(keys ^ table.keys())[:1]:
            raise QueryError(
                f"costs {path}: the key {different[0]!r} is not in each file; "
                "write the files of one n-best run"
            )
    sums = {key: sum(scale * table[key] for _, scale, table in tables) for key in keys}
    if too_large := [key for key, cost in sums.items() if not math.isfinite(cost)]:
        raise QueryError(f"costs: those of {too_large[0]!r} are too large; check the files")
    return sums


def _entry(line: str) -> tuple[str, float]:
    parts = line.split()
    if len(parts) != _COLUMNS:
        raise ValueError("must be a key and a number, such as utt-1 12.3")
    try:
        cost = float(parts[1])
    except ValueError:
        cost = math.nan
    if not math.isfinite(cost):
        raise FieldError("cost", parts[1], "must be a finite number")
    return parts[0], cost
