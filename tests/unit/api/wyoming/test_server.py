"""The server on a real socket, with the protocol's own client and with odd ones."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import pytest

from api.wyoming.events import MAX_LINE_BYTES, Event, read_event
from api.wyoming.info import info_event
from api.wyoming.intents import default_intents
from api.wyoming.recogniser import Recogniser
from api.wyoming.server import ServerLimits, WyomingServer
from er_engine.errors import StorageError
from tests.unit.api.standin import TITLES, DummyResolver
from tests.unit.api.wyoming.protocol import (
    AsyncTcpClient,
    Describe,
    Error,
    Info,
    Intent,
    NotRecognized,
    Ping,
    Pong,
    Recognize,
    Transcript,
)
from tests.unit.api.wyoming.protocol import Event as ClientEvent

T = TypeVar("T")
INFO = info_event("titles", ["en"], "1.2.3")


def answer(transcript: str) -> Event:
    """What the titles of the stand-in service make of it; "locked" and "quoted" fail."""
    if transcript == "quoted":
        raise RuntimeError(f"secret {transcript}")
    if transcript == "locked":
        raise StorageError("secret path")
    return Recogniser(DummyResolver(TITLES), default_intents()).answer(transcript)


@asynccontextmanager
async def serving(
    answer: Callable[[str], Event] = answer, **limits: Any
) -> AsyncIterator[tuple[int, asyncio.Event]]:
    """Serve until the block ends; the port, and what stops it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = asyncio.Event()
        server = WyomingServer(answer, INFO, limits=ServerLimits(**limits))
        task = asyncio.ensure_future(server.serve(listening, stop))
        try:
            yield listening.getsockname()[1], stop
        finally:
            stop.set()
            await asyncio.wait_for(task, 20)


def served(talk: Callable[[int], Awaitable[T]], **more: Any) -> T:
    """What a client hears of a server."""

    async def run() -> T:
        async with serving(**more) as (port, _):
            return await asyncio.wait_for(talk(port), 20)

    return asyncio.run(run())


def asked(*events: ClientEvent) -> list[ClientEvent]:
    """What the protocol's own client hears when it sends these, one after another."""

    async def talk(port: int) -> list[ClientEvent]:
        heard = []
        async with AsyncTcpClient("127.0.0.1", port) as client:
            for event in events:
                await client.write_event(event)
                answer = await client.read_event()
                assert answer is not None
                heard.append(answer)
        return heard

    return served(talk)


async def say(port: int, sent: bytes, *, end: bool = True) -> list[Event]:
    """Send bytes; all events that come until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with suppress(OSError):
            writer.write(sent)
            if end:
                writer.write_eof()
        found = []
        while (event := await read_event(reader)) is not None:
            found.append(event)
        return found
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def test_describe_is_answered() -> None:
    """The protocol's own client reads an installed intent recogniser with one model."""
    (event,) = asked(Describe().event())
    info = Info.from_event(event)
    (program,) = info.intent
    (model,) = program.models
    assert program.installed
    assert model.installed
    assert (model.name, model.languages, program.version) == ("titles", ["en"], "1.2.3")
    assert [*info.asr, *info.tts, *info.handle, *info.wake] == []


def test_transcripts_become_intents() -> None:
    """Both ways to ask give the intent with its slots, on one connection."""
    sent = Transcript("chip and potato", language="en", context={"conversation_id": "1"})
    for event in asked(sent.event(), Recognize("Chip and Potato").event()):
        intent = Intent.from_event(event)
        assert intent.name == "ErEngineMatch"
        values = {entity.name: entity.value for entity in intent.entities}
        assert values == {"name": "Chip and Potato", "id": "tv1", "type": "tv"}


def test_what_is_no_name_is_not_recognised() -> None:
    """What can't be resolved is answered with words to say, and the connection goes on."""
    first, second = asked(Transcript("refuse").event(), Ping("x").event())
    assert NotRecognized.from_event(first).text == "Sorry, I don't know refuse"
    assert Pong.from_event(second).text == "x"


