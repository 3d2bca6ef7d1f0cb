"""THREATS.md names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_named_tests_exist() -> None:
    """Every test that the page names is in a file of that name."""
    texts: dict[str, str] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        texts[path.stem] = texts.get(path.stem, "") + path.read_text()
    named = 0
    stem = ""
    for file, name in re.findall(
        r"`(test_\w+)?(?:::(test_\w+))?`", (ROOT / "THREATS.md").read_text()
    ):
        stem = file or stem  # `::test_x` is of the file that was named before
        if not stem:
            continue
        assert stem in texts, stem
        if name:
            assert f"def {name}(" in texts[stem], f"{stem}::{name}"
            named += 1
    assert named >= 30
