import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from er_engine.evaluation.ranking import NOT_FOUND, rank_in_list, rank_of_best, top_of

SCORES = np.array([0.9, 0.5, 0.9, 0.1, 0.5], dtype=np.float32)


@pytest.mark.parametrize(
    ("right", "expected"),
    [([0], 2), ([1], 4), ([3], 5), ([0, 2], 1), ([3, 1], 4), ([], NOT_FOUND), ([1, 1], 4)],
)
def test_ties_count_against_the_system(right: list[int], expected: float) -> None:
    """Every wrong entity that scores as much as the best right one stands before it."""
    assert rank_of_best(SCORES, right) == expected


def test_only_allowed_entities_are_in_the_list() -> None:
    """An entity of another type is neither found nor in the way."""
    allowed = np.array([False, True, False, True, True])
    assert rank_of_best(SCORES, [1], allowed) == 2
    assert rank_of_best(SCORES, [0], allowed) == NOT_FOUND
    assert top_of(SCORES, 5, allowed) == [
        (1, pytest.approx(0.5)),
        (4, pytest.approx(0.5)),
        (3, pytest.approx(0.1)),
    ]


def test_no_score_is_no_find() -> None:
    """A right entity with a score of minus infinity was not found."""
    assert rank_of_best(np.array([-np.inf, 1.0], dtype=np.float32), [0]) == NOT_FOUND


def test_rounding_does_not_break_a_tie() -> None:
    """Scores that differ by rounding alone are tied."""
    assert rank_in_list([("right", 0.7), ("wrong", 0.7 - 1e-8)], {"right"}) == 2
    assert rank_in_list([("right", 0.7), ("wrong", 0.69)], {"right"}) == 1


def test_what_is_not_in_the_list_is_not_found() -> None:
    """A short list does not hold every entity."""
    assert rank_in_list([("a", 0.5)], {"b"}) == NOT_FOUND
    assert rank_in_list([], {"b"}) == NOT_FOUND


def test_top_orders_equal_scores_by_row() -> None:
    """The first entities come best first, equal ones in catalog order, no more than there are."""
    assert [row for row, _ in top_of(SCORES, 3)] == [0, 2, 1]
    assert [row for row, _ in top_of(SCORES, 99)] == [0, 2, 1, 4, 3]
    assert top_of(SCORES[:0], 3) == []


# Quarters are exact in float32, and far apart.
quarters = st.lists(st.integers(0, 8).map(lambda n: n / 4), min_size=1, max_size=12)


@given(quarters, st.data())
def test_rank_is_the_worst_over_all_orders_of_ties(
    scores: list[float], data: st.DataObject
) -> None:
    """The rank is where the best right entity stands if tied wrong ones are sorted before it."""
    rows = range(len(scores))
    right = set(data.draw(st.lists(st.sampled_from(rows), min_size=1, unique=True)))
    order = sorted(rows, key=lambda row: (-scores[row], row in right))
    wrong_before = 0
    for row in order:
        if row in right:
            break
        wrong_before += 1
    array = np.array(scores, dtype=np.float32)
    assert rank_of_best(array, sorted(right)) == wrong_before + 1
    listed = [(str(row), scores[row]) for row in order]
    assert rank_in_list(listed, {str(row) for row in right}) == wrong_before + 1


@given(quarters, st.integers(1, 15))
def test_top_is_the_start_of_the_stable_order(scores: list[float], depth: int) -> None:
    """`top_of` is a stable descending sort, cut."""
    expected = sorted(range(len(scores)), key=lambda row: -scores[row])[:depth]
    found = top_of(np.array(scores, dtype=np.float32), depth)
    assert [row for row, _ in found] == expected
    assert all(math.isfinite(score) for _, score in found)
