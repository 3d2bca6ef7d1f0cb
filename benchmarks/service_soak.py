"""Queries for minutes, with changes beside them: memory, latency and errors, minute by minute."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.service_client import Answer, Job
from benchmarks.service_load import ask
from benchmarks.service_plan import Plan, Served
from benchmarks.service_process import Client, Service, family, memory, serving, usage
from benchmarks.service_report import (
    Tally,
    between,
    busy,
    paragraph,
    percentiles,
    put_section,
    table,
)

HEADING = "## Soak"
LOOK_SECONDS = 2.0
# Changes and merges take their part of the machine, too.
SHARE_OF_CAPACITY = 0.4
GROWTH_MB_A_MINUTE = 3.0
WORST_P99 = 3.0
_NOTES = (
    "Changes are put and deleted through the API, each on the disk when it is answered. Two of",
    "three put an entity of the catalog, with another alias or as it was at first; the others are",
    "new ones and deletions of these. Each tenth change is read back and compared. Own memory:",
    "anonymous pages of the service, the mean of a minute. Mapped: files (index, libraries), which",
    "the system drops when it needs room. A merge runs in a process of its own, on the same",
    "cores as service and clients.",
)


@dataclass(frozen=True, slots=True)
class Look:
    """How the service was at one moment; memory in MB."""

    at: float
    own: float
    mapped: float
    children: float
    side: float
    merged: float
    machine: float


def measure(plan: Plan) -> list[str]:
    """Measure, write the section; return what went wrong."""
    before = busy()
    served = plan.catalogs[-1]
    arguments = [served.index, "--data-dir", plan.folder / "data"]
    with serving(arguments, plan.folder / "soak.log") as service:
        _, capacity = ask(plan, service, 8, 5.0)
        rate = plan.rate or max(capacity * SHARE_OF_CAPACITY, 1.0)
        with watching(service) as looks:
            queries, updates = _both(plan, served, service, rate)
        own_errors = service.errors()
        merged = service.metric("er_engine_merged_version")
    minutes = _minutes(queries, updates, looks, plan.minutes)
    problems = _problems(queries, updates, looks, minutes)
    if own_errors:
        problems.append(f"{own_errors} errors in the log of the service")
    about = (
        f"{rate:.0f} queries a second ({rate / capacity:.0%} of what 8 clients get), and one writer"
        f" with {plan.updates:g} changes a second. {before}"
    )
    lines = _section(plan, served, about, minutes, _summary(queries, updates, looks, minutes))
    put_section(plan.written, HEADING, lines)
    print("\n".join(lines), f"\nmerged up to change {merged}")
    return problems


def _both(
    plan: Plan, served: Served, service: Service, rate: float
) -> tuple[list[Answer], list[Answer]]:
    seconds = plan.minutes * 60
    path = f"/v1/catalogs/{served.name}"
    asking = Client(
        Job("open", service.address, f"{path}/resolve", plan.queries, seconds, rate=rate)
    )
    changing = Client(
        Job(
            "updates",
            service.address,
            f"{path}/entities",
            served.entities,
            seconds,
            rate=plan.updates,
        )
    )
    return asking.wait(), changing.wait()


@contextmanager
def watching(service: Service) -> Iterator[list[Look]]:
    """Look at the service now and then, until the block ends."""
    looks: list[Look] = []
    ended = threading.Event()
    began = time.monotonic()

    def watch() -> None:
        before = usage(service.pid)
        while not ended.wait(LOOK_SECONDS):
            now = usage(service.pid)
            looks.append(_look(service, now.at - began, now.since(before).every))
            before = now

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield looks
    finally:
        ended.set()
        thread.join()


def _look(service: Service, at: float, machine: float) -> Look:
    own, mapped = memory(service.pid)
    children = sum(memory(pid)[0] for pid in family(service.pid)[1:])
    side = service.metric("er_engine_side_index_entities") or 0.0
    merged = service.metric("er_engine_merged_version") or 0.0
    return Look(at, own, mapped, children, side, merged, machine)


@dataclass(frozen=True, slots=True)
class Minute:
    """What came back within one minute."""

    number: int
    queries: Tally
    updates: Tally
    looks: list[Look]
    merges: int

    @property
    def p99(self) -> float:
        """Of queries, in seconds."""
        return float(np.percentile(self.queries.answered, 99)) if self.queries.answered else 0.0

    def row(self) -> list[object]:
        """A line of the table."""
        own = [look.own for look in self.looks]
        last = self.looks[-1]
        return [
            self.number,
            len(self.queries.answered),
            *percentiles(self.queries.answered, (50, 99)),
            len(self.updates.answered),
            *percentiles(self.updates.answered, (50, 99)),
            failures(self.queries) + failures(self.updates),
            f"{statistics.fmean(own):.0f}",
            f"{last.mapped:.0f}",
            f"{max(look.children for look in self.looks):.0f}",
            f"{last.side:.0f}",
            self.merges,
            f"{statistics.fmean(look.machine for look in self.looks):.1f}",
        ]


HEADS = [
    "minute", "queries", "p50 ms", "p99 ms", "changes", "p50 ms", "p99 ms", "failed",
    "own MB", "mapped MB", "merging process MB", "side index", "merges", "cores busy",
]  # fmt: skip


def failures(tally: Tally) -> int:
    """What was not answered; a deleted entity that is not found any more counts as answered."""
    return tally.errors + len(tally.refused)


def _minutes(
    queries: list[Answer], updates: list[Answer], looks: list[Look], minutes: float
) -> list[Minute]:
    found = []
    for number in range(max(round(minutes), 1)):
        start, end = number * 60.0, (number + 1) * 60.0
        seen = [look for look in looks if start <= look.at < end]
        before = [look.merged for look in looks if look.at < start][-1:] or [
            look.merged for look in seen[:1]
        ]
        steps = [*before, *(look.merged for look in seen)]
        merges = sum(b > a for a, b in pairwise(steps))
        tallies = (Tally.of(between(answers, start, end)) for answers in (queries, updates))
        if seen:
            found.append(Minute(number + 1, *tallies, seen, merges))
    return found


def _growth(looks: list[Look]) -> float:
    """MB a minute that the own memory grows, in the second half."""
    half = looks[len(looks) // 2 :]
    slope = np.polyfit([look.at / 60 for look in half], [look.own for look in half], 1)[0]
    return float(slope)


def _problems(
    queries: list[Answer], updates: list[Answer], looks: list[Look], minutes: list[Minute]
) -> list[str]:
    problems = []
    for what, answers in (("queries", queries), ("changes", updates)):
        if failed := failures(Tally.of(answers)):
            problems.append(f"{failed} {what} failed: {dict(Tally.of(answers).statuses)}")
    if _growth(looks) > GROWTH_MB_A_MINUTE:
        problems.append(f"memory grows by {_growth(looks):.1f} MB a minute")
    worst = max(minute.p99 for minute in minutes)
    if worst > WORST_P99 * statistics.median(minute.p99 for minute in minutes):
        problems.append(f"p99 of a minute was {worst * 1000:.0f} ms")
    return problems


def _summary(
    queries: list[Answer], updates: list[Answer], looks: list[Look], minutes: list[Minute]
) -> list[str]:
    both = Tally.of([*queries, *updates])
    p99 = [minute.p99 * 1000 for minute in minutes]
    return paragraph(
        f"{len(queries):,} queries, {len(updates):,} changes and reads: {failures(both)} failed.",
        f"p99 of queries in a minute: {min(p99):.0f} to {max(p99):.0f} ms, median"
        f" {statistics.median(p99):.0f} ms.",
        f"Resident memory (own and mapped): {', '.join(_resident(looks))}.",
        f"Own memory: at most {max(look.own for look in looks):.0f} MB; a line through the second"
        f" half rises by {_growth(looks):.2f} MB a minute.",
    )


def _resident(looks: list[Look]) -> list[str]:
    """Resident memory at some moments, in words."""
    said = []
    for minute in (0, 2, 5, 10):
        nearest = min(looks, key=lambda look: abs(look.at - minute * 60))
        if abs(nearest.at - minute * 60) <= 2 * LOOK_SECONDS:
            when = f"after {minute} minutes" if minute else "at the start"
            said.append(f"{nearest.own + nearest.mapped:.0f} MB ({nearest.own:.0f} own) {when}")
    return said


def _section(
    plan: Plan, served: Served, about: str, minutes: list[Minute], summary: list[str]
) -> list[str]:
    return [
        *paragraph(
            f"`{plan.command} --part soak`, {served.name} ({len(served.entities):,} entities) in a",
            f"data folder; {about}",
        ),
        *summary,
        *table(HEADS, [minute.row() for minute in minutes]),
        "",
        *paragraph(*_NOTES),
    ]
