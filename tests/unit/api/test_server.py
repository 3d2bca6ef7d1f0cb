"""The server on a real socket: slow and odd clients, and stopping."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from fastapi import FastAPI

from api.commands import listen
from api.server import Server, check_exposure, is_loopback, make_server
from api.settings import Settings
from tests.unit.api.guarded import make_app

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@asynccontextmanager
async def running(app: FastAPI, **settings: Any) -> AsyncIterator[tuple[int, Server]]:
    """Serve until the block ends; the port, and the server."""
    with listen("127.0.0.1", 0) as listening:
        server = make_server(app, Settings(**settings))
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.005)
        try:
            yield listening.getsockname()[1], server
        finally:
            server.should_exit = True
            await serving


async def say(port: int, *parts: bytes) -> bytes:
    """Send parts, one after another, and read until the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.01)
        return await asyncio.wait_for(reader.read(), 20)
    finally:
        await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection that may be closed already."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def problem_in(answer: bytes) -> dict[str, Any]:
    """The problem of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    found: dict[str, Any] = json.loads(body)
    return found


def served(talk: Callable[[int], Awaitable[bytes]], **settings: Any) -> bytes:
    """What a client hears from a service with these settings."""

    async def run() -> bytes:
        async with running(make_app(**settings), **settings) as (port, _):
            return await talk(port)

    return asyncio.run(run())


@pytest.mark.parametrize("parts", [(), (b"GET /hea",), (GET,), (GET, b"X: a\r\n", b"X: b\r\n")])
def test_slow_headers_are_given_up(parts: tuple[bytes, ...]) -> None:
    """A client that does not end its headers gets 408, however it dribbles."""
    answer = served(lambda port: say(port, *parts), header_seconds=0.1)
    assert problem_in(answer)["status"] == 408


def test_slow_second_request_is_given_up() -> None:
    """The time for headers holds for every request of a connection."""
    answer = served(lambda port: say(port, GET + b"\r\n", b"GET /hea"), header_seconds=0.2)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answer


def test_slow_body_is_given_up() -> None:
    """A body that is announced and does not come gets 408, and the connection ends."""
    head = b"POST /v1/resolve HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    answer = served(lambda port: say(port, head + b"Content-Length: 50\r\n\r\n{"), body_seconds=0.1)
    assert problem_in(answer)["status"] == 408
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/x\r\n\r\n"]
)
def test_what_is_not_http_gets_a_problem(garbage: bytes) -> None:
    """Bytes that are not HTTP get 400 in the shape of every error."""
    answer = served(lambda port: say(port, garbage))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert problem_in(answer)["status"] == 400


def test_endless_headers_are_refused() -> None:
    """Headers beyond the limit end the connection."""
    answer = served(lambda port: say(port, GET + b"X: " + b"a" * 100_000))
    assert problem_in(answer)["status"] in (400, 431)


def test_too_many_connections_are_refused() -> None:
    """One connection too many gets 503 at once, and those there are go on."""

    async def talk(port: int) -> bytes:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await asyncio.sleep(0.05)
        refused = await say(port)
        held[0][1].write(GET + b"Connection: close\r\n\r\n")
        assert (await held[0][0].read()).startswith(b"HTTP/1.1 200")
        for _, writer in held:
            await hang_up(writer)
        return refused

    answer = served(talk, max_connections=2)
    assert problem_in(answer)["status"] == 503
    assert b"retry-after: 1" in answer.lower()


def test_stopping_finishes_running_requests() -> None:
    """A request that runs when the service is told to stop is answered; new ones are refused."""
    begun = asyncio.Event()
    go_on = asyncio.Event()
    app = make_app()

    async def slow() -> str:
        begun.set()
        await go_on.wait()
        return "finished"

    app.add_api_route("/slow", slow, include_in_schema=False)

    async def run() -> bytes:
        async with running(app) as (port, server):
            asking = asyncio.ensure_future(
                say(port, b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            )
            await begun.wait()
            server.handle_exit(15, None)
            await asyncio.sleep(0.3)
            with pytest.raises(OSError):  # noqa: PT011 - refused or reset, as the system likes
                await asyncio.wait_for(say(port, GET + b"\r\n"), 5)
            go_on.set()
            return await asking

    assert asyncio.run(run()).endswith(b'"finished"')


def test_only_loopback_needs_no_keys() -> None:
    """What counts is the address that is listened on."""
    from er_engine.errors import ServiceError

    with listen("127.0.0.1", 0) as inner, listen("0.0.0.0", 0) as outer:
        check_exposure(inner, None)
        assert is_loopback(inner)
        assert not is_loopback(outer)
        with pytest.raises(ServiceError, match="needs API keys"):
            check_exposure(outer, None)


def test_unix_socket_is_loopback() -> None:
    """A socket in the file system is reached from this machine only."""
    with socket.socket(socket.AF_UNIX) as inner:
        assert is_loopback(inner)
