from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from api.context import RequestContext
from api.rate_limit import RateLimiter, charge


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """What time it is."""
        return self.now


def test_burst_then_rate() -> None:
    """A full bucket gives a burst; then tokens come back at the rate, never above the burst."""
    clock = Clock()
    limiter = RateLimiter(rate=2.0, burst=3, clock=clock)
    assert [limiter.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    clock.now = 0.5
    assert limiter.take("a") == 0.0
    assert limiter.take("a") == 0.5
    clock.now = 1_000.0
    assert [limiter.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_owners_do_not_share() -> None:
    """One owner's bucket says nothing of another's."""
    limiter = RateLimiter(rate=1.0, burst=1, clock=Clock())
    assert limiter.take("a") == 0.0
    assert limiter.take("a") == 1.0
    assert limiter.take("b") == 0.0


def test_zero_limits_nothing() -> None:
    """A rate of zero switches the limit off."""
    limiter = RateLimiter(rate=0.0, burst=1, clock=Clock())
    assert {limiter.take("a") for _ in range(100)} == {0.0}


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 8)), max_size=50))
def test_never_more_than_rate_and_burst(steps: list[tuple[float, int]]) -> None:
    """Over any time, what is taken is at most the burst, the rate times the time, and one batch."""
    clock = Clock()
    limiter = RateLimiter(rate=3.0, burst=4, clock=clock)
    taken = 0
    for wait, amount in steps:
        clock.now += wait
        if limiter.take("a", amount) == 0.0:
            taken += amount
    assert taken <= 4 + 3.0 * clock.now + 8 + 1e-6


def test_batch_is_charged_for_each_query() -> None:
    """A batch that costs more than is there is refused with the time to wait."""
    limiter = RateLimiter(rate=1.0, burst=10, clock=Clock())
    context = RequestContext("r1", key_id="a", limiter=limiter)
    charge(context, 8)
    with pytest.raises(HTTPException) as refused:
        charge(context, 8)
    assert refused.value.status_code == 429
    assert refused.value.headers == {"Retry-After": "6"}


def test_nobody_is_charged_without_keys() -> None:
    """Where there are no keys there is no rate."""
    context = RequestContext("r1", limiter=RateLimiter(rate=1.0, burst=1, clock=Clock()))
    for _ in range(10):
        charge(context, 64)
