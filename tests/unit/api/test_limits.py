from __future__ import annotations

import asyncio
import threading

import pytest

from api.limits import WorkQueue
from api.problems import BusyError


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
