"""Runs an app with uvicorn: bounded, quiet, and stopping only when running requests are done."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from api.accepting import Acceptor
from api.protocol import bounded
from api.quick_refusals import QuickRefusals
from api.settings import Settings
from api.turns import Turns
from er_engine.errors import ServiceError

_MAX_HEADER_BYTES = 32_768


class Server(uvicorn.Server):
    """uvicorn, returning after a signal instead of raising it again, so that all is closed.

    With `turns` it shares its socket with other processes, and takes connections in turn.
    """

    turns: Turns | None = None
    _acceptor: Acceptor | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        if self.turns is None or not sockets:
            await super().startup(sockets)
            return
        await super().startup([])
        self._acceptor = Acceptor(
            sockets[0], self.turns, self._new_protocol, self.server_state.connections
        )
        self._acceptor.start()

    async def on_tick(self, counter: int) -> bool:
        """What is done ten times a second."""
        if self._acceptor is not None:
            self._acceptor.tell()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and finish what runs."""
        if self._acceptor is not None:
            self._acceptor.stop()
        await super().shutdown(sockets)

    def _new_protocol(self) -> asyncio.Protocol:
        kind: Any = self.config.http_protocol_class
        made: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop gently at the first SIGINT or SIGTERM, at once at the second SIGINT."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def make_server(app: FastAPI, settings: Settings, turns: Turns | None = None) -> Server:
    """Make the server of an app; with `turns` it is one of several at one socket."""
    server = Server(
        uvicorn.Config(
            app,
            http=bounded(settings.header_seconds, settings.max_connections, _refusals(app)),
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_keep_alive=max(round(settings.keep_alive_seconds), 1),
            timeout_graceful_shutdown=max(round(settings.shutdown_seconds), 1),
            h11_max_incomplete_event_size=_MAX_HEADER_BYTES,
        )
    )
    server.turns = turns
    return server


def _refusals(app: FastAPI) -> QuickRefusals | None:
    found = getattr(app.state, "refusals", None)
    return found if isinstance(found, QuickRefusals) else None


def check_exposure(listening: socket.socket, keys: Path | None) -> None:
    """Refuse to be reachable from other machines without API keys.

    Raises:
        ServiceError: the address is not one of loopback, and there is no key file.
    """
    if keys is None and not is_loopback(listening):
        host = listening.getsockname()[0]
        raise ServiceError(
            f"{host} can be reached from other machines, which needs API keys: make one with "
            "'er-engine keys create NAME --file FILE' and serve with --api-keys FILE, or listen on "
            "127.0.0.1"
        )


def is_loopback(listening: socket.socket) -> bool:
    """Whether only this machine can reach the socket."""
    if listening.family == socket.AF_UNIX:
        return True
    address = str(listening.getsockname()[0]).partition("%")[0]
    return ipaddress.ip_address(address).is_loopback
