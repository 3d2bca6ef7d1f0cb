from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from api.limits import BodyLimit
from api.problems import problem
from api.timeouts import Timeouts

SCOPE: dict[str, Any] = {"type": "http", "method": "POST", "path": "/v1/resolve", "headers": []}


async def call(app: Any, incoming: list[Message], scope: Scope = SCOPE) -> list[Message]:
    """Run an app on messages; after the last one the client says nothing more."""
    sent: list[Message] = []
    left = list(incoming)

    async def receive() -> Message:
        if left:
            return left.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    await app(dict(scope), receive, send)
    return sent


async def _ok(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


async def _never(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


async def _reads(scope: Scope, receive: Receive, send: Send) -> None:
    from starlette.exceptions import HTTPException

    try:
        while (await receive()).get("more_body"):
            pass
    except HTTPException as error:
        await problem(error.status_code, str(error.detail))(scope, receive, send)
        return
    await _ok(scope, receive, send)


def test_quick_answer_passes() -> None:
    """An answer in time is passed on as it is."""
    sent = asyncio.run(call(Timeouts(_ok), []))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 200


def test_slow_answer_is_given_up() -> None:
    """An app that does not begin to answer is left, and the client is told to come again."""
    sent = asyncio.run(call(Timeouts(_never, request_seconds=0.01), []))
    assert sent[0]["status"] == 503
    assert (b"retry-after", b"1") in sent[0]["headers"]
    assert "no answer within 0.01 seconds" in json.loads(sent[1]["body"])["detail"]


def test_late_answer_goes_nowhere() -> None:
    """What an app says after it was given up is not sent."""

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await _ok(scope, receive, send)

    async def run() -> list[Message]:
        sent = await call(Timeouts(late, request_seconds=0.01), [])
        await asyncio.sleep(0)
        return sent

    assert [m["status"] for m in asyncio.run(run()) if "status" in m] == [503]


def test_failure_comes_out() -> None:
    """An exception of the app is that of the middleware."""

    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    async def run() -> str:
        try:
            await call(Timeouts(fails), [])
        except ZeroDivisionError:
            return "came out"
        return "was lost"

    assert asyncio.run(run()) == "came out"


def test_reader_that_does_not_read_is_left() -> None:
    """A client that takes nothing of its answer is given up."""
    from api.timeouts import ClientTooSlowError

    async def stuck(message: Message) -> None:
        await asyncio.Event().wait()

    async def run() -> str:
        try:
            await Timeouts(_ok, send_seconds=0.01)(SCOPE, stuck, stuck)  # type: ignore[arg-type]
        except ClientTooSlowError:
            return "left"
        return "waited for"

    assert asyncio.run(run()) == "left"


def test_slow_body_is_given_up() -> None:
    """A body that does not come to its end in time gets 408, however it dribbles."""
    incoming = [{"type": "http.request", "body": b"{", "more_body": True}] * 3
    sent = asyncio.run(call(BodyLimit(_reads, body_seconds=0.02), incoming))
    assert sent[0]["status"] == 408
    assert "0.02 seconds" in json.loads(sent[1]["body"])["detail"]


def test_body_is_counted_as_it_comes() -> None:
    """The limit holds without a length in the headers, and at its very edge."""
    part = {"type": "http.request", "body": b"x" * 500, "more_body": True}
    last = {"type": "http.request", "body": b"", "more_body": False}
    limited = BodyLimit(_reads, max_bytes=1_000)
    assert asyncio.run(call(limited, [part, part, last]))[0]["status"] == 200
    assert asyncio.run(call(limited, [part, part, part, last]))[0]["status"] == 413


def test_upload_has_its_own_limit() -> None:
    """Only what takes in whole catalogs may be large."""
    part = {"type": "http.request", "body": b"x" * 5_000, "more_body": False}
    limited = BodyLimit(_reads, max_bytes=1_000, max_upload_bytes=10_000)
    for path, status in (
        ("/v1/catalogs", 200),
        ("/v1/catalogs/films/entities", 200),
        ("/v1/catalogs/films/resolve", 413),
        ("/v1/catalogs/films/entities/tv1", 413),
    ):
        sent = asyncio.run(call(limited, [part], {**SCOPE, "path": path}))
        assert sent[0]["status"] == status, path


def test_absurd_length_is_refused_unread() -> None:
    """A length beyond any number is refused before a byte is read."""
    headers = [(b"content-length", b"9" * 4_000)]
    sent = asyncio.run(call(BodyLimit(_reads), [], {**SCOPE, "headers": headers}))
    assert sent[0]["status"] == 413
