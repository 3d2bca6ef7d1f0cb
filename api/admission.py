"""Refuses queries that would wait in vain, before anything of their body is read.

Under overload most requests are refused, by the same process and the same cores that answer the
others: whatever a refusal costs is taken from the answers. So it is decided by path and queue
alone, has a body that is made once, and leaves no log line of its own.
"""

from __future__ import annotations

import asyncio
import logging
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import context_of
from api.limits import WorkQueue
from api.logs import fields
from api.problems import BUSY_MESSAGE, problem

_log = logging.getLogger("er_engine.requests")
_QUERY = re.compile(r"/v1/(catalogs/[^/]+/)?resolve")
_TEMPLATES = {False: "/v1/resolve", True: "/v1/catalogs/{catalog}/resolve"}
_ID = "request-id"
SECONDS_OF_A_LINE = 1.0


class Admission:
    """ASGI middleware: 503 with Retry-After to a query that the queue has no room for."""

    def __init__(self, app: ASGIApp, queue: WorkQueue) -> None:
        self._app = app
        self._queue = queue
        self._log = RefusalLog()
        self._before, self._after = bytes(problem(503, BUSY_MESSAGE, _ID).body).split(_ID.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer it."""
        found = self._queue.full and scope["type"] == "http" and _query(scope)
        if not found:
            await self._app(scope, receive, send)
            return
        context = context_of(scope)
        context.route = _TEMPLATES[found[1] is not None]
        context.logged = True
        self._log.note()
        body = self._before + context.id.encode() + self._after
        await send(_start(len(body), self._queue.refuse()))
        await send({"type": "http.response.body", "body": body})


def _query(scope: Scope) -> re.Match[str] | None:
    return _QUERY.fullmatch(scope["path"]) if scope["method"] == "POST" else None


def _start(length: int, retry_after: int) -> Message:
    headers = [
        (b"content-length", b"%d" % length),
        (b"content-type", b"application/problem+json"),
        (b"retry-after", b"%d" % retry_after),
    ]
    return {"type": "http.response.start", "status": 503, "headers": headers}


class RefusalLog:
    """One line a second at most, with the number of refusals since the line before."""

    def __init__(self) -> None:
        self._count = 0

    def note(self) -> None:
        """Count one; call from the event loop."""
        if not self._count:
            asyncio.get_running_loop().call_later(SECONDS_OF_A_LINE, self._say)
        self._count += 1

    def _say(self) -> None:
        count, self._count = self._count, 0
        _log.warning("queries refused: too many wait", extra=fields(status=503, requests=count))