@pytest.mark.parametrize(
    ("text", "code"), [("quoted", "internal"), ("locked", "unavailable"), ("x" * 1_001, "refused")]
)
def test_failure_is_an_error_without_details(
    text: str, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An error inside is told without what went wrong, and the connection goes on."""
    first, second = asked(Transcript(text).event(), Transcript("breaking away").event())
    error = Error.from_event(first)
    assert error.code == code
    assert "secret" not in error.text
    assert text not in caplog.text
    assert Intent.is_type(second.type)


def test_other_events_are_dropped() -> None:
    """Audio and unknown events get no answer and do no harm."""

    async def talk(port: int) -> list[Event]:
        audio = b'{"type": "audio-chunk", "payload_length": 4}\nabcd'
        return await say(port, audio + b'{"type": "select-program"}\n{"type": "ping"}\n')

    assert served(talk) == [Event("pong")]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "malformed"),
        (b'{"type": "transcript", "data_length": 1000000000}\n', "too-large"),
        (b"x" * 3 * MAX_LINE_BYTES, "too-large"),
    ],
)
def test_what_is_no_event_ends_the_connection(sent: bytes, code: str) -> None:
    """Malformed and oversized events are answered with an error, and then the end, at once."""
    (event,) = served(lambda port: say(port, sent, end=False))
    assert event.type == "error"
    assert event.data["code"] == code


@pytest.mark.parametrize("text", [b"null", b"3", b'["a"]'])
def test_text_must_be_one(text: bytes) -> None:
    """A transcript whose text is none is told so; the connection goes on."""
    sent = b'{"type": "transcript", "data": {"text": %s}}\n{"type": "ping"}\n' % text
    events = served(lambda port: say(port, sent))
    assert [event.type for event in events] == ["error", "pong"]


def test_silent_connections_are_closed() -> None:
    """Who sends nothing, or half of an event, is left after the time for it."""

    async def talk(port: int) -> list[Event]:
        half = say(port, b'{"type": "transcript", "data_length": 9}\n', end=False)
        both = await asyncio.gather(say(port, b"", end=False), half)
        return [event for events in both for event in events]

    assert served(talk, idle_seconds=0.05) == []


def test_too_many_connections_are_refused() -> None:
    """Beyond the limit a connection is told so; it is free again when one has ended."""

    async def talk(port: int) -> tuple[list[Event], list[Event]]:
        async with AsyncTcpClient("127.0.0.1", port) as client:
            await client.write_event(Ping().event())
            await client.read_event()
            refused = await say(port, b'{"type": "ping"}\n')
        while True:
            heard = await say(port, b'{"type": "ping"}\n')
            if heard[0].type != "error":
                return refused, heard

    refused, heard = served(talk, connections=1)
    assert [event.data["code"] for event in refused] == ["busy"]
    assert heard == [Event("pong")]


def test_stopping_ends_idle_connections_and_finishes_answers() -> None:
    """On stopping, who is waiting for an answer gets it; the others are closed."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(transcript: str) -> Event:
        begun.set()
        go_on.wait(20)
        return answer(transcript)

    async def run() -> tuple[ClientEvent | None, ClientEvent | None]:
        async with (
            serving(slow) as (port, stop),
            AsyncTcpClient("127.0.0.1", port) as idle,
            AsyncTcpClient("127.0.0.1", port) as busy,
        ):
            await idle.write_event(Ping().event())
            await idle.read_event()
            await busy.write_event(Transcript("breaking away").event())
            await asyncio.to_thread(begun.wait, 20)
            stop.set()
            closed = await asyncio.wait_for(idle.read_event(), 20)
            go_on.set()
            return closed, await asyncio.wait_for(busy.read_event(), 20)

    closed, finished = asyncio.run(run())
    assert closed is None
    assert finished is not None
    assert Intent.is_type(finished.type)


class Peer:
    """A connection from an address; takes what is written."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.sent = b""

    def get_extra_info(self, _name: str) -> tuple[str, int]:
        """See `StreamWriter.get_extra_info`."""
        return (self._address, 4711)

    def write(self, data: bytes) -> None:
        """See `StreamWriter.write`."""
        self.sent += data

    async def drain(self) -> None:
        """See `StreamWriter.drain`."""

    def close(self) -> None:
        """See `StreamWriter.close`."""

    async def wait_closed(self) -> None:
        """See `StreamWriter.wait_closed`."""


@pytest.mark.parametrize(
    ("address", "welcome"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.168.1.7", True),
        ("::ffff:192.168.1.7", True),
        ("fe80::1%eth0", True),
        ("192.168.2.7", False),
        ("8.8.8.8", False),
        ("2001:db8::1", False),
    ],
)
def test_only_named_networks_may_connect(address: str, welcome: bool) -> None:
    """Who is neither this machine nor in an allowed network hears nothing."""
    allowed = [ipaddress.ip_network("192.168.1.0/24"), ipaddress.ip_network("fe80::/10")]

    async def run() -> bytes:
        server = WyomingServer(answer, INFO, allowed)
        reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        reader.feed_data(b'{"type": "ping"}\n')
        reader.feed_eof()
        peer = Peer(address)
        await asyncio.ensure_future(server.connected(reader, peer))  # type: ignore[arg-type]
        return peer.sent

    assert bool(asyncio.run(run())) is welcome
