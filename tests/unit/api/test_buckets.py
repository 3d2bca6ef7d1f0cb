"""Tokens that several processes take from one file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.buckets import SharedBuckets
from api.rate_limit import RateLimiter

_TAKER = """
import sys
from pathlib import Path
from api.buckets import SharedBuckets
from api.rate_limit import RateLimiter
limiter = RateLimiter(rate=1e-6, burst=500)
limiter.share(SharedBuckets(Path(sys.argv[1])))
print(sum(limiter.take("key") == 0.0 for _ in range(400)))
"""


def limiter_of(path: Path, clock: Callable[[], float], slots: int = 16) -> RateLimiter:
    """A limiter as one of several workers has it: 2 a second, 4 at once."""
    limiter = RateLimiter(rate=2.0, burst=4, clock=clock)
    limiter.share(SharedBuckets(path, slots))
    return limiter


def test_workers_share_what_a_key_may_ask(tmp_path: Path) -> None:
    """What one worker lets in, the other does not again; one alone lets in all of it."""
    first, second = (limiter_of(tmp_path / "rates", lambda: 0.0) for _ in range(2))
    assert [first.take("a"), second.take("a"), first.take("a", 2)] == [0.0, 0.0, 0.0]
    assert first.take("a") == second.take("a") == 0.5
    assert [second.take("b") for _ in range(5)] == [0.0, 0.0, 0.0, 0.0, 0.5]


def test_processes_never_take_a_token_twice(tmp_path: Path) -> None:
    """Of two processes that ask 400 times each, 500 tokens in all are given."""
    command = [sys.executable, "-c", _TAKER, str(tmp_path / "rates")]
    takers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(taker.communicate()[0]) for taker in takers) == 500


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 3)), max_size=40))
def test_a_file_is_like_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float]]
) -> None:
    """Whoever asks when: the answers are those of buckets in memory."""
    now = 0.0
    alone = RateLimiter(rate=2.0, burst=4, clock=lambda: now)
    shared = limiter_of(tmp_path_factory.mktemp("rates") / "rates", lambda: now)
    for owner, wait in steps:
        now += wait
        assert shared.take(owner) == alone.take(owner)


def test_more_keys_than_slots_share_some(tmp_path: Path) -> None:
    """Where the file is full, two buckets are all there is; nobody is unlimited."""
    limiter = limiter_of(tmp_path / "rates", lambda: 0.0, slots=2)
    given = sum(limiter.take(owner) == 0.0 for _ in range(10) for owner in "abcdef")
    assert given == 2 * 4
