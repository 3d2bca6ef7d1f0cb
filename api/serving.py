"""Serving one app in this process, from the log to the last answer."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.middleware import Middleware

from api.buckets import SharedBuckets
from api.catalogs import Catalogs
from api.forwarding import Forward
from api.logs import LogSetup
from api.server import Server, make_server
from api.settings import Settings
from api.turns import Board, Turns

if TYPE_CHECKING:
    from api.live_catalogs import Models


class Control:
    """What the loading of catalogs knows of the server that will serve them."""

    server: Server | None = None

    def stop(self) -> None:
        """Let the service end: there is nothing to serve."""
        if self.server is not None:
            self.server.should_exit = True

    def stopping(self) -> bool:
        """Whether the service is ending."""
        return self.server is not None and self.server.should_exit


@dataclass(frozen=True, slots=True)
class Shared:
    """What processes that answer at one socket know of each other.

    Attributes:
        rates: a file of how much each key may ask.
        board: how many connections each of them has.
        number: of this one.
    """

    rates: Path
    board: Board
    number: int


Make = Callable[[Control], "tuple[Catalogs, Models]"]


def serve_app(
    make: Make,
    settings: Settings,
    listening: socket.socket,
    forward_to: Path | None = None,
    shared: Shared | None = None,
) -> None:
    """Serve until a signal comes.

    Args:
        make: makes the catalogs.
        settings: of this process.
        listening: where to answer.
        forward_to: the writer's socket; None if this process writes by itself.
        shared: what it shares with other processes that listen there; None if it is alone.

    Raises:
        ErEngineError: what loading the catalogs failed with, or settings that can't be used.
    """
    from api.app import create_app

    log = LogSetup(settings.log_level, settings.log_format, settings.log_texts)
    try:
        control = Control()
        catalogs, models = make(control)
        app = create_app(catalogs, settings, models)
        turns = None
        if shared is not None:
            app.state.limiter.share(SharedBuckets(shared.rates))
            turns = Turns(shared.board, shared.number, lambda: catalogs.ready)
        if forward_to is not None:
            # The innermost: keys, rates and limits come first.
            forward = Middleware(Forward, writer=forward_to, catalogs=catalogs)
            app.user_middleware.append(forward)
        control.server = make_server(app, settings, turns)
        control.server.run(sockets=[listening])
        if catalogs.error is not None:
            raise catalogs.error
    finally:
        log.close()
