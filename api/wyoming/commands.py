"""`er-engine wyoming`: answer Home Assistant over the Wyoming protocol."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import os
import signal
import socket
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.catalogs import ResolvesNBest
    from api.wyoming.intents import Intents
    from api.wyoming.server import Network, WyomingServer
    from er_engine.search import CatalogIndex

DEFAULT_PORT = 10_510


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine wyoming`."""
    parser.add_argument(
        "index", metavar="DIR", type=Path, nargs="?", help="folder of a built index"
    )
    parser.add_argument(
        "--service",
        metavar="URL",
        help="ask a running `er-engine serve`, not an index: for catalogs that change; its key is "
        "read from ER_ENGINE_API_KEY",
    )
    parser.add_argument(
        "--catalog", metavar="NAME", help="catalog of the service (default: its first)"
    )
    parser.add_argument(
        "--intents",
        metavar="FILE.toml",
        type=Path,
        help="which sentences mean which intents (default: all that is said is a name)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="port (default: %(default)s)"
    )
    parser.add_argument(
        "--allow",
        metavar="NETWORK",
        type=network,
        action="append",
        default=[],
        help="who may connect from elsewhere: 192.168.1.10, 192.168.1.0/24; may be repeated",
    )
    parser.add_argument("--model", metavar="M", help="model folder (default: the packaged one)")
    parser.set_defaults(wrong_usage=parser.error)


def network(text: str) -> Network:
    """Read an address or a network."""
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error


def run(args: argparse.Namespace) -> int:
    """Serve until a signal comes; return 0."""
    from api.commands import listen
    from api.server import is_loopback
    from api.wyoming.info import info_event
    from api.wyoming.intents import default_intents, read_intents
    from api.wyoming.recogniser import Recogniser
    from api.wyoming.server import WyomingServer
    from er_engine.errors import ServiceError

    if (args.index is None) == (args.service is None):
        args.wrong_usage("name the folder of an index, or a --service (not both)")
    if args.service is None and args.catalog is not None:
        args.wrong_usage("--catalog is one of a --service")
    intents = default_intents() if args.intents is None else read_intents(args.intents)
    with listen(args.host, args.port) as listening:
        if not args.allow and not is_loopback(listening):
            raise ServiceError(
                f"{args.host} can be reached from other machines, and Wyoming knows no keys: name "
                "who may connect with --allow ADDRESS, or listen on 127.0.0.1"
            )
        name, languages, resolver = (
            _of_index(args, intents) if args.service is None else _of_service(args)
        )
        answer = Recogniser(resolver, intents).answer
        info = info_event(name, languages, version("er-engine"))
        host, port = listening.getsockname()[:2]
        print(f"serving {name} at tcp://{host}:{port} (Wyoming; Ctrl-C stops)", flush=True)
        asyncio.run(_until_signal(WyomingServer(answer, info, args.allow), listening))
    return 0


def _of_index(args: argparse.Namespace, intents: Intents) -> tuple[str, list[str], ResolvesNBest]:
    """The name, the languages and the resolver of an index."""
    from er_engine.model import load_model
    from er_engine.resolver import Resolver

    index: CatalogIndex = args.open_index(args.index)
    _check_types(index, intents)
    resolver = Resolver(index, load_model(args.model, index.lang))
    return args.index.resolve().name, [index.lang], resolver


def _of_service(args: argparse.Namespace) -> tuple[str, list[str], ResolvesNBest]:
    """The same of a service; which languages its catalog has, it doesn't say."""
    from api.wyoming.remote import RemoteResolver

    resolver = RemoteResolver(args.service, args.catalog, os.environ.get("ER_ENGINE_API_KEY"))
    return args.catalog or "catalog", [], resolver


def _check_types(index: CatalogIndex, intents: Intents) -> None:
    """Refuse a type that no entity has: its intent would never be recognised."""
    from er_engine.errors import ConfigError

    for name in sorted(intents.types()):
        if not index.entities_of_type(name).any():
            raise ConfigError(f"intents: type {name!r}: no entity of the catalog has this type")


async def _until_signal(server: WyomingServer, listening: socket.socket) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await server.serve(listening, stop)
