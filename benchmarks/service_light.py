"""Asks queries at little cost: the clients share the cores with the service that is measured.

httpx takes over a millisecond for a request, so that at 200 a second the clients alone use a
quarter of a core. This knows as much of HTTP as these answers need. Head and body are sent as two
packets, as httpx sends them, so that the service has no less to do.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

Answer = tuple[float, float, float, int, str | None]
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_RETRY = re.compile(rb"\r\nretry-after: *([^\r]*)\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"
TIMEOUT_SECONDS = 60.0


class Connection(asyncio.Protocol):
    """One connection that is kept, with one request at a time."""

    closed = False

    def __init__(self) -> None:
        self._seen = b""
        self._answer: asyncio.Future[tuple[int, str | None]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Give up what waits."""
        self.closed = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed by the service"))

    def data_received(self, data: bytes) -> None:
        """Read on, and answer when the body is there."""
        self._seen += data
        head, end, body = self._seen.partition(_END)
        if not end or self._answer is None:
            return
        found = _LENGTH.search(head + b"\r\n")
        if found is not None and len(body) < int(found[1]):
            return
        self._seen = b""
        wait = _RETRY.search(head + b"\r\n")
        if not self._answer.done():
            self._answer.set_result((int(head[9:12]), wait[1].decode() if wait else None))

    async def ask(self, head: bytes, body: bytes) -> tuple[int, str | None]:
        """Send a request; return status and Retry-After of its answer.

        Raises:
            OSError, TimeoutError: there was none.
        """
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(head)
        self.transport.write(body)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await self._answer


class Asker:
    """Sends queries in turn and notes what became of them."""

    def __init__(
        self, address: str, path: str, bodies: Sequence[object], headers: Mapping[str, str]
    ) -> None:
        """Take what `benchmarks.service_client.Job` says."""
        found = urlsplit(address)
        self._place = (found.hostname, found.port)
        self._bodies = [json.dumps(body).encode() for body in bodies]
        lines = [f"POST {path} HTTP/1.1", f"Host: {found.netloc}", "Accept: */*"]
        lines += ["Content-Type: application/json", "User-Agent: er-engine-benchmark"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._head = "\r\n".join([*lines, "Content-Length: "]).encode()
        self._idle: list[Connection] = []
        self._began = time.perf_counter()
        self.answers: list[Answer] = []

    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self._began

    async def ask(self, turn: int, due: float | None = None) -> None:
        """Send one query; `due` is when it should have been sent."""
        body = self._bodies[turn % len(self._bodies)]
        head = self._head + b"%d" % len(body) + _END
        sent = self.elapsed()
        status, wait = 0, None
        try:
            connection = await self._connection()
            status, wait = await connection.ask(head, body)
        except (OSError, TimeoutError) as error:
            print(f"query {turn}: {error!r}", file=sys.stderr)
        else:
            self._idle.append(connection)
        late = 0.0 if due is None else sent - due
        self.answers.append((sent, late, self.elapsed() - sent, status, wait))

    async def _connection(self) -> Connection:
        while self._idle:
            found = self._idle.pop()
            if not found.closed:
                return found
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Connection, *self._place))[1]

    async def close(self) -> None:
        """Close the connections."""
        for connection in self._idle:
            connection.transport.close()
        await asyncio.sleep(0)  # until they are
