"""Mining: the nearest other names by the model's own vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.unit.training.tiny import EXAMPLES, make_module, make_table
from training.mining import encode_rows, mine_neighbours


def test_mined_neighbours_are_the_nearest_others(tmp_path: Path) -> None:
    """Nearest first, never the name itself, for each name."""
    module, table = make_module(), make_table(tmp_path)
    rows = np.array([table.row_of[name] for name in EXAMPLES.names])
    found = mine_neighbours(module, table, rows)
    vectors = encode_rows(module, table, rows)
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -2.0)
    assert list(found) == rows.tolist()
    for place, row in enumerate(rows.tolist()):
        assert len(found[row]) == len(rows) - 1
        own = [scores[place, rows.tolist().index(near)] for near in found[row].tolist()]
        np.testing.assert_allclose(own, np.sort(scores[place])[::-1][:-1], atol=1e-6)


def test_a_single_name_has_no_neighbours(tmp_path: Path) -> None:
    """It is no error either."""
    module, table = make_module(), make_table(tmp_path)
    assert mine_neighbours(module, table, np.array([3]))[3].tolist() == []


def test_mining_leaves_the_module_in_its_mode(tmp_path: Path) -> None:
    """Dropout is off while mining, and on again afterwards where it was."""
    module, table = make_module(), make_table(tmp_path)
    module.train()
    rows = np.array([0, 1])
    first, second = (encode_rows(module, table, rows) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert module.training
