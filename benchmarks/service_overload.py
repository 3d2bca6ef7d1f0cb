"""Five times as many requests as the service can answer: what it serves and how it refuses."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.service_client import Job
from benchmarks.service_load import ask
from benchmarks.service_plan import Plan, Served
from benchmarks.service_process import Client, Cores, Service, memory, serving, usage
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
CAPACITY_CLIENTS = 64
CAPACITY_SECONDS = 8.0
# The queue is full when counting begins.
FILL_SECONDS = 5.0
SHORT_QUEUE = 16
# Clients and refusals take their share of the same cores.
SERVED_SHARE = 0.6
QUICK_SECONDS = 1.0
AFTER_SECONDS = 4.0
_NOTES = (
    f"Capacity is what {CAPACITY_CLIENTS} clients get in a closed loop (as many as the queue has",
    f"places, where these are fewer). Then requests are sent at {TIMES} times this rate, whatever",
    f"comes back; counting begins {FILL_SECONDS:g} seconds later, when the queue is full.",
    "What is served has waited for a queue of this length, so `--max-waiting` says how long. The",
    "last line has an API key whose rate is limited to half the capacity: there, capacity means",
    "this limit. Clients and refusals take their share of the same cores from what is served.",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one overloaded service did."""

    name: str
    capacity: float
    sent: float
    served: float
    tally: Tally
    cores: Cores
    grown: float
    after: Tally

    def row(self) -> list[object]:
        """A line of the table."""
        refused = len(self.tally.refused)
        waits = sorted({int(wait) for wait in self.tally.retry_after if wait})
        statuses = "/".join(str(code) for code in sorted(self.tally.statuses) if code >= 400)
        return [
            self.name,
            f"{self.capacity:.0f}",
            f"{self.sent:.0f}",
            f"{self.served:.0f} ({self.served / self.capacity:.0%})",
            " / ".join(percentiles(self.tally.answered, (50, 99))),
            f"{refused:,} ({statuses})",
            " / ".join(percentiles(self.tally.refused, (50, 99, 100))),
            f"{waits[0]}–{waits[-1]}" if waits else "–",
            self.tally.errors,
            f"{self.grown:+.0f}",
            percentiles(self.after.answered)[0],
            self.cores,
        ]

    def problems(self) -> list[str]:
        """Promises that were broken."""
        slow = [seconds for seconds in self.tally.refused if seconds > QUICK_SECONDS]
        found = [
            (self.tally.errors, "neither answers nor refusals"),
            (self.tally.retry_after.count(None), "refusals without Retry-After"),
            (len(slow) if len(slow) > len(self.tally.refused) / 100 else 0, "slow refusals"),
            (self.after.errors + len(self.after.refused), "failures when it was over"),
            (int(self.served < SERVED_SHARE * self.capacity), "served rate that did not hold"),
            (int(not self.tally.refused), "run without a refusal"),
        ]
        return [f"{self.name}: {count} {what}" for count, what in found if count]


def measure(plan: Plan) -> list[str]:
    """Measure, write the section; return what went wrong."""
    before = busy()
    served = plan.catalogs[-1]
    short = ["--max-waiting", str(SHORT_QUEUE)]
    outcomes = [
        _overload(plan, served, "queue of 256 (default)", []),
        _overload(plan, served, f"queue of {SHORT_QUEUE}", short),
    ]
    outcomes.append(_limited(plan, served, outcomes[0].capacity))
    heads = [
        "", "capacity/s", "sent/s", "served/s", "served p50 / p99 ms", "refused",
        "refused p50 / p99 / max ms", "Retry-After s", "errors", "own memory MB",
        "p50 ms afterwards", "cores: service / clients / other work",
    ]  # fmt: skip
    about = f"{served.name} ({len(served.entities):,} entities)"
    lines = [
        *paragraph(
            f"`{plan.command} --part overload`, {plan.seconds:g} seconds each, {about}.", before
        ),
        *table(heads, [outcome.row() for outcome in outcomes]),
        "",
        *paragraph(*_NOTES),
    ]
    put_section(plan.written, HEADING, lines)
    print("\n".join(lines))
    return [problem for outcome in outcomes for problem in outcome.problems()]


def _overload(plan: Plan, served: Served, name: str, flags: list[str]) -> Outcome:
    log = Path(plan.folder, f"overload-{len(flags)}.log")
    with serving([served.index, *flags], log) as service:
        ask(plan, service, 8, 2.0)
        # More clients than the queue has places would be refused.
        clients = SHORT_QUEUE if flags else CAPACITY_CLIENTS
        _, capacity = ask(plan, service, clients, CAPACITY_SECONDS)
        return _drown(plan, service, name, capacity, {})


def _limited(plan: Plan, served: Served, capacity: float) -> Outcome:
    keys = Path(plan.folder, "keys.json")
    key = _new_key(keys)
    rate = capacity / 2
    flags = ["--api-keys", str(keys), "--rate-limit", f"{rate:.1f}", "--rate-burst", "10"]
    with serving([served.index, *flags], Path(plan.folder, "overload-key.log")) as service:
        headers = {"Authorization": f"Bearer {key}"}
        return _drown(plan, service, "key with half the rate", rate, headers)


def _new_key(keys: Path) -> str:
    command = [sys.executable, "-m", "er_engine.cli", "keys", "create", "bench"]
    command += ["--scope", "read", "--file", str(keys)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.split()[0]


def _drown(
    plan: Plan, service: Service, name: str, capacity: float, headers: dict[str, str]
) -> Outcome:
    own, _ = memory(service.pid)
    rate = capacity * TIMES
    job = Job(
        "open",
        service.address,
        "/v1/resolve",
        plan.queries,
        FILL_SECONDS + plan.seconds,
        rate=rate,
        headers=headers,
    )
    client = Client(job)
    before = usage(service.pid)
    answers = client.wait()
    cores = usage(service.pid).since(before)
    counted = between(answers, FILL_SECONDS, FILL_SECONDS + plan.seconds)
    tally = Tally.of(counted)
    sent = sum(FILL_SECONDS <= item[0] < FILL_SECONDS + plan.seconds for item in answers)
    # Slowly, so that no key is over its rate.
    calm = replace(job, seconds=AFTER_SECONDS, rate=capacity / 4)
    after = Client(calm)
    return Outcome(
        name,
        capacity,
        sent / plan.seconds,
        len(tally.answered) / plan.seconds,
        tally,
        cores,
        memory(service.pid)[0] - own,
        Tally.of(after.wait()),
    )
