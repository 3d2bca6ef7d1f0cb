"""Queries that are refused before HTTP is parsed: the same answers, under the same rules."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.limits import WorkQueue
from api.logs import LogSetup
from api.plain_head import read_plain_head
from tests.unit.api.guarded import QUERY, add_key, make_app
from tests.unit.api.test_server import hang_up, running

BODY = json.dumps(QUERY).encode()
HEAD = b"POST /v1/resolve HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


class Crowd(WorkQueue):
    """A queue that is full as long as it is told so."""

    crowded = True

    @property
    def full(self) -> bool:
        """Whether it was told so."""
        return self.crowded


class Talk:
    """One connection to a service whose queue is full."""

    def __init__(
        self, app: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.app = app
        self.queue: Crowd = app.state.work
        self._reader = reader
        self._writer = writer

    async def send(self, *parts: bytes) -> None:
        """Send parts, each in a packet of its own."""
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()
            await asyncio.sleep(0.01)

    async def answer(self) -> tuple[int, dict[bytes, bytes], dict[str, Any]]:
        """Read one answer: status, headers, body."""
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 20)
        first, *lines = head[:-4].split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines)
        body = await self._reader.readexactly(int(headers[b"content-length"]))
        return int(first.split()[1]), headers, json.loads(body)

    async def ended(self) -> bytes:
        """What comes until the service ends the connection."""
        return await asyncio.wait_for(self._reader.read(), 20)


def request(*headers: bytes, body: bytes = BODY, head: bytes = HEAD) -> bytes:
    """A query as clients send it."""
    lines = b"".join(line + b"\r\n" for line in headers)
    return head + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


@asynccontextmanager
async def talking(**settings: Any) -> AsyncIterator[Talk]:
    """A connection to a full service."""
    app = make_app(**settings)
    app.state.work.__class__ = Crowd
    async with running(app, **settings) as (port, _):
        await asyncio.to_thread(app.state.catalogs.wait)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield Talk(app, reader, writer)
        finally:
            await hang_up(writer)


def talk(conversation: Callable[[Talk], Awaitable[None]], **settings: Any) -> None:
    """Have a conversation with a full service."""

    async def run() -> None:
        async with talking(**settings) as found:
            await conversation(found)

    asyncio.run(run())


def test_answer_is_the_one_of_the_long_way() -> None:
    """Status, headers and words are those of a refusal that went through all middlewares."""

    async def compare(one: Talk) -> None:
        await one.send(request(b"X-Request-Id: call-9"))
        quick = await one.answer()
        # Nobody needs to say it, and it is not plain any more.
        await one.send(request(b"X-Request-Id: call-9", b"Connection: Keep-Alive, x"))
        slow = await one.answer()
        assert slow[0] == quick[0] == 503
        assert quick[2] == slow[2] | {"request_id": "call-9"}
        assert set(quick[1]) == set(slow[1])
        for changing in (b"date", b"retry-after"):
            assert quick[1].pop(changing)
            assert slow[1].pop(changing)
        assert quick[1] == slow[1]
        counted = one.app.state.metrics.text().decode()
        refused = 'er_engine_requests_total{method="POST",route="/v1/resolve",status="503"} 2.0'
        assert refused in counted
        assert "er_engine_queue_refused_total 2.0" in counted

    talk(compare)


@pytest.mark.parametrize("cuts", [(), (60,), (20, 100), (len(request()) - 3,)])
def test_body_is_passed_over_wherever_packets_end(cuts: tuple[int, ...]) -> None:
    """After a refusal the connection goes on, and the next query is answered as ever."""
    whole = request()
    ends = [0, *cuts, len(whole)]
    parts = [whole[a:b] for a, b in pairwise(ends)]

    async def refused_then_served(one: Talk) -> None:
        for _ in range(2):
            await one.send(*parts)
            assert (await one.answer())[0] == 503
        one.queue.crowded = False
        await one.send(*parts)
        status, _, found = await one.answer()
        assert (status, found["decision"]) == (200, "match")

    talk(refused_then_served)


def test_what_is_sent_at_once_is_answered_in_order() -> None:
    """Requests in one packet get their answers one after the other, refused or not."""

    async def several(one: Talk) -> None:
        health = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        await one.send(request() + request() + health + request())
        assert [(await one.answer())[0] for _ in range(4)] == [503, 503, 200, 503]

    talk(several)


def test_strangers_are_told_about_keys_only(tmp_path: Path) -> None:
    """Without a key it is 401, and from another page 403, full or not."""
    file = tmp_path / "keys.json"
    key = add_key(file, "read").encode()

    async def ask(one: Talk) -> None:
        await one.send(request())
        assert (await one.answer())[0] == 401
        await one.send(request(b"Authorization: Bearer " + key, b"Origin: http://evil.example"))
        assert (await one.answer())[0] == 403
        await one.send(request(b"Authorization: Bearer " + key))
        assert (await one.answer())[0] == 503

    talk(ask, api_keys=file)


def test_rate_of_a_key_holds_on_the_quick_way(tmp_path: Path) -> None:
    """Each query takes one token whichever way it goes; without one it is 429, and one log line."""
    file = tmp_path / "keys.json"
    asks = request(b"Authorization: Bearer " + add_key(file, "read").encode())
    other = request(b"Authorization: Bearer " + add_key(file, "read").encode())
    written = io.StringIO()

    async def ask(one: Talk) -> None:
        one.queue.crowded = False
        found = []
        for _ in range(6):
            await one.send(asks)
            found.append(await one.answer())
        assert [item[0] for item in found] == [200, 200, 200, 429, 429, 429]
        assert {frozenset(item[1]) for item in found[3:]} == {frozenset(found[3][1])}
        assert int(found[5][1][b"retry-after"]) > 90
        await one.send(other, other, other)
        assert [(await one.answer())[0] for _ in range(3)] == [200, 200, 200]
        while "over the rate" not in written.getvalue():
            await asyncio.sleep(0.05)

    setup = LogSetup(stream=written)
    try:
        talk(ask, api_keys=file, rate_limit=0.01, rate_burst=3)
    finally:
        setup.close()
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    (about,) = [line for line in lines if "over the rate" in line["message"]]
    assert about["requests"] == 2  # the first one came before anybody was known to ask too often
    assert about["key"]


def test_slow_body_of_a_refused_query_ends_the_connection() -> None:
    """Who does not send what was announced is left, however it dribbles."""

    async def dribble(one: Talk) -> None:
        await one.send(request()[:-5])
        assert (await one.answer())[0] == 503
        await one.send(b"x", b"x")
        assert await one.ended() == b""

    talk(dribble, header_seconds=0.3)


def test_slow_head_is_given_up_when_full() -> None:
    """A head that does not end is given up in the usual time."""

    async def dribble(one: Talk) -> None:
        await one.send(b"POST /v1/resolve HTTP/1.1\r\n", b"Host: a\r\n", b"X: b\r\n")
        assert (await one.ended()).startswith(b"HTTP/1.1 408")

    talk(dribble, header_seconds=0.3)


def test_too_large_body_takes_the_usual_way() -> None:
    """What is announced to be larger than allowed is not passed over for as long as it takes."""

    async def ask(one: Talk) -> None:
        await one.send(HEAD + b"Content-Length: 5000\r\n\r\n" + b"a" * 5000)
        assert (await one.answer())[0] == 503

    talk(ask, max_body_bytes=1_000)


_NAMES = st.sampled_from(
    [
        "Host",
        "host",
        "Content-Length",
        "content-length",
        "Connection",
        "Transfer-Encoding",
        "Expect",
        "Upgrade",
        "X-Request-Id",
        "Accept",
        "X-A",
        "A b",
        "",
        "Naïve",
    ]
)
_VALUES = st.sampled_from(
    [
        "localhost",
        "5",
        "05",
        "+5",
        "5, 5",
        "5 ",
        " 5",
        "keep-alive",
        "close",
        "chunked",
        "é",
        "a\tb",
        "100-continue",
        "websocket",
        "",
        "a\r\n b",
        "\x00",
        "99999999999999999999",
    ]
)
_LINES = st.lists(st.tuples(_NAMES, _VALUES), max_size=6)
_FIRST = st.sampled_from(
    ["POST /v1/resolve HTTP/1.1"] * 4
    + [
        "POST /v1/catalogs/a-b/resolve HTTP/1.1",
        "GET /v1/resolve HTTP/1.1",
        "POST /v1/resolve HTTP/1.0",
        "POST /v1/resolve?a HTTP/1.1",
        "POST  /v1/resolve HTTP/1.1",
        "POST /v1/resolve/ HTTP/1.1",
        "",
        "POST /v1/catalogs/a%2Fb/resolve HTTP/1.1",
    ]
)
_USUAL = [("Host", "localhost"), ("Content-Length", "5")]


@given(_FIRST, _LINES, st.booleans(), st.sampled_from(["\r\n", "\n"]))
def test_plain_heads_are_read_as_the_parser_reads_them(
    first: str, lines: list[tuple[str, str]], usual: bool, end: str
) -> None:
    """What is taken for plain is a request for h11 too, with the same path, headers and body."""
    listed = [*lines, *(_USUAL if usual else [])]
    text = end.join([first, *(f"{name}: {value}" for name, value in listed), "", ""])
    data = text.encode("utf-8") + b"12345"
    found = read_plain_head(data)
    if found is None:
        return
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(data[: found.size] + b"1" * min(found.length, 50))
    event = parser.next_event()
    assert isinstance(event, h11.Request)
    assert (event.method, event.target.decode()) == (b"POST", found.path)
    assert list(event.headers) == found.headers
    length = next(value for name, value in found.headers if name == b"content-length")
    assert int(length) == found.length
    assert not parser.they_are_waiting_for_100_continue


def test_usual_heads_of_clients_are_plain() -> None:
    """What httpx, curl and browsers send is read, with all of its headers."""
    lines = [b"Accept: */*", b"Accept-Encoding: gzip, deflate", b"Connection: keep-alive"]
    lines += [b"User-Agent: python-httpx/0.28.1", b"Sec-Fetch-Site: same-origin"]
    data = request(*lines, head=HEAD.replace(b"/v1/", b"/v1/catalogs/films_2/"))
    found = read_plain_head(data)
    assert found is not None
    assert found.path == "/v1/catalogs/films_2/resolve"
    assert data[found.size :] == BODY
    assert (b"connection", b"keep-alive") in found.headers
    assert re.fullmatch(rb"[a-z-]+", b"".join(name for name, _ in found.headers))
