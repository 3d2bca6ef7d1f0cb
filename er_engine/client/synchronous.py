"""The client for threads; `er_engine.client.asynchronous` has the same for asyncio."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar, cast

import httpx

from er_engine.client import catalog_calls, entity_calls, feedback_calls, query_calls
from er_engine.client.calls import Call, Pages, Pause, Steps, described
from er_engine.client.exchange import (
    DEFAULT_TIMEOUT,
    Attempts,
    Done,
    arguments,
    headers_of,
    parts_of,
)
from er_engine.client.retries import PATIENT, Retries

T = TypeVar("T")
P = ParamSpec("P")


def _done(
    operation: Callable[Concatenate[str | None, P], Steps[T]],
) -> Callable[Concatenate[Client, P], T]:
    """A method that does an operation and returns its result."""

    def method(self: Client, /, *args: P.args, **more: P.kwargs) -> T:
        return self._run(operation(self._catalog, *args, **more))

    described(method, operation, "{}")
    return method


def _yielded(
    operation: Callable[Concatenate[str | None, P], Pages[T]],
) -> Callable[Concatenate[Client, P], Iterator[T]]:
    """A method that yields all that comes page by page."""

    def method(self: Client, /, *args: P.args, **more: P.kwargs) -> Iterator[T]:
        return self._items(operation(self._catalog, *args, **more))

    described(method, operation, "Iterator[{}]")
    return method


class Client:
    """Talks to one service; may be used from several threads.

    Methods take `catalog`, the name of one; without it the catalog of the constructor is asked.
    All raise `RequestError` (`status` is the HTTP status; see its kinds in `er_engine.errors`)
    when the service refuses or can't be reached.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        catalog: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retries: Retries = PATIENT,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Connect at the first call.

        Args:
            url: of the service, such as `http://127.0.0.1:8000`.
            api_key: where the service asks for one.
            catalog: the catalog of every call that names none.
            timeout: seconds to wait for each attempt.
            retries: when and how often a request is sent again.
            transport: how requests travel; for tests.
            sleep: how to wait between attempts; for tests.
        """
        self._http = httpx.Client(
            base_url=url, headers=headers_of(api_key), timeout=timeout, transport=transport
        )
        self._catalog = catalog
        self._retries = retries
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    resolve = _done(query_calls.resolve)
    resolve_many = _done(query_calls.resolve_many)

    get = _done(entity_calls.get)
    put = _done(entity_calls.put)
    delete = _done(entity_calls.delete)
    put_many = _done(entity_calls.put_many)
    entities = _yielded(entity_calls.entities)

    catalogs = _done(catalog_calls.catalogs)
    describe = _done(catalog_calls.describe)
    create_catalog = _done(catalog_calls.create_catalog)
    wait_for = _done(catalog_calls.wait_for)
    delete_catalog = _done(catalog_calls.delete_catalog)
    snapshot = _done(catalog_calls.snapshot)

    add_feedback = _done(feedback_calls.add_feedback)
    feedback = _yielded(feedback_calls.feedback)
    export_feedback = _done(feedback_calls.export_feedback)
    delete_feedback = _done(feedback_calls.delete_feedback)
    proposals = _done(feedback_calls.proposals)
    accept = _done(feedback_calls.accept)
    accept_all = _done(feedback_calls.accept_all)
    dismiss = _done(feedback_calls.dismiss)

    def _run(self, steps: Steps[T]) -> T:
        result = None
        while True:
            try:
                step = steps.send(result)
            except StopIteration as end:
                return cast("T", end.value)
            if isinstance(step, Pause):
                self._sleep(step.seconds)
                result = None
            else:
                result = self._send(step)

    def _items(self, pages: Pages[T]) -> Iterator[T]:
        cursor: str | None = None
        while True:
            items, cursor = self._send(pages.call(cursor))
            yield from items
            if cursor is None:
                return

    def _send(self, call: Call[T]) -> T:
        attempts = Attempts(call, self._retries)
        while True:
            parts = parts_of(call.content) if isinstance(call.content, Path) else None
            found = arguments(call) if parts is None else {**arguments(call), "content": parts}
            request = self._http.build_request(**found)
            outcome: httpx.Response | httpx.TransportError
            try:
                outcome = self._http.send(request)
            except httpx.TransportError as error:
                outcome = error
            judged = attempts.judge(request, outcome)
            if isinstance(judged, Done):
                return judged.value
            self._sleep(judged.seconds)
