"""Both clients as one: every test of the client runs with each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from er_engine.client import AsyncClient, Client, Retries

Handler = Callable[[httpx.Request], httpx.Response]
KINDS = ("sync", "async")
STEADY = Retries(chance=lambda: 0.0)


class EitherClient:
    """Calls a method of the client of this kind, and remembers how long it waited."""

    def __init__(self, kind: str, handler: Handler, **options: Any) -> None:
        self.waited: list[float] = []
        self._options = {"transport": httpx.MockTransport(handler), "retries": STEADY, **options}
        self._kind = kind

    def __call__(self, method: str, *args: Any, **more: Any) -> Any:
        """Call a method; what it yields is a list."""
        if self._kind == "sync":
            with Client("http://er.test", sleep=self.waited.append, **self._options) as client:
                found = getattr(client, method)(*args, **more)
                return list(found) if hasattr(found, "__next__") else found
        return asyncio.run(self._call(method, args, more))

    async def _call(self, method: str, args: Sequence[Any], more: dict[str, Any]) -> Any:
        async def sleep(seconds: float) -> None:
            self.waited.append(seconds)

        async with AsyncClient("http://er.test", sleep=sleep, **self._options) as client:
            found = getattr(client, method)(*args, **more)
            if hasattr(found, "__anext__"):
                return [item async for item in found]
            return await found


class Script:
    """Answers (or fails) as it is told, one after the other, and remembers what was asked."""

    def __init__(self, *outcomes: httpx.Response | Exception) -> None:
        self._outcomes = list(outcomes)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Give the next outcome."""
        self.requests.append(request)
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome
