"""Thousands of made-up requests against a running service: no server error, no hang, no growth.

    python -m benchmarks.fuzz_api [--examples 120] [--seed 1]

Starts `er-engine serve` on loopback with a live catalog in a temporary folder and the dummy
encoder, lets schemathesis (in the development extra) try every operation of the OpenAPI document
alone and in sequences, and compares the memory before and after. Ends with 1 when something is
wrong. Takes a few minutes.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.fuzz_hooks import CATALOG

EXAMPLES = 120
START_SECONDS = 60.0
# A single request that takes longer counts as a hang.
RESPONSE_SECONDS = 10
GROWTH_BYTES = 200_000_000
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance,unsupported_method,"
    "missing_required_header,use_after_free"
)
ALL_PHASES = "examples,coverage,fuzzing,stateful"
ENTITIES = (
    '{"id": "tv1", "name": "Chip and Potato", "type": "tv"}',
    '{"id": "tv2", "name": "Lost"}',
    '{"id": "f1", "name": "Breaking Away"}',
)


def main() -> int:
    """Run it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="for each operation")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as address:
        before = resident_bytes(address)
        tried = fuzz(address, args.examples, args.seed)
        warm = resident_bytes(address)
        tried += fuzz(address, args.examples // 4, args.seed + 1)
        after = resident_bytes(address)
    print(
        f"memory: {before / 1e6:.0f} MB at first, {warm / 1e6:.0f} MB after the first round, "
        f"{after / 1e6:.0f} MB after the second"
    )
    if any(tried):
        return 1
    if after - warm > GROWTH_BYTES:
        print("the memory grew in the second round")
        return 1
    return 0


def fuzz(address: str, examples: int, seed: int) -> list[int]:
    """Run schemathesis; return its exit code."""
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "benchmarks.fuzz_hooks"}
    command = fuzz_command(address, examples, seed)
    return [subprocess.run(command, env=environment, check=False).returncode]


def fuzz_command(address: str, examples: int, seed: int, phases: str = ALL_PHASES) -> list[str]:
    """How schemathesis is run; needs `SCHEMATHESIS_HOOKS=benchmarks.fuzz_hooks`."""
    return [
        str(Path(sys.executable).with_name("schemathesis")),
        "run", f"{address}/openapi.json",
        "--phases", phases,
        "--max-examples", str(examples),
        "--checks", CHECKS,
        "--max-response-time", str(RESPONSE_SECONDS),
        "--request-timeout", str(RESPONSE_SECONDS * 3),
        "--seed", str(seed),
        "--continue-on-failure",
        "--generation-database", "none",
        "--no-color",
    ]  # fmt: skip


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A service of one live catalog; its address."""
    catalog = folder / f"{CATALOG}.jsonl"
    catalog.write_text("\n".join(ENTITIES) + "\n")
    engine = [sys.executable, "-m", "er_engine.cli"]
    built = folder / CATALOG
    subprocess.run(
        [*engine, "index", "build", catalog, "-o", built, "--model", "dummy"], check=True
    )
    serve = ["serve", built, "--data-dir", folder / "data", "--model", "dummy", "--port", "0"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*engine, *serve], stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, (folder / "log").read_text()
            wait_until_ready(found[0])
            yield found[0]
        finally:
            process.terminate()
            process.wait(timeout=60)


def wait_until_ready(address: str) -> None:
    """Wait for the catalogs."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
        except urllib.error.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the service did not become ready")


def resident_bytes(address: str) -> float:
    """How much memory the service has."""
    with urllib.request.urlopen(f"{address}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = re.search(r"^process_resident_memory_bytes (\S+)$", text, re.MULTILINE)
    assert found
    return float(found[1])


if __name__ == "__main__":
    sys.exit(main())
