"""Something that refuses every request at once: `python -m benchmarks.service_stub` prints its URL.

Asking it costs the clients what asking an overloaded service costs them, and the service nothing.
"""

from __future__ import annotations

import asyncio

_ANSWER = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n"
    b"retry-after: 1\r\ncontent-length: 2\r\n\r\n{}"
)
_BACKLOG = 1_000


class Refusing(asyncio.Protocol):
    """One connection; knows no more of HTTP than where a body of JSON ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._seen = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request whose body is there."""
        self._seen += data
        head, separator, body = self._seen.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if len(body) >= length:
            self._seen = body[length:]
            self._transport.write(_ANSWER)


async def main() -> None:
    """Refuse until killed."""
    server = await asyncio.get_running_loop().create_server(
        Refusing, "127.0.0.1", 0, backlog=_BACKLOG
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
