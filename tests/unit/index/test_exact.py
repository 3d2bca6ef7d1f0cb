"""Exact search through rough products gives what multiplying everything gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.search import FloatArray, unit_length
from index.exact import ExactVectors, best_of_all
from index.rough_products import RoughProducts


def clustered(n: int, dimension: int, spread: float, seed: int) -> FloatArray:
    """Return unit vectors around a few centres, with copies and one zero vector."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(5, dimension))
    vectors = centres[random.integers(0, 5, n)] + spread * random.normal(size=(n, dimension))
    vectors[n // 2 :: 7] = vectors[: len(vectors[n // 2 :: 7])]
    vectors[n // 3] = 0
    return unit_length(vectors)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 900),
    dimension=st.integers(1, 40),
    spread=st.sampled_from([0.0, 1e-3, 0.1, 1.0]),
    width=st.integers(1, 120),
    share=st.sampled_from([None, 0.0, 0.05, 0.7]),
    seed=st.integers(0, 1_000),
)
def test_rough_products_change_nothing(
    n: int, dimension: int, spread: float, width: int, share: float | None, seed: int
) -> None:
    """Rows, scores and ties are those of exact products, whichever rows are allowed."""
    vectors = clustered(n, dimension, spread, seed)
    queries = unit_length(vectors[:3] + np.float32(0.05))
    allowed = None
    if share is not None:
        allowed = np.random.default_rng(seed).random(n) < share
        allowed[0] = True
    width = min(width, n if allowed is None else int(allowed.sum()))
    scores, rows = ExactVectors(vectors, rough_from=0).best(queries, width, allowed)
    wanted_scores, wanted_rows = best_of_all(vectors, queries, width, allowed)
    np.testing.assert_array_equal(rows, wanted_rows)
    np.testing.assert_array_equal(scores, wanted_scores)
    assert allowed is None or allowed[rows].all()


@pytest.mark.parametrize("dimension", [1, 24, 192])
def test_rough_products_keep_their_bound(dimension: int) -> None:
    """No product is off by more than is said, and what is said is small."""
    vectors = clustered(2_000, dimension, 0.3, 1)
    queries = clustered(50, dimension, 0.3, 2)
    queries = queries[queries.any(axis=1)]
    products, errors = RoughProducts(vectors)(queries)
    wanted = queries @ (vectors - vectors.mean(axis=0)).T
    away = np.abs(products - wanted).max(axis=1)
    assert (away <= errors).all()
    assert errors.max() < 0.05


def test_vectors_on_one_side_of_the_sphere_have_smaller_errors() -> None:
    """What all have in common is not rounded: vectors closer together are told apart as well."""
    spread = clustered(2_000, 64, 3.0, 1)
    one_side = unit_length(spread + np.float32(0.25))
    errors = [
        float(RoughProducts(vectors)(vectors[:20])[1].max()) for vectors in (spread, one_side)
    ]
    cosines = [float(np.median(vectors[:20] @ vectors.T)) for vectors in (spread, one_side)]
    assert cosines[1] > 0.5
    assert errors[1] < errors[0] * (1 - cosines[1] + 0.1)
