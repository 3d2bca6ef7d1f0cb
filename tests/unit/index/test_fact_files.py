"""The facts of a built index: as in memory, also where an earlier er-engine built it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from er_engine.facts.fact_index import FactIndex, Lists, index_facts
from index.layout import LAYOUT
from index.reader import open_index
from index.verify import verify_index
from tests.unit.index.builds import ENTITIES, build
from tests.unit.index.test_reader import forge


def assert_same(facts: FactIndex, other: FactIndex) -> None:
    """Compare all arrays."""
    for item in dataclasses.fields(FactIndex):
        one, two = getattr(facts, item.name), getattr(other, item.name)
        if isinstance(one, Lists):
            np.testing.assert_array_equal(one.starts, two.starts)
            np.testing.assert_array_equal(one.entries, two.entries)
        else:
            np.testing.assert_array_equal(one, two)


def test_facts_are_read_as_they_were_made(tmp_path: Path) -> None:
    """What a folder gives is what the entities give."""
    build(tmp_path / "ix")
    assert_same(open_index(tmp_path / "ix").facts, index_facts(ENTITIES))


def test_an_index_of_before_has_the_same_facts(tmp_path: Path) -> None:
    """A folder without the file is sound; its facts are made when they are first asked for."""
    build(tmp_path / "ix")
    manifest = open_index(tmp_path / "ix").manifest
    (tmp_path / "ix" / LAYOUT.facts).unlink()
    files = {name: dataclasses.asdict(entry) for name, entry in manifest.files.items()}
    del files[LAYOUT.facts]
    forge(tmp_path / "ix", files=files)
    assert verify_index(tmp_path / "ix") == []
    assert_same(open_index(tmp_path / "ix").facts, index_facts(ENTITIES))
