"""The measurements of the service: what they send, how they count, where they write."""

from __future__ import annotations

import asyncio
import json
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.service_client import Job, changes, run
from benchmarks.service_light import Answer
from benchmarks.service_report import Tally, between, put_section

ENTITIES = [{"id": f"e{n}", "name": f"Alpha Bravo {n}", "aliases": []} for n in range(20)]


def test_a_section_replaces_itself_and_no_other(tmp_path: Path) -> None:
    """Written twice, a section is there once, in its place, and what others wrote is untouched."""
    file = tmp_path / "service.md"
    put_section(file, "## Load", ["old"])
    crash_test = "## Crash test\n\n| what | times |\n| --- | ---: |\n| kill | 320 |\n"
    file.write_text(file.read_text() + "\n" + crash_test)
    put_section(file, "## Soak", ["flat"])
    put_section(file, "## Load", ["new \\1"])
    text = file.read_text()
    assert crash_test in text
    assert "old" not in text
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert heads == ["# The service, measured", "## Load", "## Crash test", "## Soak"]
    assert text.count("new \\1") == 1


def test_refusals_are_no_errors_and_no_answers() -> None:
    """Answers, refusals and failures are told apart by status, each with its time."""
    answers = [
        (0.0, 0.0, 0.1, 200, None),
        (0.0, 0.0, 0.2, 503, "2"),
        (0.0, 0.0, 0.3, 429, None),
        (0.0, 0.0, 0.4, 0, None),
        (0.0, 0.0, 0.5, 500, None),
        (9.0, 0.0, 2.0, 204, None),
    ]
    tally = Tally.of(answers)
    assert tally.answered == [0.1, 2.0]
    assert tally.refused == [0.2, 0.3]
    assert tally.retry_after == ["2", None]
    assert tally.errors == 2
    assert between(answers, 0.0, 10.0) == answers[:5]


@pytest.mark.parametrize("kind", ["closed", "open"])
def test_each_query_is_answered_by_its_answer(kind: str) -> None:
    """Statuses and times to wait are those of the service, also of answers in several packets."""
    served: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        for turn in range(1_000):
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            assert json.loads(await reader.readexactly(length)) == {"n": 1}
            assert b"\r\nX-Key: k\r\n" in head
            if turn % 2:
                writer.write(b"HTTP/1.1 503 No\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n")
            else:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-len")
                await asyncio.sleep(0.001)
                writer.write(b"gth: 4\r\n\r\nab")
                await asyncio.sleep(0.001)
                writer.write(b"cd")
        writer.close()

    async def ask() -> list[Answer]:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            address = f"http://127.0.0.1:{port}"
            job = Job(kind, address, "/v1/resolve", [{"n": 1}], 0.2, 2, 100.0, {"X-Key": "k"})
            found = await run(job)
            await asyncio.gather(*filter(None, served))
        return found

    answers = asyncio.run(ask())
    assert {(status, wait) for *_, status, wait in answers} == {(200, None), (503, "2")}
    assert len(answers) >= 20


def test_connection_that_fails_is_an_error() -> None:
    """What is closed without an answer has the status 0."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def ask() -> list[Answer]:
        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
            address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            return await run(Job("open", address, "/v1/resolve", [{}], 0.1, 1, 50.0))

    assert {status for *_, status, _ in asyncio.run(ask())} == {0}


def test_changes_keep_the_size_of_the_catalog() -> None:
    """Only what the writer put is deleted, once, and new entities do not pile up."""
    job = Job("updates", "", "/entities", ENTITIES, 1.0)
    there: set[str] = set()
    most = 0
    for method, path, body in islice(changes(job), 5_000):
        new = path.startswith("/entities/soak-")
        if method == "DELETE":
            there.remove(path)
        elif new:
            assert path not in there
            there.add(path)
        assert (body is None) == (method == "DELETE")
        most = max(most, len(there))
    assert most < 600
