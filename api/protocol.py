"""HTTP/1.1 over one connection, with the limits that uvicorn leaves out.

uvicorn waits for the headers of a request as long as the client likes, and takes any number of
connections; here both are bounded. What is not HTTP is answered by problem details, too. Queries
that are refused anyway are answered before they are parsed (`api.quick_refusals`).
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.plain_head import read_plain_head
from api.problems import RETRY_SECONDS, problem
from api.quick_refusals import QuickRefusals


class BoundedProtocol(H11Protocol):
    """One connection; `bounded` makes a class with the limits of a service."""

    header_seconds = 10.0
    max_connections = 1_000
    refusals: QuickRefusals | None = None
    _header_timer: asyncio.TimerHandle | None = None
    # Bytes of the body of a refused query that are still to come; nobody looks at them.
    _unread = 0

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
        if self.refusals is not None and (self._unread or self.refusals.wanted):
            data = self._refuse_quickly(self.refusals, data)
            if not data:
                return
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_timer()
        else:
            self._await_request()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP."""
        self._refuse(400, msg)

    def _refuse_quickly(self, refusals: QuickRefusals, data: bytes) -> bytes:
        """Answer the refused queries that `data` begins with; return what is to be parsed."""
        self._unset_keepalive_if_required()
        while data:
            if self._unread:
                before = len(data)
                data = data[self._unread :]
                self._unread -= before - len(data)
                if not self._unread:
                    self._stop_timer()
                continue
            head = read_plain_head(data) if self._is_between_requests() else None
            answer = head and refusals.answer(head, self.server_state.default_headers)
            if not head or not answer:
                return data
            self._stop_timer()
            self.transport.write(answer)
            self.server_state.total_requests += 1
            data, self._unread = data[head.size :], head.length
        if self._unread:
            self._await_request()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        return data

    def _is_between_requests(self) -> bool:
        """Whether all before is answered, and the client reads its answers."""
        return (
            self.conn.our_state is h11.IDLE
            and self.conn.their_state is h11.IDLE
            and not self.conn.trailing_data[0]
            and not self.flow.write_paused
            and (self.cycle is None or self.cycle.response_complete)
        )

    def _await_request(self) -> None:
        if self._header_timer is None:
            self._header_timer = self.loop.call_later(self.header_seconds, self._too_slow)

    def _stop_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _too_slow(self) -> None:
        self._header_timer = None
        if self._unread:  # its request has been answered
            self.transport.close()
        elif not self.transport.is_closing():
            said = f"the headers did not arrive within {self.header_seconds:g} seconds"
            self._refuse(408, said)

    def _refuse(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        self._stop_timer()
        answer = problem(status, detail, headers={**(headers or {}), "Connection": "close"})
        lines = [f"HTTP/1.1 {status} {detail}".encode()]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        self.transport.close()


def bounded(
    header_seconds: float, max_connections: int, refusals: QuickRefusals | None = None
) -> type[BoundedProtocol]:
    """Make the protocol of a service with these limits."""
    limits: dict[str, Any] = {
        "header_seconds": header_seconds,
        "max_connections": max_connections,
        "refusals": refusals,
    }
    return type("ServiceProtocol", (BoundedProtocol,), limits)
