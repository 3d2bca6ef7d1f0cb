"""How a worker hands on what only the writer may do: over a socket in the file system."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path

import h11
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth import needs_write
from api.catalogs import Catalogs
from api.context import context_of
from api.problems import RETRY_SECONDS, problem

_CHUNK = 65_536
# What belongs to one connection, and what either side adds by itself.
_OF_CONNECTION = frozenset(
    (b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect")
)
_OURS = frozenset((b"x-request-id", b"x-forwarded-for", b"x-forwarded-proto"))
NUMBERS = "/metrics"
_ANSWERED_HERE = re.compile(
    r"/v1/resolve|/v1/catalogs/(?P<name>[^/]+)/(resolve|lexical|entities(/.*)?)"
)


class WriterGoneError(Exception):
    """The writer does not answer, or ended in the middle."""


class ClientGoneError(Exception):
    """The client left before its request was complete."""


class Forward:
    """ASGI middleware of a worker: reads are answered here, the rest by the writer.

    A catalog that this worker does not know yet is the writer's, too. The caller's key goes along,
    and the writer checks it again.
    """

    def __init__(self, app: ASGIApp, writer: Path, catalogs: Catalogs) -> None:
        self._app = app
        self._writer = str(writer)
        self._catalogs = catalogs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer here or there."""
        if scope["type"] != "http" or self._here(scope):
            await self._app(scope, receive, send)
            return
        context = context_of(scope)
        try:
            context.forwarded = True
            await _exchange(self._writer, scope, receive, send)
        except (WriterGoneError, OSError):
            context.forwarded = False
            if scope["path"] == NUMBERS:
                # When a process is gone is when they are wanted most. What is counted lies in
                # files, that every process reads; of catalogs a worker says what it knows.
                await self._app(scope, receive, send)
                return
            said = "what changes catalogs does not answer now; nothing may have changed: ask again"
            retry = {"Retry-After": str(RETRY_SECONDS)}
            await problem(503, said, context.id, retry)(scope, receive, send)
        except ClientGoneError:
            # The connection to the writer is closed, which tells it; nobody reads an answer.
            return
        except HTTPException as error:  # the body is too large or too slow
            context.forwarded = False
            answer = problem(error.status_code, error.detail, context.id, error.headers)
            await answer(scope, receive, send)

    def _here(self, scope: Scope) -> bool:
        path = scope["path"]
        if not path.startswith("/v1/"):
            return bool(path != NUMBERS)
        found = _ANSWERED_HERE.fullmatch(path)
        if found is None or needs_write(scope):
            return False
        return found["name"] is None or self._catalogs.get(found["name"]) is not None


async def _exchange(path: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Send one request to the writer and its answer to the client.

    Raises:
        WriterGoneError: before any part of the answer was sent.
        OSError: there is no writer.
        ClientGoneError: the request never became complete.
        HTTPException: of the limits on the body.
    """
    # No stream: a writer may answer and close before it has read all, and asyncio's streams forget
    # what was received when sending fails.
    with socket.socket(socket.AF_UNIX) as connected:
        connected.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connected, path)
        await _talk(connected, scope, receive, send)


async def _talk(connected: socket.socket, scope: Scope, receive: Receive, send: Send) -> None:
    connection = h11.Connection(h11.CLIENT)
    sending = asyncio.ensure_future(_send_request(connection, connected, scope, receive))
    answering = asyncio.ensure_future(_answer(connection, connected, send))
    try:
        await asyncio.wait({sending, answering}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done() and not answering.done():
            error = sending.exception()
            # Where the writer reads no more it may still answer; else nothing will come.
            if error is not None and not isinstance(error, OSError):
                raise error
        await answering
    finally:
        sending.cancel()
        answering.cancel()
        # Waited for, so that nobody looks at the socket when it is closed; how the sending ended
        # was told by the answer.
        await asyncio.gather(sending, answering, return_exceptions=True)


async def _send_request(
    connection: h11.Connection, connected: socket.socket, scope: Scope, receive: Receive
) -> None:
    async def write(data: bytes | None) -> None:
        await asyncio.get_running_loop().sock_sendall(connected, data or b"")

    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    head = h11.Request(method=scope["method"], target=target, headers=_headers(scope))
    await write(connection.send(head))
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        if body := message.get("body", b""):
            await write(connection.send(h11.Data(data=body)))
        more = message.get("more_body", False)
    await write(connection.send(h11.EndOfMessage()))


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name not in _OF_CONNECTION and name not in _OURS
    ]
    there = {name for name, _ in headers}
    if b"content-length" not in there:
        headers.append((b"transfer-encoding", b"chunked"))
    if b"host" not in there:  # HTTP/1.0
        headers.append((b"host", b"localhost"))
    client = scope.get("client")
    if client:
        headers.append((b"x-forwarded-for", str(client[0]).encode()))
    return [*headers, (b"x-request-id", context_of(scope).id.encode()), (b"connection", b"close")]


async def _answer(connection: h11.Connection, connected: socket.socket, send: Send) -> None:
    begun = False
    while True:
        event = await _next_event(connection, connected, begun=begun)
        if isinstance(event, h11.Response):
            begun = True
            headers = [item for item in event.headers if item[0] not in _OF_CONNECTION]
            await send(
                {
                    "type": "http.response.start",
                    "status": event.status_code,
                    "headers": [item for item in headers if item[0] != b"date"],
                }
            )
        elif isinstance(event, h11.Data):
            body = bytes(event.data)
            await send({"type": "http.response.body", "body": body, "more_body": True})
        elif isinstance(event, h11.EndOfMessage):
            await send({"type": "http.response.body", "body": b""})
            return


async def _next_event(
    connection: h11.Connection, connected: socket.socket, *, begun: bool
) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
    try:
        while (event := connection.next_event()) is h11.NEED_DATA:
            loop = asyncio.get_running_loop()
            connection.receive_data(await loop.sock_recv(connected, _CHUNK))
    except (h11.RemoteProtocolError, OSError) as error:
        if begun:
            raise RuntimeError("the writer ended in the middle of an answer") from error
        raise WriterGoneError from error
    if isinstance(event, h11.ConnectionClosed):
        raise WriterGoneError
    return event
