"""When a request is sent again, and how long to wait before.

A request that was refused (429), or never left (no connection), is always sent again. What may
have been done already is sent again only if doing it twice is the same as once: everything but
uploads and feedback.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

_REFUSED = HTTPStatus.TOO_MANY_REQUESTS
# The service, or a proxy before it, is overloaded, starts or stops.
_PASSING = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Retries:
    """How persistent a client is; all times are in seconds.

    Attributes:
        attempts: how often a request is sent at most.
        first_delay: wait before the second attempt; doubled for each one after.
        longest_delay: longest wait; a service that asks for a longer one is not asked again.
        spread: share of a wait that is left to chance, so that clients don't come back at once.
        chance: gives numbers from 0 to 1.
    """

    attempts: int = 5
    first_delay: float = 0.2
    longest_delay: float = 20.0
    spread: float = 0.5
    chance: Callable[[], float] = random.random

    def wait(
        self, attempt: int, failure: httpx.Response | httpx.TransportError, *, repeatable: bool
    ) -> float | None:
        """Return how long to wait after a failed attempt, or None if it was the last one.

        Args:
            attempt: how often the request was sent, from 1.
            failure: what came back.
            repeatable: whether doing it twice is the same as once.
        """
        if attempt >= self.attempts or not _may_repeat(failure, repeatable):
            return None
        delay: float = min(self.first_delay * 2 ** (attempt - 1), self.longest_delay)
        delay *= 1 - self.spread * self.chance()
        asked = _asked(failure)
        if asked > self.longest_delay:
            return None
        # All who were refused in one moment may have been asked to wait equally long.
        return max(delay, asked * (1 + self.spread * self.chance()))


PATIENT = Retries()


def is_refusal(failure: httpx.Response | httpx.TransportError) -> bool:
    """Whether nothing can have been done: the request was refused, or never left."""
    if isinstance(failure, httpx.Response):
        return failure.status_code == _REFUSED
    return isinstance(failure, _NEVER_SENT)


def _may_repeat(failure: httpx.Response | httpx.TransportError, repeatable: bool) -> bool:
    passing = not isinstance(failure, httpx.Response) or failure.status_code in _PASSING
    return is_refusal(failure) or (repeatable and passing)


def _asked(failure: httpx.Response | httpx.TransportError) -> float:
    """Seconds that the service asks to wait, 0 if it doesn't."""
    header = failure.headers.get("retry-after") if isinstance(failure, httpx.Response) else None
    if header is None:
        return 0.0
    if header.isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)
