"""What goes around every request: its id, its line in the log, its numbers, safe headers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import RequestContext, header, new_context, route_of
from api.logs import fields
from api.problems import CLIENT_LEFT, internal_error, log_failure

_log = logging.getLogger("er_engine.requests")
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_REQUEST_ID = b"x-request-id"
_POLICY = b"content-security-policy"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(self)"),
)
_OF_PAGES = (*_HEADERS, (_POLICY, CONTENT_POLICY.encode()))
OF_ANSWERS = (*_OF_PAGES, (b"cache-control", b"no-store"))
_SERVER_ERROR = 500
_UNAVAILABLE = 503


class Observer(Protocol):
    """Who wants to know of finished requests: metrics, traces."""

    def request_done(self, done: Finished) -> None:
        """Called once for each request, after its answer."""


@dataclass(frozen=True, slots=True)
class Finished:
    """One request that is answered; `status` is 499 where the client left before."""

    method: str
    route: str
    status: int
    seconds: float
    context: RequestContext
    headers: dict[str, str]


class Envelope:
    """The outermost middleware."""

    def __init__(
        self,
        app: ASGIApp,
        account: Account | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._account = account or Account()
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, whatever happens, and say so in the log."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = new_context(scope, header(scope, b"x-request-id"))
        began = self._clock()
        status = CLIENT_LEFT

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope, context)
            await send(message)

        try:
            await self._app(scope, receive, answered)
        except Exception as error:
            # Where the answer has begun, the server ends the connection, so that half of it is
            # not taken for the whole.
            log_failure(context.id, error)
            if status == CLIENT_LEFT:
                await internal_error(context.id)(scope, receive, answered)
        finally:
            if not context.forwarded:
                self._account.close(scope, context, status, self._clock() - began)


class Account:
    """What is written down of each request: a line in the log, and numbers."""

    def __init__(self, observers: tuple[Observer, ...] = (), log_texts: bool = False) -> None:
        self._observers = observers
        self._log_texts = log_texts

    def close(self, scope: Scope, context: RequestContext, status: int, seconds: float) -> None:
        """Say that the request is answered."""
        done = Finished(
            scope["method"],
            context.route or route_of(scope),
            status,
            seconds,
            context,
            _trace_headers(scope),
        )
        if not context.logged:
            self._say(scope, done)
        for observer in self._observers:
            observer.request_done(done)

    def _say(self, scope: Scope, done: Finished) -> None:
        context = done.context
        line: dict[str, Any] = {
            "request": context.id,
            "method": done.method,
            "route": done.route,
            "status": done.status,
            "ms": round(done.seconds * 1000, 2),
            "key": context.key_id,
            "client": (scope.get("client") or [None])[0],
            "catalog": context.catalog,
            "decisions": context.decisions or None,
        }
        if self._log_texts:
            line["texts"] = context.texts or None
        shown = {name: value for name, value in line.items() if value is not None}
        failed = done.status >= _SERVER_ERROR and done.status != _UNAVAILABLE
        _log.log(logging.ERROR if failed else logging.INFO, "request", extra=fields(**shown))


def _add_headers(
    message: Message, scope: MutableMapping[str, Any], context: RequestContext
) -> None:
    ours = OF_ANSWERS if scope["path"].startswith("/v1/") else _OF_PAGES
    message["headers"] = joined(message.get("headers", ()), context.id, ours)


def joined(
    theirs: Iterable[tuple[bytes, bytes]],
    request_id: str,
    ours: Sequence[tuple[bytes, bytes]] = OF_ANSWERS,
) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with the id of its request and those that every answer has."""
    kept = [item for item in theirs if item[0] != _REQUEST_ID]
    there = {name for name, _ in kept}
    added = [item for item in ours if item[0] not in there]
    return [*kept, (_REQUEST_ID, request_id.encode()), *added]


def _trace_headers(scope: Scope) -> dict[str, str]:
    found = {name: header(scope, name.encode()) for name in ("traceparent", "tracestate")}
    return {name: value for name, value in found.items() if value is not None}
