"""Start `er-engine serve` in a process of its own, as users do."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

READY_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.1


@contextmanager
def serving(arguments: Sequence[str], cwd: Path) -> Iterator[str]:
    """Serve until the block ends; the value is the address, once it is healthy."""
    process = subprocess.Popen(
        [sys.executable, "-m", "er_engine.cli", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + process.stdout.read()
        _wait_until_healthy(found[0], process)
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise


def _wait_until_healthy(address: str, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + READY_SECONDS
    status = 0
    while time.monotonic() < end:
        if process.poll() is not None:
            assert process.stdout is not None
            raise AssertionError(f"the service ended: {process.stdout.read()}")
        try:
            status = httpx.get(f"{address}/readyz", timeout=READY_SECONDS).status_code
        except httpx.ConnectError:
            time.sleep(POLL_SECONDS)
            continue  # it ended: the next round says what it said
        if status == httpx.codes.OK:
            return
        assert status == httpx.codes.SERVICE_UNAVAILABLE, status
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"not healthy after {READY_SECONDS} s: {status}")
