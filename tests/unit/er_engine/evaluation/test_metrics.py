import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from er_engine.evaluation.intervals import (
    percentile_interval,
    resampled_totals,
    sums_by_group,
    wilson,
)
from er_engine.evaluation.latency import latency_percentiles
from er_engine.evaluation.metrics import error_rate, mean_reciprocal_rank, misses
from er_engine.evaluation.no_match import auroc, false_accept_rate, no_match_summary
from er_engine.evaluation.significance import PairedErrors, randomisation_p_value

RANKS = np.array([1.0, 2.0, 4.0, np.inf])


def test_error_rate_counts_what_is_not_in_the_first_k() -> None:
    """Of the ranks 1, 2, 4 and not found, 3, 2 and 1 are beyond 1, 2 and 4."""
    assert [error_rate(RANKS, k) for k in (1, 2, 3, 4, 100)] == [0.75, 0.5, 0.5, 0.25, 0.25]
    assert misses(RANKS, 2).tolist() == [0, 0, 1, 1]


def test_mean_reciprocal_rank_by_hand() -> None:
    """(1 + 1/2 + 1/4 + 0) / 4."""
    assert mean_reciprocal_rank(RANKS) == pytest.approx(1.75 / 4)


def test_wilson_by_hand() -> None:
    """Wilson's interval of 1 in 10 is 1.8 % to 40.4 %, and never excludes what was seen."""
    assert wilson(1, 10) == pytest.approx((0.017876, 0.404150), abs=1e-5)
    assert wilson(0, 10) == pytest.approx((0.0, 0.277533), abs=1e-5)
    assert wilson(10, 10)[1] == 1.0
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_share(n: int, data: st.DataObject) -> None:
    """The interval holds the observed share and stays within 0 and 1."""
    failures = data.draw(st.integers(0, n))
    low, high = wilson(failures, n)
    assert 0.0 <= low <= failures / n <= high <= 1.0


def test_sums_by_group_adds_up_and_counts() -> None:
    """Groups are in order of first appearance; the last column counts."""
    values = [np.array([1.0, 0.0, 1.0, 1.0]), np.array([0.0, 0.0, 0.0, 2.0])]
    sums = sums_by_group(values, ["b", "a", "b", "c"])
    assert sums.tolist() == [[2, 0, 2], [0, 0, 1], [1, 2, 1]]


def test_resampling_draws_whole_entities() -> None:
    """Each draw has as many entities as there are, so its totals are combinations of their sums."""
    totals = resampled_totals(np.array([[3.0, 3.0], [0.0, 1.0]]), resamples=400)
    assert {tuple(total) for total in totals.tolist()} == {(6, 6), (3, 4), (0, 2)}


def test_resampling_is_deterministic() -> None:
    """The same seed draws the same entities, another seed others."""
    sums = np.arange(20.0).reshape(10, 2)
    np.testing.assert_array_equal(resampled_totals(sums), resampled_totals(sums))
    assert (resampled_totals(sums, seed=1) != resampled_totals(sums, seed=2)).any()


def test_percentile_interval_ignores_the_undefined() -> None:
    """Draws without a value don't count; none at all give no interval."""
    values = np.array([np.nan, *np.linspace(0, 1, 41)])
    assert percentile_interval(values) == pytest.approx((0.025, 0.975))
    assert percentile_interval(np.array([np.nan])) is None


def paired(ours: list[int], theirs: list[int], groups: list[str] | None = None) -> PairedErrors:
    """Two systems, `ours` and `theirs`; every query is about another entity unless given."""
    misses_of = {
        "ours": np.array(ours, dtype=np.float64),
        "theirs": np.array(theirs, dtype=np.float64),
    }
    return PairedErrors(misses_of, groups or [str(number) for number in range(len(ours))])


def test_reduction_by_hand() -> None:
    """Two errors instead of eight are a reduction of 75 %, and the interval holds it."""
    comparison = paired([1] * 2 + [0] * 98, [1] * 8 + [0] * 92).compare("ours", "theirs")
    assert comparison.reduction == pytest.approx(0.75)
    assert comparison.interval is not None
    low, high = comparison.interval
    assert 0.2 < low < 0.75 < high <= 1.0
    assert 0.01 < comparison.p_value < 0.06  # all of 6 coins alike, either way: 2 / 64


def test_no_baseline_errors_leave_the_reduction_undefined() -> None:
    """There is nothing to reduce, which is not the same as no reduction."""
    comparison = paired([0, 1], [0, 0]).compare("ours", "theirs")
    assert comparison.reduction is None
    assert comparison.interval is None


def test_intervals_are_wider_when_few_entities_make_the_errors() -> None:
    """The same misses on ten queries of each of ten entities say less than on a hundred."""
    ours, theirs = [1] * 10 + [0] * 90, [1] * 30 + [0] * 70
    spread = paired(ours, theirs).interval("ours")
    clustered = paired(ours, theirs, [str(n // 10) for n in range(100)]).interval("ours")
    assert clustered[1] - clustered[0] > 1.5 * (spread[1] - spread[0])


def test_error_intervals_never_have_no_width() -> None:
    """Without a miss resampling sees no variation; Wilson's interval stands in."""
    assert paired([0] * 10, [1] * 10).interval("ours") == wilson(0, 10)
    assert paired([0] * 10, [1] * 10).interval("theirs") == wilson(10, 10)


def test_p_value_of_equal_systems_is_one() -> None:
    """Systems that differ nowhere, or evenly, are not told apart."""
    assert randomisation_p_value(np.zeros(5)) == 1.0
    assert randomisation_p_value(np.array([1.0, -1.0, 0.0])) == 1.0


def test_p_value_matches_coin_tosses() -> None:
    """Four differences in one direction happen by chance in 2 of 16 tosses."""
    assert randomisation_p_value(np.ones(4)) == pytest.approx(2 / 16, abs=0.02)
    assert randomisation_p_value(np.ones(40)) == pytest.approx(1 / 5001)


def test_latency_percentiles_by_hand() -> None:
    """Linear between measurements: of 1 to 101, p50 is 51, p95 is 96, p99 is 100."""
    found = latency_percentiles(list(range(1, 102)))
    assert found == {"p50": 51.0, "p95": 96.0, "p99": 100.0}


def test_auroc_by_hand() -> None:
    """Of the 6 pairs, 4 are in order and one is tied: 4.5 / 6."""
    assert auroc(np.array([0.9, 0.5]), np.array([0.1, 0.5, 0.7])) == pytest.approx(4.5 / 6)
    assert auroc(np.array([0.5]), np.array([0.5])) == 0.5


def test_false_accepts_by_hand() -> None:
    """With one of twenty refused (above 0.8), two of four bad queries are still accepted."""
    good = np.array([0.95, 0.8, *[0.1] * 18])
    assert false_accept_rate(np.array([0.99, 0.85, 0.8, 0.05]), good) == 0.5
    assert false_accept_rate(np.array([0.99, 0.95, 0.8, 0.05]), good[:10]) == 0.75


def test_no_match_summary_has_the_documented_keys() -> None:
    """The keys of the documented JSON, and a perfect separation."""
    found = no_match_summary(np.array([0.9]), np.array([0.1]))
    assert found == {"auroc": 1.0, "false_accept_at_5pct_false_reject": 0.0}
