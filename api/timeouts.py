"""A limit on how long one request may take, and on how slowly its answer may be read."""

from __future__ import annotations

import asyncio
import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bounds import REQUEST_SECONDS, SEND_SECONDS
from api.context import context_of
from api.limits import is_upload
from api.logs import fields
from api.problems import RETRY_SECONDS, problem

_log = logging.getLogger(__name__)


class ClientTooSlowError(Exception):
    """The client does not read its answer."""


class Timeouts:
    """ASGI middleware: 503 when the answer has not begun in time; slow readers are left.

    Work that runs in a thread can't be stopped; it is bounded by the limits on what it is given,
    and what it says later goes nowhere. Uploads have the time that `UPLOAD_SECONDS` gives.
    """

    def __init__(
        self,
        app: ASGIApp,
        request_seconds: float = REQUEST_SECONDS,
        upload_seconds: float = REQUEST_SECONDS,
        send_seconds: float = SEND_SECONDS,
    ) -> None:
        self._app = app
        self._request_seconds = request_seconds
        self._upload_seconds = upload_seconds
        self._send_seconds = send_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app in a task of its own, and wait for the beginning of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, self._send_seconds)
        task = asyncio.ensure_future(self._app(scope, receive, answer.send))
        limit = self._upload_seconds if is_upload(scope) else self._request_seconds
        begun = asyncio.ensure_future(answer.begun.wait())
        try:
            await asyncio.wait({task, begun}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if task.done() or answer.begun.is_set():
                await task
                return
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            begun.cancel()
        answer.close()
        task.cancel()
        task.add_done_callback(_seen)
        request_id = context_of(scope).id
        _log.warning("request timed out", extra=fields(request=request_id, seconds=limit))
        said = f"no answer within {limit:g} seconds"
        retry = {"Retry-After": str(RETRY_SECONDS)}
        await problem(503, said, request_id, retry)(scope, receive, send)


def _seen(task: asyncio.Future[None]) -> None:
    """Take note of how a given-up task ended, so that nothing is said of it at exit."""
    if not task.cancelled():
        task.exception()


class _Answer:
    """Passes the answer on, until it is closed."""

    def __init__(self, send: Send, seconds: float) -> None:
        self._send = send
        self._seconds = seconds
        self._closed = False
        self.begun = asyncio.Event()

    def close(self) -> None:
        self._closed = True

    async def send(self, message: Message) -> None:
        if self._closed:
            return
        self.begun.set()
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(message)
        except TimeoutError:
            raise ClientTooSlowError("the client does not read its answer") from None
