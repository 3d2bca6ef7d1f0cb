"""The study of tower sizes: what it trains, what it reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.tower_sizes import SIZES, config_of, write_report


def test_sizes_differ_in_the_tower_alone() -> None:
    """Every size is trained like the others: same data, same steps."""
    first, *others = (config_of(size, 200) for size in SIZES)
    assert {each.run for each in others} == {first.run}
    assert {each.data for each in others} == {first.data}
    assert [each.encoder.width for each in (first, *others)] == [size.width for size in SIZES]
    assert {each.encoder.towers for each in others} == {"phonetic"}


def test_the_report_has_a_row_for_each_size(tmp_path: Path) -> None:
    """Errors are shares of all hypotheses; what was written by hand below the table stays."""
    path = tmp_path / "report.md"
    write_report(path, [_cell(64, "1100"), _cell(160, "1000")])
    text = path.read_text("utf-8")
    assert "| 64 | 1 | 192 | 1,234 | 50.0 |" in text
    assert "| 160 | 1 | 192 | 1,234 | 25.0 |" in text
    path.write_text(f"{text}Read by hand.\n", "utf-8")
    write_report(path, [_cell(64, "1100")])
    assert path.read_text("utf-8").endswith("## What this says\nRead by hand.\n")


def _cell(width: int, missed: str) -> dict[str, Any]:
    return {
        "key": {
            "encoder": {"width": width, "layers": 1, "dimension": 192},
            "run": {"steps": 200, "batch_size": 192},
        },
        "entities": ["a", "a", "b", "c"],
        "missed": missed,
        "names": 3,
        "seconds": 60,
        "parameters": 1234,
        "milliseconds": 0.5,
    }
