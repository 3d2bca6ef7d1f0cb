"""Requests a second and latency percentiles for 1, 8 and 64 clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.service_client import Job
from benchmarks.service_plan import Plan, Served
from benchmarks.service_process import Client, Service, serving, usage
from benchmarks.service_report import (
    Tally,
    between,
    busy,
    paragraph,
    percentiles,
    put_section,
    table,
)

HEADING = "## Load"
CLIENTS = (1, 8, 64)
WARM_SECONDS = 2.0
# By default nobody waits longer than a second: 64 clients at once would be refused.
PATIENT_SECONDS = "20"
_NOTES = (
    "A request is an n-best list of up to five hypotheses: the sample's misheard queries, in",
    "turn. Each client sends the next one when the last was answered; latency is what it sees.",
    "The service is started as `deploy/er-engine.service` does it, with",
    f"`--max-wait-seconds {PATIENT_SECONDS}`, so that 64 clients can wait.",
    "Clients run on the same cores, as does other work on the machine; the last column says who",
    "had how much of them.",
)


def measure(plan: Plan) -> list[str]:
    """Measure, write the section; return what went wrong."""
    before = busy()
    rows, problems = [], []
    for workers in plan.workers:
        for served in plan.catalogs:
            for clients, row, errors in _catalog(plan, served, workers):
                rows.append(row)
                if errors:
                    problems.append(f"{errors} errors with {clients} clients, {served.name}")
    heads = [
        "catalog", "workers", "clients", "requests/s", "p50 ms", "p95 ms", "p99 ms",
        "errors", "cores: service / clients / other work",
    ]  # fmt: skip
    lines = [
        *paragraph(
            f"`{plan.command} --part load`, {plan.seconds:g} seconds for each line.", before
        ),
        *table(heads, rows),
        "",
        *paragraph(*_NOTES),
    ]
    put_section(plan.written, HEADING, lines)
    print("\n".join(lines))
    return problems


def _catalog(plan: Plan, served: Served, workers: int) -> Iterator[tuple[int, list[object], int]]:
    log = Path(plan.folder, f"load-{served.name}-{workers}.log")
    flags = ["--workers", str(workers), "--max-wait-seconds", PATIENT_SECONDS]
    with serving([served.index, *flags], log) as service:
        ask(plan, service, 8, WARM_SECONDS)
        for clients in CLIENTS:
            before = usage(service.pid)
            tally, rate = ask(plan, service, clients, plan.seconds)
            cores = usage(service.pid).since(before)
            name = f"{served.name}, {len(served.entities):,} entities"
            errors = tally.errors + len(tally.refused)
            times = percentiles(tally.answered)
            yield clients, [name, workers, clients, f"{rate:.1f}", *times, errors, cores], errors


def ask(plan: Plan, service: Service, clients: int, seconds: float) -> tuple[Tally, float]:
    """Ask in a closed loop; return what came back after a short while, and how many a second."""
    job = Job("closed", service.address, "/v1/resolve", plan.queries, seconds + 1, clients)
    answers = between(Client(job).wait(), 1.0, seconds + 1)
    tally = Tally.of(answers)
    return tally, len(tally.answered) / seconds
