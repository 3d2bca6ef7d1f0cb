"""A service in a process of its own, as users start it, and what it and the machine use."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.service_client import Answer, Job

READY_SECONDS = 300.0
STOP_SECONDS = 60.0
# What deploy/er-engine.service sets.
SERVED_WITH = {
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_TICKS = os.sysconf("SC_CLK_TCK")
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Service:
    """A service that answers at `address`."""

    address: str
    pid: int
    log: Path

    def metric(self, name: str) -> float | None:
        """The sum of a number of `/metrics`; None if it has none."""
        with urllib.request.urlopen(f"{self.address}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, found)) if found else None

    def errors(self) -> int:
        """How many lines of its log are errors."""
        with self.log.open() as lines:
            return sum('"level": "error"' in line or '"level":"error"' in line for line in lines)


@contextmanager
def serving(arguments: Sequence[str | Path], log: Path) -> Iterator[Service]:
    """Serve on loopback until the block ends."""
    command = [sys.executable, "-m", "er_engine.cli", "serve", *arguments, "--port", "0"]
    with log.open("w") as file:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=file, text=True, env=_environment(), cwd=_ROOT
        )
        try:
            assert process.stdout is not None
            found = re.search(r"http://[^\s]+", process.stdout.readline())
            if not found:
                raise SystemExit(f"the service did not start: {log.read_text()}")
            _wait_until_ready(found[0])
            yield Service(found[0], process.pid, log)
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)


@contextmanager
def refusing() -> Iterator[Service]:
    """Something that refuses all it is asked until the block ends, at no cost for a service."""
    command = [sys.executable, "-m", "benchmarks.service_stub"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
    try:
        assert process.stdout is not None
        yield Service(process.stdout.readline().strip(), process.pid, Path(os.devnull))
    finally:
        process.kill()
        process.wait()


def build(catalog: Path, directory: Path) -> Path:
    """Build an index of a catalog file; a folder is taken as a built one."""
    if catalog.is_dir():
        return catalog
    command = [sys.executable, "-m", "er_engine.cli", "index", "build", catalog, "-o", directory]
    subprocess.run(command, check=True, env=_environment(), cwd=_ROOT, stdout=subprocess.DEVNULL)
    return directory


def _environment() -> dict[str, str]:
    return {**os.environ, **SERVED_WITH}


def _wait_until_ready(address: str) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=10).close()
        except urllib.error.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the service did not become ready")


class Client:
    """A process that does a job for a service."""

    def __init__(self, job: Job) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.service_client"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )
        assert self._process.stdin is not None
        json.dump(asdict(job), self._process.stdin)
        self._process.stdin.close()

    def wait(self) -> list[Answer]:
        """Wait until it is done; return the answers by when they were sent."""
        assert self._process.stdout is not None
        text = self._process.stdout.read()
        if self._process.wait() != 0:
            raise SystemExit("a client failed")
        return sorted((tuple(item) for item in json.loads(text)), key=lambda item: item[0])


@dataclass(frozen=True, slots=True)
class Cores:
    """How many cores were used on average, and by whom."""

    service: float
    clients: float
    other: float
    every: float
    service_seconds: float
    loop_seconds: float

    def __str__(self) -> str:
        return f"{self.service:.2f} / {self.clients:.2f} / {max(self.other, 0.0):.2f}"


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds so far: of a service, of clients that have ended, of the whole machine.

    `loop` is of the service's first thread, which speaks HTTP and does nothing else.
    """

    at: float
    service: float
    clients: float
    machine: float
    loop: float

    def since(self, before: Usage) -> Cores:
        """What was used meanwhile."""
        seconds = self.at - before.at
        service = (self.service - before.service) / seconds
        clients = (self.clients - before.clients) / seconds
        every = (self.machine - before.machine) / seconds
        other = every - service - clients
        total = self.service - before.service
        return Cores(service, clients, other, every, total, self.loop - before.loop)


def usage(pid: int) -> Usage:
    """What was used up to now."""
    busy = [int(value) for value in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    idle = busy[3] + busy[4]
    service = sum(_ticks(each) for each in family(pid))
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    clients = ended.ru_utime + ended.ru_stime
    first = _read(Path(f"/proc/{pid}/task/{pid}/schedstat")).split()
    loop = int(first[0]) / 1e9 if first else 0.0
    machine = (sum(busy) - idle) / _TICKS
    return Usage(time.monotonic(), service / _TICKS, clients, machine, loop)


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            found += map(int, _read(children).split())
    return found


def _ticks(pid: int) -> int:
    values = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return int(values[11]) + int(values[12]) if values else 0


def memory(pid: int) -> tuple[float, float]:
    """Resident MB of a process: what is its own, and what is of mapped files."""
    text = _read(Path(f"/proc/{pid}/status"))
    sizes = {name: int(size) / 1e3 for name, size in re.findall(r"(Rss\w+):\s+(\d+) kB", text)}
    return sizes.get("RssAnon", 0.0), sizes.get("RssFile", 0.0) + sizes.get("RssShmem", 0.0)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended meanwhile
        return ""
