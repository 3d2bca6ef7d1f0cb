"""HTTP/1.1 over one connection, with the limits that uvicorn leaves out.

uvicorn waits for the headers of a request as long as the client likes, and takes any number of
connections; here both are bounded. What is not HTTP is answered by problem details, too.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from api.problems import RETRY_SECONDS, problem


class BoundedProtocol(H11Protocol):
    """One connection; `bounded` makes a class with the limits of a service."""

    header_seconds = 10.0
    max_connections = 1_000
    _header_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or refuse it at once when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            self._refuse(503, "too many connections", {"Retry-After": str(RETRY_SECONDS)})
        else:
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; begin to wait when a request has begun, and end when its headers are there."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_timer()
        else:
            self._await_request()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP."""
        self._refuse(400, msg)

    def _await_request(self) -> None:
        if self._header_timer is None:
            self._header_timer = self.loop.call_later(self.header_seconds, self._too_slow)

    def _stop_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _too_slow(self) -> None:
        self._header_timer = None
        if not self.transport.is_closing():
            said = f"the headers did not arrive within {self.header_seconds:g} seconds"
            self._refuse(408, said)

    def _refuse(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        self._stop_timer()
        answer = problem(status, detail, headers={**(headers or {}), "Connection": "close"})
        lines = [f"HTTP/1.1 {status} {detail}".encode()]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        self.transport.close()


def bounded(header_seconds: float, max_connections: int) -> type[BoundedProtocol]:
    """Make the protocol of a service with these limits."""
    limits: dict[str, Any] = {"header_seconds": header_seconds, "max_connections": max_connections}
    return type("ServiceProtocol", (BoundedProtocol,), limits)
