"""`er-engine serve`: answer resolve requests over HTTP."""

from __future__ import annotations

import argparse
import errno
import socket
from pathlib import Path

from er_engine.errors import ServiceError

DEFAULT_PORT = 8000
LAST_PORT = 65_535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine serve`."""
    parser.add_argument(
        "directories",
        metavar="DIR",
        type=Path,
        nargs="+",
        help="folders of built indexes, served under their names; the first is the default",
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="default: %(default)s; 0 takes any free port and prints it",
    )
    parser.add_argument("--model", metavar="M", help="model folder (default: the packaged one)")


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted; return 0."""
    import uvicorn

    from api.app import create_app
    from api.catalogs import Catalogs, catalog_names, folder_loader

    names = catalog_names(args.directories)
    listening = listen(args.host, args.port)
    catalogs = Catalogs(
        folder_loader(args.directories, args.model), on_failure=lambda: _stop(server)
    )
    server = uvicorn.Server(
        uvicorn.Config(create_app(catalogs), log_level="warning", access_log=False)
    )
    print(
        f"serving {', '.join(names)} at {url_of(listening)} (API: /docs; Ctrl-C stops)", flush=True
    )
    server.run(sockets=[listening])
    if catalogs.error is not None:
        raise catalogs.error
    return 0


def listen(host: str, port: int) -> socket.socket:
    """Take the port at once, so that one in use is reported before anything is loaded.

    Raises:
        ServiceError: the port is in use or not allowed, or the host has no such address.
    """
    if not 0 <= port <= LAST_PORT:  # the system would silently take another one
        raise ServiceError(f"can't listen on {host}:{port}: a port is 0 to {LAST_PORT}")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServiceError(f"can't listen on {host}:{port}: {error}") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        # Connections that come while the model loads wait or get 503; they aren't refused.
        listening.listen()
    except OSError as error:
        listening.close()
        in_use = error.errno == errno.EADDRINUSE
        reason = "the port is in use; choose another with --port" if in_use else str(error)
        raise ServiceError(f"can't listen on {host}:{port}: {reason}") from error
    return listening


def url_of(listening: socket.socket) -> str:
    """The address to type into a client."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _stop(server: object) -> None:
    server.should_exit = True  # type: ignore[attr-defined]
