"""The clients of `benchmarks.service`, in a process of their own.

python -m benchmarks.service_client < job.json > answers.json

A job is the fields of `Job` as JSON. Answers are lists of five: when the request was sent, how late
that was, how long until its answer was read (all in seconds), status, and `Retry-After`. A status
of 0 is a connection that failed.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.service_light import Answer, Asker

TIMEOUT_SECONDS = 60.0
# A queue of so many new entities stands before the oldest is deleted.
NEW_ENTITIES = 400
READ_BACK_EVERY = 10
ALIAS_WORDS = 2
WRONG_CONTENT = -1


@dataclass(frozen=True, slots=True)
class Job:
    """What to send.

    Attributes:
        kind: `closed` (each client asks again when it was answered), `open` (a fixed rate, whatever
            comes back), or `updates` (one writer at a fixed rate).
        address: of the service.
        path: what is asked; of the entities for `updates`.
        bodies: queries in turn; for `updates` the entities of the catalog.
        seconds: how long to send.
        clients: of a closed loop.
        rate: requests a second, of the others.
        headers: of each request.
    """

    kind: str
    address: str
    path: str
    bodies: list[dict[str, Any]]
    seconds: float
    clients: int = 1
    rate: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


class Sender:
    """Sends changes and notes what became of them."""

    def __init__(self, pool: httpx.AsyncClient) -> None:
        self._pool = pool
        self._began = time.perf_counter()
        self.answers: list[Answer] = []

    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self._began

    async def send(
        self, method: str, path: str, body: object = None, due: float | None = None
    ) -> httpx.Response | None:
        """Send one request; `due` is when it should have been sent."""
        sent = self.elapsed()
        status, wait, answer = 0, None, None
        try:
            answer = await self._pool.request(method, path, json=body)
            status, wait = answer.status_code, answer.headers.get("retry-after")
        except httpx.HTTPError as error:
            print(f"{method} {path}: {error!r}", file=sys.stderr)
        late = 0.0 if due is None else sent - due
        self.answers.append((sent, late, self.elapsed() - sent, status, wait))
        return answer


async def closed(job: Job, asker: Asker) -> None:
    """As many clients as the job says, each with one request at a time."""

    async def client(first: int) -> None:
        turn = first
        while asker.elapsed() < job.seconds:
            await asker.ask(turn)
            turn += job.clients

    await asyncio.gather(*(client(number) for number in range(job.clients)))


async def opened(job: Job, asker: Asker) -> None:
    """A fixed rate, however many are not answered yet."""
    async with asyncio.TaskGroup() as tasks:
        for turn in range(round(job.rate * job.seconds)):
            due = turn / job.rate
            await asyncio.sleep(max(due - asker.elapsed(), 0.0))
            tasks.create_task(asker.ask(turn, due))


async def updates(job: Job, sender: Sender) -> None:
    """One writer: puts known entities, new ones, and deletes these; reads some of it back."""
    for turn, (method, path, body) in enumerate(changes(job)):
        due = turn / job.rate
        if max(due, sender.elapsed()) >= job.seconds:
            return
        await asyncio.sleep(max(due - sender.elapsed(), 0.0))
        answer = await sender.send(method, path, body, due)
        if turn % READ_BACK_EVERY == 0 and answer is not None and answer.is_success:
            await read_back(sender, path, body)


def changes(job: Job) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """Endless changes; the catalog keeps about its size."""
    source = random.Random(1)
    words = sorted({word for body in job.bodies for word in str(body["name"]).split()})
    new: deque[str] = deque()
    number = 0
    while True:
        if source.random() < 2 / 3:
            entity = dict(source.choice(job.bodies))
            # Every other time as it was at first.
            aliases = [" ".join(source.sample(words, ALIAS_WORDS))] * (source.random() < 1 / 2)
            entity["aliases"] = [*entity.get("aliases", []), *aliases]
            yield "PUT", f"{job.path}/{entity.pop('id')}", entity
        elif len(new) < NEW_ENTITIES or source.random() < 1 / 2:
            number += 1
            new.append(f"soak-{number}")
            name = " ".join(source.sample(words, ALIAS_WORDS))
            yield "PUT", f"{job.path}/{new[-1]}", {"name": name}
        else:
            yield "DELETE", f"{job.path}/{new.popleft()}", None


async def read_back(sender: Sender, path: str, body: dict[str, Any] | None) -> None:
    """Note `WRONG_CONTENT` where the service has not what it acknowledged."""
    answer = await sender.send("GET", path)
    if answer is None:
        return
    if body is None:
        good = answer.status_code == httpx.codes.NOT_FOUND
    else:
        stored = answer.json()
        good = stored.get("name") == body["name"] and stored.get("aliases") == body.get(
            "aliases", []
        )
    sent, late, seconds, status, wait = sender.answers[-1]
    status = 200 if good else WRONG_CONTENT
    sender.answers[-1] = (sent, late, seconds, status, wait)


QUERIES: dict[str, Callable[[Job, Asker], Awaitable[None]]] = {"closed": closed, "open": opened}


async def run(job: Job) -> list[Answer]:
    """Do a job."""
    if job.kind == "updates":
        async with _pool(job) as pool:
            sender = Sender(pool)
            await updates(job, sender)
        return sender.answers
    asker = Asker(job.address, job.path, job.bodies, job.headers)
    await QUERIES[job.kind](job, asker)
    await asker.close()
    return asker.answers


def _pool(job: Job) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=job.address,
        headers=job.headers,
        timeout=TIMEOUT_SECONDS,
        verify=False,  # nothing is encrypted on loopback; saves reading certificates
        trust_env=False,
    )


def main() -> None:
    """Read a job, do it, write its answers."""
    answers = asyncio.run(run(Job(**json.load(sys.stdin))))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
