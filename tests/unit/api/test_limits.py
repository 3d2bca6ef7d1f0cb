from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from fastapi import Request

from api.app import create_app
from api.catalogs import Catalog, Catalogs
from api.limits import WorkQueue
from api.problems import BusyError
from api.settings import Settings
from er_engine.types import Resolution
from tests.unit.api.guarded import QUERY, make_app, service_of


def test_work_runs_one_at_a_time() -> None:
    """Two pieces of work never overlap, and both are answered."""
    running = 0
    most = 0
    lock = threading.Lock()

    def work() -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1
        return 1

    async def both() -> list[int]:
        queue = WorkQueue()
        return list(await asyncio.gather(*(queue.run(work) for _ in range(4))))

    assert asyncio.run(both()) == [1, 1, 1, 1]
    assert most == 1


def test_too_much_waiting_work_is_refused() -> None:
    """When the queue is full a further request is refused, and room is made again afterwards."""

    async def crowd() -> list[int | BaseException]:
        queue = WorkQueue(max_waiting=2)
        results = await asyncio.gather(
            *(queue.run(lambda: 1) for _ in range(3)), return_exceptions=True
        )
        return [*results, await queue.run(lambda: 2)]

    first, second, third, later = asyncio.run(crowd())
    assert (first, second, later) == (1, 1, 2)
    assert isinstance(third, BusyError)


def test_failed_work_frees_its_place() -> None:
    """Work that raises leaves the queue as it was."""

    async def fail_then_go_on() -> int:
        queue = WorkQueue(max_waiting=1)
        with pytest.raises(ZeroDivisionError):
            await queue.run(lambda: 1 // 0)
        return await queue.run(lambda: 3)

    assert asyncio.run(fail_then_go_on()) == 3


def test_nobody_waits_forever() -> None:
    """Work that finds no free place in time is refused, and what runs goes on."""
    go_on = threading.Event()

    async def crowd() -> tuple[object, int]:
        queue = WorkQueue(max_wait_seconds=0.02)
        running = asyncio.ensure_future(queue.run(lambda: go_on.wait(30)))
        await asyncio.sleep(0.01)
        try:
            await queue.run(lambda: 1)
        except BusyError as error:
            refused: object = error.retry_after
        else:
            refused = None
        go_on.set()
        await running
        return refused, queue.length

    refused, length = asyncio.run(crowd())
    assert refused in (1, 2)
    assert length == 0


def test_refused_are_not_told_the_same_time() -> None:
    """Who is refused in one moment comes back over a span of time, none sooner than it helps."""
    chances = iter([0.0, 0.4, 0.6, 0.999])
    queue = WorkQueue(chance=lambda: next(chances))
    assert [queue.refuse() for _ in range(4)] == [1, 1, 2, 2]


def test_who_would_wait_too_long_is_refused_at_once() -> None:
    """Where what waits takes longer than anybody may wait, a request gets its 503 at once."""
    go_on = threading.Event()
    days = count(step=100_000.0)

    async def crowd() -> int:
        queue = WorkQueue(max_wait_seconds=3_600.0, clock=lambda: next(days))
        await queue.run(lambda: 1)
        running = asyncio.ensure_future(queue.run(lambda: go_on.wait(30)))
        await asyncio.sleep(0.01)
        try:
            async with asyncio.timeout(10):
                with pytest.raises(BusyError) as refused:
                    await queue.run(lambda: 1)
        finally:
            go_on.set()
            await running
        assert await queue.run(lambda: 2) == 2
        return refused.value.retry_after

    assert asyncio.run(crowd()) == 60


def test_overload_is_answered_at_once() -> None:
    """With the queue full, a request gets 503 with the time to come again; those inside finish."""
    go_on = threading.Event()
    app = make_app(max_waiting=2)

    async def slow(request: Request) -> bool:
        return await request.app.state.work.run(lambda: go_on.wait(30))

    app.add_api_route("/slow", slow, methods=["POST"], include_in_schema=False)
    with service_of(app) as client, ThreadPoolExecutor(2) as pool:
        inside = [pool.submit(client.post, "/slow") for _ in range(2)]
        while app.state.work.length < 2:
            time.sleep(0.005)
        refused = client.post("/v1/resolve", json=QUERY)
        go_on.set()
        assert [answer.result().status_code for answer in inside] == [200, 200]
        assert client.post("/v1/resolve", json=QUERY).status_code == 200
        assert "er_engine_queue_refused_total 1.0" in client.get("/metrics").text
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) >= 1


def test_given_up_batch_ends() -> None:
    """A batch whose time is over is not worked on to its end."""
    worked = []
    go_on = threading.Event()

    class Slow:
        def resolve(self, *_: object, **__: object) -> Resolution:
            worked.append(1)
            go_on.wait(30)
            return Resolution("no_match", 1.0, ())

    app = create_app(Catalogs(lambda: [Catalog("slow", 1, Slow())]), Settings(request_seconds=0.1))
    with service_of(app) as client:
        answer = client.post("/v1/resolve", json=[QUERY] * 64)
        go_on.set()
        while app.state.work.length:
            time.sleep(0.005)
    assert answer.status_code == 503
    assert len(worked) < 64


def test_what_has_begun_is_not_refused() -> None:
    """Later parts of a batch wait for a place, however full it is."""
    go_on = threading.Event()

    async def crowd() -> int:
        queue = WorkQueue(max_waiting=1)
        running = asyncio.ensure_future(queue.run(lambda: go_on.wait(30)))
        await asyncio.sleep(0.01)
        with pytest.raises(BusyError):
            await queue.run(lambda: 1)
        later = asyncio.ensure_future(queue.run(lambda: 2, begun=True))
        await asyncio.sleep(0.01)
        go_on.set()
        await running
        return await later

    assert asyncio.run(crowd()) == 2


def test_given_up_work_keeps_its_place_until_it_ends() -> None:
    """Nothing runs beside work that nobody waits for any more."""
    go_on = threading.Event()
    ended = []

    def work() -> None:
        go_on.wait(30)
        ended.append(1)

    async def crowd() -> tuple[int, list[int]]:
        queue = WorkQueue()
        running = asyncio.ensure_future(queue.run(work))
        await asyncio.sleep(0.01)
        running.cancel()
        next_one = asyncio.ensure_future(queue.run(lambda: list(ended)))
        await asyncio.sleep(0.01)
        length = queue.length
        go_on.set()
        return length, await next_one

    assert asyncio.run(crowd()) == (2, [1])


def test_parts_of_a_batch_count_by_their_queries() -> None:
    """Where one query takes a second, a part of eight fills a queue for four seconds."""
    go_on = threading.Event()
    seconds = count(step=10.0)

    async def crowd() -> tuple[bool, bool]:
        queue = WorkQueue(max_wait_seconds=4.0, clock=lambda: next(seconds))
        await queue.run(lambda: 1)
        one = asyncio.ensure_future(queue.run(lambda: go_on.wait(30)))
        await asyncio.sleep(0.01)
        before = queue.full
        eight = asyncio.ensure_future(queue.run(lambda: 1, 8))
        await asyncio.sleep(0.01)
        after = queue.full
        go_on.set()
        await asyncio.gather(one, eight)
        return before, after

    assert asyncio.run(crowd()) == (False, True)
