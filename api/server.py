"""Runs an app with uvicorn: bounded, quiet, and stopping only when running requests are done."""

from __future__ import annotations

import ipaddress
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from api.protocol import bounded
from api.quick_refusals import QuickRefusals
from api.settings import Settings
from er_engine.errors import ServiceError

_MAX_HEADER_BYTES = 32_768


class Server(uvicorn.Server):
    """uvicorn, returning after a signal instead of raising it again, so that all is closed."""

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


def make_server(app: FastAPI, settings: Settings) -> Server:
    """Make the server of an app."""
    return Server(
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
