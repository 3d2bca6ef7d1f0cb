"""The helpers of the search protocol (searchers themselves: tests/contract)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from er_engine.search import MISSING_ROW, ExactSearcher, check_search, pad_results, unit_length


@given(
    arrays.arrays(
        np.float64,
        st.tuples(st.integers(0, 5), st.integers(1, 4)),
        elements=st.just(0.0) | st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3),
    )
)
def test_unit_length_scales_rows(vectors: np.ndarray) -> None:
    """To length 1 in their direction, float32; zero rows stay zero, the input stays as it is."""
    before = vectors.copy()
    found = unit_length(vectors)
    lengths = np.linalg.norm(vectors, axis=1)
    assert found.dtype == np.float32
    assert found.shape == vectors.shape
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), (lengths > 0) * 1.0, atol=1e-5)
    np.testing.assert_allclose(found * lengths[:, None], vectors, atol=1e-3)
    np.testing.assert_array_equal(vectors, before)


def test_results_are_filled_up_to_k() -> None:
    """With -inf and missing rows; full results stay as they are."""
    scores, rows = np.array([[0.5, 0.25]], dtype=np.float32), np.array([[3, 1]])
    filled, filled_rows = pad_results(scores, rows, 4)
    assert filled.tolist() == [[0.5, 0.25, -np.inf, -np.inf]]
    assert filled_rows.tolist() == [[3, 1, MISSING_ROW, MISSING_ROW]]
    assert filled.dtype == np.float32
    assert filled_rows.dtype == np.int64
    same, _ = pad_results(scores, rows, 2)
    assert same.tolist() == scores.tolist()


def test_wrong_searches_and_vectors_are_refused() -> None:
    """Wrong width, one dimension, k below 1."""
    check_search(np.zeros((0, 3), np.float32), 1, 3)
    with pytest.raises(ValueError, match=r"queries must be \(n, 3\), got shape \(3,\)"):
        check_search(np.zeros(3, np.float32), 1, 3)
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        check_search(np.zeros((1, 3), np.float32), 0, 3)
    with pytest.raises(ValueError, match="vectors must be"):
        ExactSearcher(np.zeros(3, np.float32))
