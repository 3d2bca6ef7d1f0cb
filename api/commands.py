"""`er-engine serve`: answer resolve requests over HTTP."""

from __future__ import annotations

import argparse
import errno
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from api.flags import add_setting_flags, given_flags
from er_engine.errors import ServiceError

if TYPE_CHECKING:
    from api.settings import Settings

LAST_PORT = 65_535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine serve`."""
    parser.add_argument(
        "directories",
        metavar="DIR",
        type=Path,
        nargs="*",
        help="folders of built indexes, served under their names; the first is the default",
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help="TOML file of settings")
    parser.add_argument(
        "--print-config", action="store_true", help="print the settings and where they come from"
    )
    add_setting_flags(parser)
    parser.set_defaults(wrong_usage=parser.error)


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted; return 0."""
    from api.settings_sources import load_settings

    configured = load_settings(given_flags(args), args.config)
    if args.print_config:
        print(configured.as_toml())
        return 0
    if not configured.settings.directories and configured.settings.data_dir is None:
        args.wrong_usage("name the folder of at least one index to serve, or --data-dir")
    return serve(configured.settings)


def serve(settings: Settings) -> int:
    """Serve until a signal comes; return 0.

    Raises:
        ServiceError: the address, the key file or the audit log can't be used.
        ErEngineError: what the catalogs' loading failed with.
    """
    from api.catalogs import catalog_names
    from api.protection import served_hosts
    from api.server import check_exposure
    from index.manifest import read_manifest

    with listen(settings.host, settings.port) as listening:
        check_exposure(listening, settings.api_keys)
        catalog_names(settings.directories)
        for directory in settings.directories:
            read_manifest(directory)  # before anything is said to be served
        guarded = settings.model_copy(update={"allowed_hosts": served_hosts(settings)})
        print(
            f"serving {_named(settings)} at {url_of(listening)} (API: /docs; Ctrl-C stops)",
            flush=True,
        )
        if settings.workers > 1:
            from api.processes import serve_processes

            serve_processes(guarded, listening)
        else:
            from api.live_catalogs import catalogs_of
            from api.serving import serve_app

            serve_app(lambda control: catalogs_of(guarded, control.stop), guarded, listening)
    return 0


def _named(settings: Settings) -> str:
    names = [directory.resolve().name for directory in settings.directories]
    if settings.data_dir is not None:
        names.append(f"the catalogs of {settings.data_dir}")
    return ", ".join(names)


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
