"""What a worker hands on to the writer, over a real socket in the file system."""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.types import Message

from api.catalogs import Catalogs
from api.envelope import Envelope
from api.forwarding import Forward
from api.limits import BodyLimit
from api.server import make_server
from api.settings import Settings
from tests.unit.api.standin import loaded_catalogs


@pytest.fixture
def path() -> Iterator[Path]:
    """Where the writer listens; the name of a socket must be short."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "w.sock"


def writer_app() -> FastAPI:
    """A writer that says what reached it."""
    app = FastAPI()

    @app.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])
    async def echo(request: Request) -> dict[str, Any]:
        return {
            "path": request.url.path,
            "query": request.url.query,
            "size": len(await request.body()),
            "id": request.headers.get("x-request-id"),
            "key": request.headers.get("authorization"),
            "client": request.headers.get("x-forwarded-for"),
        }

    return app


@asynccontextmanager
async def writer(path: Path) -> AsyncIterator[None]:
    """A writer that runs until the block ends."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        server = make_server(writer_app(), Settings())
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.005)
        try:
            yield
        finally:
            server.should_exit = True
            await serving


async def ask(
    path: Path,
    method: str,
    target: str,
    parts: list[bytes],
    max_bytes: int = 10**9,
    pause: float = 0.0,
    last: dict[str, Any] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Ask a worker whose own app answers 299; return the status and the answer.

    Before each part of the body nothing else is done for `pause` seconds, as on a busy machine.
    `last` comes after the parts, in place of the end of the body. Status 0: no answer was sent.
    """
    catalogs = Catalogs(loaded_catalogs)
    catalogs.start()
    catalogs.wait()

    async def own(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    app = Envelope(BodyLimit(Forward(own, path, catalogs), max_bytes=max_bytes))
    left = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    left.append(last or {"type": "http.request", "body": b"", "more_body": False})
    sent: list[Message] = []

    async def receive() -> Message:
        time.sleep(pause)
        if left:
            return left.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    plain, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": plain,
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        # Without Host, as HTTP/1.0 has it.
        "headers": [(b"authorization", b"Bearer k"), (b"x-forwarded-for", b"6.6.6.6")],
        "client": ("10.0.0.9", 1),
    }
    await app(scope, receive, send)
    if not sent:
        return 0, {}
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], json.loads(body)


def run(talk: Callable[[], Awaitable[Any]]) -> Any:
    """Run one talk."""

    async def wait() -> Any:
        return await asyncio.wait_for(talk(), 60)

    return asyncio.run(wait())


def test_change_reaches_the_writer_whole(path: Path) -> None:
    """Path, query, key, id and a large body arrive; the client's own claims of address do not."""

    async def talk() -> Any:
        async with writer(path):
            target = "/v1/catalogs/titles/entities?a=b"
            return await ask(path, "POST", target, [b"x" * 300_000] * 10)

    status, answer = run(talk)
    assert status == 200
    assert answer["path"] == "/v1/catalogs/titles/entities"
    assert (answer["query"], answer["size"]) == ("a=b", 3_000_000)
    assert (answer["key"], answer["client"]) == ("Bearer k", "10.0.0.9")
    assert len(answer["id"]) == 32


@pytest.mark.parametrize(
    ("method", "target", "here"),
    [
        ("POST", "/v1/resolve", True),
        ("POST", "/v1/catalogs/titles/resolve", True),
        ("GET", "/v1/catalogs/titles/entities", True),
        ("GET", "/v1/catalogs/titles/entities/tv1", True),
        ("GET", "/healthz", True),
        ("GET", "/", True),
        ("POST", "/v1/catalogs/unknown/resolve", False),
        ("GET", "/v1/catalogs/unknown/entities/x", False),
        ("GET", "/v1/catalogs", False),
        ("GET", "/v1/catalogs/titles/feedback", False),
        ("PUT", "/v1/catalogs/titles/entities/resolve", False),
        ("DELETE", "/v1/catalogs/titles/entities/tv1", False),
        ("POST", "/v1/catalogs/titles/entities", False),
        ("GET", "/metrics", False),
    ],
)
def test_only_reads_are_answered_here(path: Path, method: str, target: str, here: bool) -> None:
    """A worker answers what reads a catalog it knows, and hands on everything else."""

    async def talk() -> Any:
        async with writer(path):
            return await ask(path, method, target, [])

    assert run(talk)[0] == (299 if here else 200)


@pytest.mark.parametrize(("method", "parts"), [("GET", []), ("POST", [b"x" * 50_000] * 30)])
def test_answer_without_reading_is_passed_on(path: Path, method: str, parts: list[bytes]) -> None:
    """What the writer says before it has read all, and then closes the connection, is not lost."""
    said = b"HTTP/1.1 409 Conflict\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"

    def refuse(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1_000)
            connection.sendall(said)

    async def talk() -> Any:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            listening.listen()
            refusing = threading.Thread(target=refuse, args=(listening,))
            refusing.start()
            try:
                return await ask(path, method, "/v1/catalogs", parts, pause=0.05)
            finally:
                refusing.join()

    assert run(talk) == (409, {})


def test_no_writer_is_said(path: Path) -> None:
    """Without a writer a change is refused with the time to come again, and reads go on."""
    status, answer = run(lambda: ask(path, "DELETE", "/v1/catalogs/titles", []))
    assert status == 503
    assert answer["type"].endswith(":unavailable")
    assert run(lambda: ask(path, "POST", "/v1/resolve", []))[0] == 299


def test_numbers_are_told_without_a_writer(path: Path) -> None:
    """While the writer starts or is gone a worker says what all have counted."""
    assert run(lambda: ask(path, "GET", "/metrics", []))[0] == 299


def test_body_is_limited_on_the_way(path: Path) -> None:
    """A body beyond the limit gets 413 from the worker."""

    async def talk() -> Any:
        async with writer(path):
            return await ask(
                path, "PUT", "/v1/catalogs/a/entities/b", [b"x" * 1_000] * 50, max_bytes=10_000
            )

    status, answer = run(talk)
    assert status == 413
    assert answer["type"].endswith(":too-large")


def test_writer_that_dies_is_no_answer(path: Path) -> None:
    """A writer that ends before it answers is like none."""

    async def talk() -> Any:
        async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        async with await asyncio.start_unix_server(hang_up, path):
            return await ask(path, "PUT", "/v1/catalogs/a/entities/b", [b"{}"])

    assert run(talk)[0] == 503


def test_writer_is_told_when_the_client_leaves(path: Path) -> None:
    """It does not wait for the rest of a body that will never come."""

    async def talk() -> Any:
        ended = asyncio.Event()

        async def read_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(1_000):
                pass
            ended.set()
            writer.close()

        async with await asyncio.start_unix_server(read_all, path):
            left = {"type": "http.disconnect"}
            asked = ask(path, "POST", "/v1/catalogs", [b"id,name"], last=left)
            answer = await asyncio.wait_for(asked, 30)
            await asyncio.wait_for(ended.wait(), 30)
            return answer

    assert run(talk) == (0, {})
