"""Limits that protect the service: the size of a request, and how much work waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1_000_000
MAX_WAITING = 256

T = TypeVar("T")


class BusyError(Exception):
    """Too many requests are waiting already."""


class WorkQueue:
    """Runs blocking work in threads, a few at a time.

    The encoder uses every core for one batch, so that a second one at the same time would make
    both slower, and the tokenizer must not be shared by two threads.
    """

    def __init__(self, at_once: int = 1, max_waiting: int = MAX_WAITING) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._max_waiting = max_waiting
        self._waiting = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Wait for a free slot and run `work` in a thread.

        Raises:
            BusyError: too many wait already.
        """
        if self._waiting >= self._max_waiting:
            raise BusyError
        self._waiting += 1
        try:
            async with self._slots:
                return await run_in_threadpool(work)
        finally:
            self._waiting -= 1


class BodyLimit:
    """ASGI middleware that answers 413 to a body that is too large, whatever its headers say."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, then let the app read it again."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await self._read(receive)
        if body is None:
            await _send_too_large(send, self._max_bytes)
            return
        pending = [body]

        async def replay() -> Message:
            if pending:
                return {"type": "http.request", "body": pending.pop(), "more_body": False}
            return await receive()

        await self._app(scope, replay, send)

    async def _read(self, receive: Receive) -> bytes | None:
        """Return the whole body, or None if it is too large."""
        body = bytearray()
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = bool(message.get("more_body", False))
            if len(body) > self._max_bytes:
                return None
        return bytes(body)


async def _send_too_large(send: Send, max_bytes: int) -> None:
    message = f"the body is larger than {max_bytes:,} bytes; send fewer queries at once"
    content = json.dumps({"error": {"status": 413, "message": message}}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": content})
