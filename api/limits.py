"""Limits that protect the service: the size and the pace of a request, and how much work waits."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bounds import (
    BODY_SECONDS,
    MAX_BODY_BYTES,
    MAX_UPLOAD_BYTES,
    MAX_WAIT_SECONDS,
    MAX_WAITING,
    UPLOAD_SECONDS,
)
from api.context import context_of, header
from api.problems import BusyError, problem

_MAX_RETRY_SECONDS = 60
# How much one more measurement of the time of a piece of work counts.
_SMOOTHING = 0.1
# Waits are estimates: whoever would wait nearly as long as allowed might wait for nothing.
_SURE_SHARE = 0.75
# Whole catalogs, many entities at once, and what copies a whole catalog.
_UPLOAD = re.compile(r"/v1/catalogs(/[^/]+/(entities|entities:bulk|restore|snapshot|backup))?/?")

T = TypeVar("T")


class WorkQueue:
    """Runs blocking work in threads, a few at a time; refuses at once what would wait in vain.

    The encoder uses every core for one batch, so that a second one at the same time would make
    both slower, and the tokenizer must not be shared by two threads.
    """

    def __init__(
        self,
        at_once: int = 1,
        max_waiting: int = MAX_WAITING,
        max_wait_seconds: float = MAX_WAIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._at_once = at_once
        self._max_waiting = max_waiting
        self._max_wait_seconds = max_wait_seconds
        self._clock = clock
        self._waiting = 0
        self._seconds = 0.0
        self.refused = 0

    @property
    def length(self) -> int:
        """How much work runs or waits."""
        return self._waiting

    async def run(self, work: Callable[[], T]) -> T:
        """Wait for a free slot and run `work` in a thread.

        Raises:
            BusyError: too many wait already, what waits will take too long, or no slot became
                free in time.
        """
        # Whoever is refused now need not wait for a refusal, and keeps nobody else waiting.
        longest = self._max_wait_seconds * _SURE_SHARE
        if self._waiting >= self._max_waiting or self._wait_ahead() > longest:
            self._refuse()
        self._waiting += 1
        try:
            await self._take_slot()
            began = self._clock()
            try:
                return await run_in_threadpool(work)
            finally:
                self._slots.release()
                self._seconds += _SMOOTHING * (self._clock() - began - self._seconds)
        finally:
            self._waiting -= 1

    async def _take_slot(self) -> None:
        try:
            async with asyncio.timeout(self._max_wait_seconds):
                await self._slots.acquire()
        except TimeoutError:
            self._refuse()

    def _wait_ahead(self) -> float:
        """Seconds until all that waits now will be done, as it looks."""
        return self._waiting * self._seconds / self._at_once

    def _refuse(self) -> None:
        self.refused += 1
        raise BusyError(min(max(math.ceil(self._wait_ahead()), 1), _MAX_RETRY_SECONDS))


class BodyLimit:
    """ASGI middleware: 413 to a body that is too large, 408 to one that is too slow.

    Bytes are counted as they come, whatever the headers say, and nothing is buffered here: a large
    upload goes straight to what reads it.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int = MAX_BODY_BYTES,
        max_upload_bytes: int = MAX_UPLOAD_BYTES,
        body_seconds: float = BODY_SECONDS,
        upload_seconds: float = UPLOAD_SECONDS,
    ) -> None:
        self._app = app
        self._body = (max_bytes, body_seconds)
        self._upload = (max_upload_bytes, upload_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app read the body, as far as it is allowed to."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes, seconds = self._upload if is_upload(scope) else self._body
        announced = header(scope, b"content-length") or ""
        if announced.isdecimal() and (
            len(announced) > len(str(max_bytes)) or int(announced) > max_bytes
        ):
            answer = problem(413, _too_large(max_bytes), context_of(scope).id, _CLOSE)
            await answer(scope, receive, send)
            return
        await self._app(scope, _limited(receive, max_bytes, seconds), send)


# What is left of the body can't be told from a next request, unless the connection ends.
_CLOSE = {"Connection": "close"}


def _limited(receive: Receive, max_bytes: int, seconds: float) -> Receive:
    end = asyncio.get_running_loop().time() + seconds
    total = 0
    complete = False

    async def limited() -> Message:
        nonlocal total, complete
        if complete:  # what comes now is only the news that the client has gone
            return await receive()
        try:
            async with asyncio.timeout_at(end):
                message = await receive()
        except TimeoutError:
            said = f"the body did not arrive within {seconds:g} seconds"
            raise HTTPException(408, said, _CLOSE) from None
        total += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if total > max_bytes:
            raise HTTPException(413, _too_large(max_bytes), _CLOSE)
        return message

    return limited


def _too_large(max_bytes: int) -> str:
    return f"the body is larger than {max_bytes:,} bytes; send less at once"


def is_upload(scope: Scope) -> bool:
    """Whether this request may bring a whole catalog."""
    return scope["method"] == "POST" and _UPLOAD.fullmatch(scope["path"]) is not None
