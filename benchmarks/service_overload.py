"""Five times as many requests as the service can answer: what it serves and how it refuses."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.service_client import Job
from benchmarks.service_load import ask
from benchmarks.service_plan import Plan, Served
from benchmarks.service_process import Client, Cores, Service, memory, refusing, serving, usage
from benchmarks.service_report import (
    Tally,
    between,
    busy,
    paragraph,
    percentiles,
    put_section,
    table,
)

HEADING = "## Overload"
TIMES = 5
# As many as keep it busy, and fewer than wait a second.
CAPACITY_CLIENTS = 4
# The queue is full when counting begins.
FILL_SECONDS = 4.0
ROUNDS = 3
SHORT_QUEUE = 4
SHORT = ("--max-waiting", str(SHORT_QUEUE))
SERVED_SHARE = 0.8
GROWTH_MB = 5.0
QUICK_SECONDS = 1.0
AFTER_SECONDS = 4.0
_NOTES = (
    f"Capacity is what {CAPACITY_CLIENTS} clients get in a closed loop, before and after. Beside",
    "the clients: the same, while another process sends the requests above capacity to",
    "`benchmarks/service_stub.py`, which refuses them: what clients alone take from the",
    f"service. Then requests are sent at {TIMES} times the capacity, whatever comes back; counting",
    f"begins {FILL_SECONDS:g} seconds later, when the queue is full. Served is held against the",
    "mean capacity, and against that beside the clients. Answers per core-second: by the processor",
    "time of the service, at capacity, beside the clients, and under overload. Loop: processor",
    "time of the thread that speaks HTTP for each request, answered ones at capacity and all under",
    f"overload. Own memory: at first, and after each of {ROUNDS} times. The last line has an API",
    "key whose rate is limited to half the capacity: there, capacity means this limit. Clients run",
    "on the same cores; they are made to cost little (`benchmarks/service_light.py`).",
)


@dataclass(frozen=True, slots=True)
class Calm:
    """The service with as many requests as it can answer."""

    rate: float
    per_core_second: float
    loop_ms: float


@dataclass(frozen=True, slots=True)
class Round:
    """The service with more than that, once."""

    sent: float
    served: float
    tally: Tally
    cores: Cores
    per_core_second: float
    loop_ms: float
    own: float
    after: Tally


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one overloaded service did."""

    name: str
    capacity: float
    beside: Calm | None
    calm: Calm | None
    rounds: list[Round]
    own: float

    @property
    def served(self) -> float:
        """Answers a second under overload."""
        return statistics.fmean(one.served for one in self.rounds)

    def rows(self) -> list[list[object]]:
        """A line of the table for each round."""
        return [self._row(number, one) for number, one in enumerate(self.rounds)]

    def _row(self, number: int, one: Round) -> list[object]:
        waits = sorted({int(wait) for wait in one.tally.retry_after if wait})
        statuses = "/".join(str(code) for code in sorted(one.tally.statuses) if code >= 400)
        beside, calm = self.beside, self.calm
        shares = [one.served / self.capacity, *([one.served / beside.rate] if beside else [])]
        before = self.rounds[number - 1].own if number else self.own
        known = [item.per_core_second for item in (calm, beside) if item]
        per_core = " / ".join(f"{value:.0f}" for value in (*known, one.per_core_second))
        return [
            self.name,
            f"{self.capacity:.1f}",
            f"{beside.rate:.1f}" if beside else "–",
            f"{one.sent:.0f}",
            f"{one.served:.1f} ({' / '.join(f'{share:.0%}' for share in shares)})",
            " / ".join(percentiles(one.tally.answered, (50, 99))),
            f"{len(one.tally.refused):,} ({statuses})",
            " / ".join(percentiles(one.tally.refused, (50, 99, 100))),
            f"{waits[0]}–{waits[-1]}" if waits else "–",
            one.tally.errors,
            f"{before:.0f} → {one.own:.0f}",
            percentiles(one.after.answered)[0],
            per_core if calm else "–",
            f"{calm.loop_ms:.2f} / {one.loop_ms:.2f}" if calm else f"– / {one.loop_ms:.2f}",
            one.cores,
        ]

    def problems(self) -> list[str]:
        """Promises that were broken."""
        found = [(int(self.rounds[-1].own > self.rounds[0].own + GROWTH_MB), "growing memory")]
        held = SERVED_SHARE * (self.beside.rate if self.beside else self.capacity)
        found.append((int(self.served < held), "served rate that did not hold"))
        for one in self.rounds:
            slow = [seconds for seconds in one.tally.refused if seconds > QUICK_SECONDS]
            found += [
                (one.tally.errors, "neither answers nor refusals"),
                (one.tally.retry_after.count(None), "refusals without Retry-After"),
                (len(slow) if len(slow) > len(one.tally.refused) / 100 else 0, "slow refusals"),
                (one.after.errors + len(one.after.refused), "failures when it was over"),
                (int(not one.tally.refused), "run without a refusal"),
            ]
        return [f"{self.name}: {count} {what}" for count, what in found if count]


