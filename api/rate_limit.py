"""How many queries one API key may send: a token bucket for each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from starlette.exceptions import HTTPException

from api.buckets import Bucket, Buckets, OwnBuckets
from api.context import RequestContext


class RateLimiter:
    """Token buckets: `rate` tokens a second flow in, at most `burst` are kept.

    A rate of 0 limits nothing. There are as many buckets as there are keys.
    """

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = max(burst, 1)
        self._clock = clock
        self._buckets: Buckets = OwnBuckets()
        self._pressed_until = 0.0

    @property
    def pressed(self) -> bool:
        """Whether a key that was refused last would still be."""
        return self._clock() < self._pressed_until

    def share(self, buckets: Buckets) -> None:
        """Keep the tokens there, with other processes."""
        self._buckets = buckets

    def take(self, owner: str, amount: int = 1) -> float:
        """Take tokens; return 0.0, or the seconds until so many are there (none are taken then).

        More tokens than a bucket holds are given to a full one, which then owes the rest.
        """
        if not self._rate:
            return 0.0
        with self._buckets.held():
            tokens, now = self._tokens(owner)
            missing = min(amount, self._burst) - tokens
            self._buckets.put(owner, (tokens if missing > 0 else tokens - amount, now))
        seconds = max(missing, 0.0) / self._rate
        if seconds:
            self._pressed_until = max(self._pressed_until, now + seconds)
        return seconds

    def is_short(self, owner: str) -> bool:
        """Whether not even one token is there; none is taken."""
        if not self._rate:
            return False
        with self._buckets.held():
            return self._tokens(owner)[0] < 1

    def _tokens(self, owner: str) -> Bucket:
        """What is there now, and what time it is."""
        now = self._clock()
        tokens, before = self._buckets.get(owner) or (float(self._burst), now)
        return min(self._burst, tokens + max(now - before, 0.0) * self._rate), now


def charge(context: RequestContext, amount: int) -> None:
    """Take more tokens for this request: a batch costs one for each of its queries.

    Raises:
        HTTPException: 429 with Retry-After, when there are not enough.
    """
    if amount <= 0 or context.key_id is None or context.limiter is None:
        return
    seconds = context.limiter.take(context.key_id, amount)
    if seconds:
        raise HTTPException(429, RATE_MESSAGE, retry_after(seconds))


RATE_MESSAGE = "too many requests with this API key; wait as long as Retry-After says"


def retry_after(seconds: float) -> dict[str, str]:
    """The header that says when to come again."""
    return {"Retry-After": str(max(math.ceil(seconds), 1))}
