"""Connections shared out among processes: by the board, and by those who look at it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.accepting import Acceptor
from api.commands import listen
from api.turns import AWAY, Board, Turns


class Counting(asyncio.Protocol):
    """One connection of a process that keeps them."""

    def __init__(self, connections: set[object]) -> None:
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        self.transport = transport
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no more."""
        self._connections.discard(self)


class Process:
    """What stands for one worker: an acceptor and its connections."""

    def __init__(self, listening: socket.socket, turns: Turns) -> None:
        self.connections: set[object] = set()
        self.listening = listening.dup()  # as a process has it
        self.acceptor = Acceptor(
            self.listening, turns, lambda: Counting(self.connections), self.connections
        )
        self.acceptor.start()

    def stop(self) -> None:
        """End all."""
        self.acceptor.stop()
        self.listening.close()
        for each in list(self.connections):
            assert isinstance(each, Counting)
            each.transport.close()


def among(
    tmp_path: Path,
    clients: int,
    ready: tuple[bool, ...] = (True, True),
    absent: Callable[[Board], None] = lambda board: None,
) -> list[int]:
    """How many connections each of some processes has when so many clients have come."""

    async def run() -> list[int]:
        with ExitStack() as stack:
            listening = stack.enter_context(listen("127.0.0.1", 0))
            board = Board(tmp_path / "board", len(ready) + 1)
            absent(board)
            processes = [
                Process(listening, Turns(board, number, lambda each=each: each))  # type: ignore[misc]
                for number, each in enumerate(ready)
            ]
            for _ in range(clients):
                client = stack.enter_context(socket.socket())
                client.setblocking(False)
                loop = asyncio.get_running_loop()
                await loop.sock_connect(client, listening.getsockname())
            await eventually(lambda: sum(len(each.connections) for each in processes) == clients)
            found = [len(each.connections) for each in processes]
            for each in processes:
                each.stop()
            await asyncio.sleep(0.01)
            return found

    return asyncio.run(run())


async def eventually(check: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 30
    while not check():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(("clients", "difference"), [(2, 0), (16, 2), (41, 6), (300, 40)])
def test_connections_are_shared_out(tmp_path: Path, clients: int, difference: int) -> None:
    """A handful of connections is shared evenly, many nearly so."""
    first, second = among(tmp_path, clients)
    assert abs(first - second) <= difference


def test_who_is_alone_takes_all(tmp_path: Path) -> None:
    """Processes that never came, or that died, are waited for no more."""
    assert among(tmp_path, 16, ready=(True,)) == [16]


def test_hanging_process_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    """Where one that is there does not take its connections, the others do."""
    assert among(tmp_path, 4, ready=(True,), absent=lambda board: board.put(1, 0)) == [4]


def test_connections_go_to_who_can_answer(tmp_path: Path) -> None:
    """A process that is still loading gets none while another one is ready, else all."""
    assert among(tmp_path, 9, ready=(False, True)) == [0, 9]
    (tmp_path / "board").unlink()
    assert among(tmp_path, 9, ready=(False,)) == [9]


def test_many_connections_are_taken_when_there_are_no_more_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure of the system to give one more is passed over."""
    monkeypatch.setattr("api.accepting._PAUSE_SECONDS", 0.02)
    accept = socket.socket.accept
    failures = iter([OSError(24, "Too many open files")] * 2)

    def failing(self: socket.socket) -> Awaitable[object]:
        for failure in failures:
            raise failure
        return accept(self)  # type: ignore[return-value]

    monkeypatch.setattr(socket.socket, "accept", failing)
    assert among(tmp_path, 3, ready=(True,)) == [3]


@given(st.lists(st.one_of(st.just(AWAY), st.integers(0, 500)), min_size=1, max_size=5))
def test_somebody_always_takes_the_next(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int]
) -> None:
    """Among those that are there it is the turn of one with fewest, and of nobody far ahead."""
    board = Board(tmp_path_factory.mktemp("board") / "board", len(counts))
    there = [number for number, count in enumerate(counts) if count != AWAY]
    for number, count in enumerate(counts):
        board.put(number, count)
    theirs = {number: Turns(board, number).is_ours(counts[number]) for number in there}
    least = min((counts[number] for number in there), default=0)
    assert all(theirs[number] for number in there if counts[number] == least)
    assert not any(theirs[number] for number in there if counts[number] > least * 1.5 + 1)
