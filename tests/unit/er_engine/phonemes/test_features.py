"""Articulatory features and distances."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from er_engine.phonemes.features import distance_matrix, features, gap_costs
from er_engine.phonemes.inventory import SYMBOLS, ids

TABLES = resources.files("er_engine.phonemes")


def distance(a: str, b: str) -> float:
    """Distance of two symbols."""
    return float(distance_matrix()[ids([a])[0], ids([b])[0]])


@pytest.mark.parametrize("name", ["features", "nearest"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tables_are_what_panphon_says(name: str) -> None:
    """The committed tables are exactly those that panphon gives."""
    from er_engine.phonemes import feature_table

    made = getattr(feature_table, f"{name}_tsv")()
    assert made == (TABLES / f"{name}.tsv").read_text(encoding="utf-8")


def test_features_of_all_symbols() -> None:
    """Phonemes have features of -1, 0 and 1; padding, boundary and unknown have none."""
    values = features()
    assert values.dtype == np.float32
    assert len(values) == len(SYMBOLS)
    assert set(np.unique(values)) == {-1.0, 0.0, 1.0}
    assert not values[:3].any()
    assert values[3:].any(axis=1).all()


def test_features_are_the_callers_own() -> None:
    """Writing into the returned array does not change the next one."""
    features()[:] = 7
    assert features().max() == 1.0


def test_distances_are_a_proper_matrix() -> None:
    """Distances are symmetric, 0 on the diagonal alone and at most 1."""
    matrix = distance_matrix()
    assert matrix.dtype == np.float32
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 0.0)
    off_diagonal = matrix[~np.eye(len(matrix), dtype=bool)]
    assert off_diagonal.min() > 0.0
    assert matrix.max() == 1.0


@pytest.mark.parametrize(
    ("near", "far"),
    [
        (("p", "b"), ("p", "k")),
        (("s", "z"), ("s", "m")),
        (("i", "ɪ"), ("i", "ɑ")),
        (("tʃ", "ʃ"), ("tʃ", "m")),
        (("tʃ", "t"), ("tʃ", "l")),
        (("ɚ", "ə"), ("ɚ", "s")),
        (("aɪ", "a"), ("aɪ", "n")),
        (("ã", "a"), ("ã", "t")),
    ],
)
def test_alike_sounds_are_near(near: tuple[str, str], far: tuple[str, str]) -> None:
    """What differs in voicing or height is nearer than what differs in kind."""
    assert distance(*near) < distance(*far)


def test_gap_costs() -> None:
    """Padding costs nothing, sounds that come and go cost less than others, none above 1."""
    costs = dict(zip(SYMBOLS, gap_costs(), strict=True))
    assert costs["_"] == 0.0
    assert costs["|"] < costs["ə"] < costs["t"] < costs["k"] == 1.0
