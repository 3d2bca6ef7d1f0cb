"""A TCP server that speaks Wyoming: a few connections, a few bytes, a few seconds each."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import traceback
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from api.wyoming.events import MAX_LINE_BYTES, Event, WyomingError, encoded, read_event
from er_engine.errors import ErEngineError, QueryError

_log = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Answer = Callable[[str], Event]
T = TypeVar("T")
PART_SECONDS = 0.5
PART_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What one stranger, and all of them together, may take.

    Attributes:
        connections: at the same time; the next ones are told so and closed.
        idle_seconds: for the next event to begin and be whole, and for an answer to be read.
    """

    connections: int = 32
    idle_seconds: float = 60.0


class WyomingServer:
    """Answers `describe`, `transcript`, `recognize` and `ping`; drops other events, as is expected.

    One transcript is worked on at a time, in a thread; each connection has one at most, so that
    what waits is bounded by the connections.
    """

    def __init__(
        self,
        answer: Answer,
        info: Event,
        allowed: Sequence[Network] = (),
        limits: ServerLimits = ServerLimits(),
    ) -> None:
        """Make a server.

        Args:
            answer: what a transcript is answered with; it may block.
            info: the answer to `describe`.
            allowed: who may connect beside this machine itself.
            limits: what may be taken.
        """
        self._answer = answer
        self._info = info
        self._allowed = tuple(allowed)
        self._limits = limits
        self._talks: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self._parting = 0
        self._stopping = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wyoming")

    async def serve(self, listening: socket.socket, stop: asyncio.Event) -> None:
        """Serve until `stop` is set; what is being answered then is answered."""
        server = await asyncio.start_server(self.connected, sock=listening, limit=MAX_LINE_BYTES)
        try:
            await stop.wait()
        finally:
            server.close()
            self._stopping = True
            for talk in self._talks - self._answering:
                talk.cancel()
            await asyncio.gather(*self._talks, return_exceptions=True)
            self._thread.shutdown()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk on one connection until it ends."""
        talk = asyncio.current_task()
        assert talk is not None
        try:
            if not self._may_connect(writer):
                return
            if len(self._talks) >= self._limits.connections:
                busy = _error("too many connections; try again later", "busy")
                await self._part(reader, writer, busy)
                return
            self._talks.add(talk)
            await self._talk(reader, writer, talk)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # they went away, were silent for too long, or we are stopping
        finally:
            self._talks.discard(talk)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _talk(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        talk: asyncio.Task[None],
    ) -> None:
        while not self._stopping:
            try:
                event = await self._within(read_event(reader))
            except WyomingError as error:
                await self._part(reader, writer, _error(str(error), error.code))
                return
            if event is None:
                return
            self._answering.add(talk)
            try:
                answer = await self._answer_to(event)
                if answer is not None:
                    await self._send(writer, answer)
            finally:
                self._answering.discard(talk)

    async def _answer_to(self, event: Event) -> Event | None:
        if event.type == "describe":
            return self._info
        if event.type == "ping":
            return Event("pong", _text_of(event))
        if event.type not in ("transcript", "recognize"):
            return None
        text = event.data.get("text")
        if not isinstance(text, str):
            return _error(f"{event.type!r} needs a 'text'", "malformed")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._recognise, text)

    def _recognise(self, text: str) -> Event:
        try:
            return self._answer(text)
        except QueryError as error:
            return _error(str(error), "refused")
        except ErEngineError as error:
            _log.warning("a transcript could not be answered: %s", error)
            return _error("the catalog can't answer now; try again later", "unavailable")
        except Exception as error:
            # What was said is neither for strangers nor for the log, and messages may quote it.
            lines = "".join(traceback.format_tb(error.__traceback__))
            _log.error("a transcript could not be answered: %s\n%s", type(error).__name__, lines)
            return _error("an error inside er-engine; its log has more", "internal")

    async def _send(self, writer: asyncio.StreamWriter, event: Event) -> None:
        writer.write(encoded(event))
        await self._within(writer.drain())

    async def _part(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, last: Event
    ) -> None:
        """Say a last word, and take what is still coming for a moment.

        A connection that is closed with something unread is reset, and the last word may be lost.
        """
        await self._send(writer, last)
        if self._parting >= self._limits.connections:
            return
        self._parting += 1
        try:
            writer.write_eof()
            async with asyncio.timeout(min(PART_SECONDS, self._limits.idle_seconds)):
                left = PART_BYTES
                while left > 0 and (some := await reader.read(left)):
                    left -= len(some)
        finally:
            self._parting -= 1

    async def _within(self, work: Awaitable[T]) -> T:
        async with asyncio.timeout(self._limits.idle_seconds):
            return await work

    def _may_connect(self, writer: asyncio.StreamWriter) -> bool:
        peer = writer.get_extra_info("peername")
        if not peer:
            return False
        address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return address.is_loopback or any(address in network for network in self._allowed)


def _text_of(event: Event) -> dict[str, str]:
    text = event.data.get("text")
    return {"text": text} if isinstance(text, str) else {}


def _error(text: str, code: str) -> Event:
    return Event("error", {"text": text, "code": code})
