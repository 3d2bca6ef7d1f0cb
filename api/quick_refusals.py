"""Refuses queries as soon as the head of their request is there, below HTTP and ASGI.

Of what a refusal costs, the parser of HTTP and the way through the middlewares are most. A query
that is refused anyway goes neither way: what it would be told there is told here, in the same words
and under the same rules. Keys, hosts and origins are checked first, so that strangers learn
nothing; anything that is not refused for overload or for its rate takes the usual way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from starlette.types import Scope

from api.admission import PROBLEM_CONTENT, RefusalLog, busy_body
from api.auth import Checks
from api.context import header, new_context
from api.envelope import OF_ANSWERS, Account, joined
from api.limits import WorkQueue
from api.plain_head import PlainHead

_LINES = {
    429: b"HTTP/1.1 429 Too Many Requests\r\n",
    503: b"HTTP/1.1 503 Service Unavailable\r\n",
}
_SAFE_HEADERS = b"".join(b"%b: %b\r\n" % item for item in OF_ANSWERS)
_BUSY = (
    _LINES[503]
    + b"%bcontent-length: %d\r\ncontent-type: "
    + PROBLEM_CONTENT
    + b"\r\nretry-after: %d\r\nx-request-id: %b\r\n"
    + _SAFE_HEADERS.replace(b"%", b"%%")
    + b"\r\n%b"
)

Headers = Iterable[tuple[bytes, bytes]]


class QuickRefusals:
    """What one service refuses at once."""

    def __init__(
        self,
        queue: WorkQueue,
        checks: Checks,
        account: Account,
        log: RefusalLog,
        max_bytes: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._queue = queue
        self._checks = checks
        self._account = account
        self._log = log
        self._max_bytes = max_bytes
        self._clock = clock

    @property
    def wanted(self) -> bool:
        """Whether there is anything to refuse now."""
        return self._queue.full or self._checks.limiter.pressed

    def answer(self, head: PlainHead, headers: Headers = ()) -> bytes | None:
        """Return the whole answer to a request that is refused; None for any other one.

        Args:
            head: of the request.
            headers: more headers of every answer.
        """
        began = self._clock()
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": head.path,
            "headers": head.headers,
        }
        full = self._queue.full
        if head.length > self._max_bytes or not (full or self._checks.over_rate(scope)):
            return None
        context = new_context(scope, header(scope, b"x-request-id"))
        ours = b"".join(b"%b: %b\r\n" % item for item in headers)
        refusal = self._checks.refusal(scope, context)
        if refusal is None and full:
            status = 503
            body = busy_body(context.id)
            retry, request_id = self._queue.refuse(), context.id.encode()
            answer = _BUSY % (ours, len(body), retry, request_id, body)
        elif refusal is not None and refusal.status_code == 429:
            status = 429
            lines = joined(refusal.raw_headers, context.id)
            told = b"".join(b"%b: %b\r\n" % item for item in lines)
            answer = _LINES[429] + ours + told + b"\r\n" + bytes(refusal.body)
        else:
            return None
        self._log.note(scope, context, status)
        self._account.close(scope, context, status, self._clock() - began)
        return answer