HEADS = [
    "", "capacity/s", "beside the clients/s", "sent/s", "served/s", "served p50 / p99 ms",
    "refused", "refused p50 / p99 / max ms", "Retry-After s", "errors", "own memory MB",
    "p50 ms afterwards", "answers per core-second", "loop ms",
    "cores: service / clients / other work",
]  # fmt: skip


def measure(plan: Plan) -> list[str]:
    """Measure, write the section; return what went wrong."""
    before = busy()
    served = plan.catalogs[-1]
    outcomes = [
        _overload(plan, served, "as by default"),
        _overload(plan, served, f"queue of {SHORT_QUEUE}", SHORT, rounds=1),
    ]
    outcomes.append(_limited(plan, served, outcomes[0].capacity))
    about = f"{served.name} ({len(served.entities):,} entities)"
    lines = [
        *paragraph(
            f"`{plan.command} --part overload`, {plan.seconds:g} seconds each, {about}.", before
        ),
        *table(HEADS, [row for outcome in outcomes for row in outcome.rows()]),
        "",
        *paragraph(*_NOTES),
    ]
    put_section(plan.written, HEADING, lines)
    print("\n".join(lines))
    return [problem for outcome in outcomes for problem in outcome.problems()]


def _overload(
    plan: Plan, served: Served, name: str, flags: Sequence[str] = (), rounds: int = ROUNDS
) -> Outcome:
    log = Path(plan.folder, f"overload-{len(flags)}.log")
    with serving([served.index, *flags], log) as service:
        ask(plan, service, CAPACITY_CLIENTS, 2.0)
        first = _calm(plan, service)
        beside = _beside(plan, service, first.rate)
        own, _ = memory(service.pid)
        drowned = [_drown(plan, service, first.rate, {}) for _ in range(rounds)]
        last = _calm(plan, service)
        return Outcome(name, (first.rate + last.rate) / 2, beside, last, drowned, own)


def _calm(plan: Plan, service: Service) -> Calm:
    seconds = plan.seconds + 1
    job = Job("closed", service.address, "/v1/resolve", plan.queries, seconds, CAPACITY_CLIENTS)
    before = usage(service.pid)
    answers = Client(job).wait()
    cores = usage(service.pid).since(before)
    counted = Tally.of(between(answers, 1.0, seconds)).answered
    return Calm(
        len(counted) / plan.seconds,
        len(Tally.of(answers).answered) / cores.service_seconds,
        cores.loop_seconds * 1000 / max(len(answers), 1),
    )


def _beside(plan: Plan, service: Service, capacity: float) -> Calm:
    """What is answered while the requests above capacity are sent elsewhere."""
    with refusing() as elsewhere:
        rate = (TIMES - 1) * capacity
        seconds = plan.seconds + 2
        job = Job("open", elsewhere.address, "/v1/resolve", plan.queries, seconds, rate=rate)
        noise = Client(job)
        found = _calm(plan, service)
        noise.wait()
    return found


def _limited(plan: Plan, served: Served, capacity: float) -> Outcome:
    keys = Path(plan.folder, "keys.json")
    key = _new_key(keys)
    rate = capacity / 2
    flags = ["--api-keys", str(keys), "--rate-limit", f"{rate:.1f}", "--rate-burst", "10"]
    with serving([served.index, *flags], Path(plan.folder, "overload-key.log")) as service:
        headers = {"Authorization": f"Bearer {key}"}
        own, _ = memory(service.pid)
        rounds = [_drown(plan, service, rate, headers)]
        return Outcome("key with half the rate", rate, None, None, rounds, own)


def _new_key(keys: Path) -> str:
    command = [sys.executable, "-m", "er_engine.cli", "keys", "create", "bench"]
    command += ["--scope", "read", "--file", str(keys)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.split()[0]


def _drown(plan: Plan, service: Service, capacity: float, headers: dict[str, str]) -> Round:
    seconds = FILL_SECONDS + plan.seconds
    job = Job(
        "open",
        service.address,
        "/v1/resolve",
        plan.queries,
        seconds,
        rate=capacity * TIMES,
        headers=headers,
    )
    client = Client(job)
    before = usage(service.pid)
    answers = client.wait()
    cores = usage(service.pid).since(before)
    tally = Tally.of(between(answers, FILL_SECONDS, seconds))
    sent = sum(FILL_SECONDS <= item[0] < seconds for item in answers)
    # Slowly, so that no key is over its rate.
    after = Client(replace(job, seconds=AFTER_SECONDS, rate=capacity / 4))
    calmed = Tally.of(after.wait())
    return Round(
        sent / plan.seconds,
        len(tally.answered) / plan.seconds,
        tally,
        cores,
        len(Tally.of(answers).answered) / cores.service_seconds,
        cores.loop_seconds * 1000 / max(len(answers), 1),
        memory(service.pid)[0],
        calmed,
    )
