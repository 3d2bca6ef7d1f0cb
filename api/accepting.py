"""Takes connections from a socket that several processes share, each when it is its turn."""

from __future__ import annotations

import asyncio
import logging
import select
import socket
from collections.abc import Callable, Set
from functools import partial

from api.turns import Turns

_log = logging.getLogger(__name__)
LOOK_SECONDS = 0.005
# So often somebody else may come first; then whoever has time takes it.
PATIENCE = 10
# A process that still loads could only say so.
PATIENCE_LOADING = 200
_AT_ONCE = 64
# Connections that may wait to be taken, as uvicorn has it.
BACKLOG = 2_048
# When the system has no more files to give.
_PAUSE_SECONDS = 1.0


class Acceptor:
    """Waits at the socket, in the running event loop."""

    def __init__(
        self,
        listening: socket.socket,
        turns: Turns,
        protocol: Callable[[], asyncio.Protocol],
        connections: Set[object],
    ) -> None:
        """Take what makes the protocol of a connection, and the connections that there are."""
        self._listening = listening
        self._turns = turns
        self._protocol = protocol
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        # Tasks by the connection that they begin.
        self._coming: dict[asyncio.Protocol, asyncio.Task[object]] = {}
        self._deferred = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin."""
        self._listening.setblocking(False)
        self._listening.listen(BACKLOG)
        self._turns.tell(self._count())
        self._loop.add_reader(self._listening, self._somebody_waits)

    def tell(self) -> None:
        """Let the others know how many connections there are now."""
        self._turns.tell(self._count())

    def stop(self) -> None:
        """Leave what waits to the others."""
        self._loop.remove_reader(self._listening)
        if self._timer is not None:
            self._timer.cancel()
        self._turns.leave()

    def _count(self) -> int:
        return len(self._connections | self._coming.keys())

    def _somebody_waits(self) -> None:
        patience = PATIENCE if self._turns.ready else PATIENCE_LOADING
        if self._deferred < patience and not self._turns.is_ours(self._count()):
            self._deferred += 1
            self._pause(LOOK_SECONDS)
            return
        self._deferred = 0
        for _ in range(_AT_ONCE):
            if not self._take():
                return
            self.tell()
            if not self._turns.is_ours(self._count()):
                return

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listening)
        self._timer = self._loop.call_later(seconds, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self._loop.add_reader(self._listening, self._somebody_waits)
        looking = select.poll()
        looking.register(self._listening, select.POLLIN)
        if not looking.poll(0):  # somebody else came
            self._deferred = 0

    def _take(self) -> bool:
        """Take one connection; False if there is none any more."""
        try:
            connected, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False
        except OSError as error:
            _log.error("no connection can be taken now: %s", error)
            self._pause(_PAUSE_SECONDS)
            return False
        connected.setblocking(False)
        protocol = self._protocol()
        taking = self._loop.connect_accepted_socket(lambda: protocol, connected)
        self._coming[protocol] = self._loop.create_task(taking)
        self._coming[protocol].add_done_callback(partial(self._done, protocol))
        return True

    def _done(self, protocol: asyncio.Protocol, task: asyncio.Future[object]) -> None:
        del self._coming[protocol]
        if not task.cancelled() and task.exception() is not None:
            _log.warning("a connection was lost at once: %s", task.exception())
