"""`er-engine wyoming` in a process of its own, and the examples of docs/adapters.md."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.wyoming.intents import read_intents
from tests.e2e.failing import WRONG_USAGE, Command
from tests.unit.api.wyoming.protocol import AsyncTcpClient, Event, Intent, Transcript

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "adapters.md").read_text(encoding="utf-8")
STOP_SECONDS = 30


@contextmanager
def wyoming(*arguments: str) -> Iterator[int]:
    """The port of a server that runs until the block ends, and then ends in peace."""
    process = subprocess.Popen(
        [sys.executable, "-m", "er_engine.cli", "wyoming", *arguments, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"tcp://127\.0\.0\.1:(\d+)", line)
        assert found, line + process.stdout.read()
        yield int(found[1])
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    finally:
        process.kill()
        process.communicate()


def said(port: int, text: str) -> Event:
    """What a transcript is answered with."""

    async def talk() -> Event | None:
        async with AsyncTcpClient("127.0.0.1", port) as client:
            await client.write_event(Transcript(text).event())
            return await client.read_event()

    answer = asyncio.run(talk())
    assert answer is not None
    return answer


def intents_of_page(folder: Path) -> Path:
    """The file of the page."""
    (block,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    path = folder / "intents.toml"
    path.write_text(block, encoding="utf-8")
    return path


def test_intents_of_the_page_are_right(tmp_path: Path) -> None:
    """The example can be read, and has the answers that are the defaults."""
    intents = read_intents(intents_of_page(tmp_path))
    assert [rule.name for rule in intents.rules] == ["HassTurnOn", "UnlockDoor", "PlayShow"]
    assert intents.answers == type(intents.answers)()


def test_server_answers_until_it_is_stopped(index: Path) -> None:
    """A transcript becomes an intent with the entity's id; SIGTERM ends the server with 0."""
    with wyoming(str(index), "--model", "dummy") as port:
        answer = said(port, "Chip and Potato")
    intent = Intent.from_event(answer)
    assert {entity.name: entity.value for entity in intent.entities}["id"] == "e1"


def test_unknown_type_is_told(index: Path, tmp_path: Path, command: Command) -> None:
    """An intent whose type no entity has is refused at the start."""
    arguments = ("wyoming", str(index), "--model", "dummy", "--port", "0")
    outcome = command(*arguments, "--intents", intents_of_page(tmp_path))
    outcome.fails_saying("no entity", "type 'light'")


def test_off_loopback_needs_allowed_networks(index: Path, command: Command) -> None:
    """Where others could connect, they have to be named."""
    arguments = ("wyoming", str(index), "--model", "dummy", "--port", "0")
    command(*arguments, "--host", "0.0.0.0").fails_saying("--allow")


def test_port_in_use_is_told(index: Path, command: Command) -> None:
    """A port that is taken is reported before anything is loaded."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command("wyoming", index, "--port", port).fails_saying("in use")


@pytest.mark.parametrize(
    "arguments",
    [(), ("DIR", "--service", "http://x"), ("DIR", "--catalog", "c"), ("DIR", "--allow", "me")],
)
def test_wrong_usage_is_told(arguments: tuple[str, ...], command: Command) -> None:
    """What contradicts itself is wrong usage."""
    command("wyoming", *arguments).fails_saying("usage:", code=WRONG_USAGE)
