"""Refuses queries that would wait in vain, before anything of their body is read.

Under overload most requests are refused, by the same process and the same cores that answer the
others: whatever a refusal costs is taken from the answers. So it is decided by path and queue
alone, has a body that is made once, and leaves no log line of its own. What comes over a socket is
refused earlier still, by `api.quick_refusals`.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import RequestContext, context_of
from api.limits import WorkQueue
from api.logs import fields
from api.problems import BUSY_MESSAGE, problem

_log = logging.getLogger("er_engine.requests")
_QUERY = re.compile(r"/v1/(catalogs/[^/]+/)?resolve")
_TEMPLATES = {False: "/v1/resolve", True: "/v1/catalogs/{catalog}/resolve"}
_ID = "request-id"
SECONDS_OF_A_LINE = 1.0
_REASONS = {503: "queries refused: too many wait", 429: "queries refused: over the rate of a key"}
PROBLEM_CONTENT = b"application/problem+json"


class Admission:
    """ASGI middleware: 503 with Retry-After to a query that the queue has no room for."""

    def __init__(self, app: ASGIApp, queue: WorkQueue, log: RefusalLog | None = None) -> None:
        self._app = app
        self._queue = queue
        self._log = log or RefusalLog()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer it."""
        if not (self._queue.full and scope["type"] == "http" and is_query(scope)):
            await self._app(scope, receive, send)
            return
        context = context_of(scope)
        self._log.note(scope, context, 503)
        body = busy_body(context.id)
        await send(_start(len(body), self._queue.refuse()))
        await send({"type": "http.response.body", "body": body})


def is_query(scope: Scope) -> bool:
    """Whether this asks to resolve something."""
    return scope["method"] == "POST" and _QUERY.fullmatch(scope["path"]) is not None


_BEFORE, _AFTER = bytes(problem(503, BUSY_MESSAGE, _ID).body).split(_ID.encode())


def busy_body(request_id: str) -> bytes:
    """The problem that a refused query gets; an id holds nothing that JSON would escape."""
    return _BEFORE + request_id.encode() + _AFTER


def _start(length: int, retry_after: int) -> Message:
    headers = [
        (b"content-length", b"%d" % length),
        (b"content-type", PROBLEM_CONTENT),
        (b"retry-after", b"%d" % retry_after),
    ]
    return {"type": "http.response.start", "status": 503, "headers": headers}


class RefusalLog:
    """A line a second at most for each reason and key, with the number of refusals."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, str | None]] = Counter()

    def note(self, scope: Scope, context: RequestContext, status: int) -> None:
        """Count one, which then needs no line of its own; call from the event loop."""
        found = _QUERY.fullmatch(scope["path"])
        context.route = _TEMPLATES[found is not None and found[1] is not None]
        context.logged = True
        if not self._counts:
            asyncio.get_running_loop().call_later(SECONDS_OF_A_LINE, self._say)
        # Everybody's queue is full; but a rate is one key's.
        self._counts[status, context.key_id if status != 503 else None] += 1

    def _say(self) -> None:
        counts, self._counts = self._counts, Counter()
        for (status, key), count in counts.items():
            whose = {} if key is None else {"key": key}
            _log.warning(_REASONS[status], extra=fields(status=status, requests=count, **whose))
