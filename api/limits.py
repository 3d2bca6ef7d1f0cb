"""Limits that protect the service: the size and the pace of a request, and how much work waits."""

from __future__ import annotations

import asyncio
import math
import random
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bounds import (
    BODY_SECONDS,
    MAX_BODY_BYTES,
    MAX_UPLOAD_BYTES,
    MAX_WAITING,
    MAX_WRITE_WAIT_SECONDS,
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
_UPLOAD = re.compile(r"/v1/catalogs(/[^/]+/(entities|snapshot))?/?")

T = TypeVar("T")


class WorkQueue:
    """Runs blocking work in threads, a few at a time; refuses at once what would wait in vain.

    The encoder uses every core for one batch, so that a second one at the same time would make
    both slower, and the tokenizer must not be shared by two threads. The threads are the queue's
    own: glibc gives each thread its own heap, so work that wanders through many needs more memory.
    """

    def __init__(
        self,
        at_once: int = 1,
        max_waiting: int = MAX_WAITING,
        max_wait_seconds: float = MAX_WRITE_WAIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._at_once = at_once
        self._threads = ThreadPoolExecutor(at_once, "work")
        self._max_waiting = max_waiting
        self._max_wait_seconds = max_wait_seconds
        self._clock = clock
        self._chance = chance
        self._waiting = 0
        # In queries: a part of a batch holds several, and takes as many times as long.
        self._size = 0
        self._seconds = 0.0
        self.refused = 0

    @property
    def length(self) -> int:
        """How much work runs or waits."""
        return self._waiting

    @property
    def full(self) -> bool:
        """Whether work is refused now: too much waits, or what waits will take too long."""
        # Whoever is refused now need not wait for a refusal, and keeps nobody else waiting.
        longest = self._max_wait_seconds * _SURE_SHARE
        return self._waiting >= self._max_waiting or self._wait_ahead() > longest

    def refuse(self) -> int:
        """Count a refusal; return after how many seconds to come again.

        Not the same for all: who is refused in one moment must not come back in one.
        """
        self.refused += 1
        least = max(math.ceil(self._wait_ahead()), 1)
        return min(least + int(self._chance() * (least + 1)), _MAX_RETRY_SECONDS)

    async def run(self, work: Callable[[], T], size: int = 1, *, begun: bool = False) -> T:
        """Wait for a free slot and run `work` in a thread.

        Args:
            work: what to run.
            size: how many queries it answers.
            begun: it belongs to what has been worked on, which would be lost: it is not refused.

        Raises:
            BusyError: too many wait already, what waits will take too long, or no slot became
                free in time.
        """
        if self.full and not begun:
            raise BusyError(self.refuse())
        self._waiting += 1
        self._size += size
        running = None
        try:
            await self._take_slot(None if begun else self._max_wait_seconds)
            running = asyncio.get_running_loop().run_in_executor(self._threads, work)
            running.add_done_callback(partial(self._done, size, self._clock()))
            # Work can't be stopped: its place stays taken until it ends, whoever has given it up.
            return await asyncio.shield(running)
        finally:
            if running is None:
                self._leave(size)

    async def _take_slot(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._slots.acquire()
        except TimeoutError:
            raise BusyError(self.refuse()) from None

    def _done(self, size: int, began: float, running: asyncio.Future[T]) -> None:
        self._slots.release()
        self._leave(size)
        self._seconds += _SMOOTHING * ((self._clock() - began) / size - self._seconds)
        if not running.cancelled():
            running.exception()  # seen, in case nobody waits for it any more

    def _leave(self, size: int) -> None:
        self._waiting -= 1
        self._size -= size

    def _wait_ahead(self) -> float:
        """Seconds until all that waits now will be done, as it looks."""
        return self._size * self._seconds / self._at_once


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
