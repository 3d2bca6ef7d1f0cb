"""How much the service takes, for how long, and what it does with more.

    python -m benchmarks.service [--part load|overload|soak] [--catalog FILE] [--minutes 10]

Starts `er-engine serve` on loopback and asks it from another process, with the misheard queries of
the sample of films and shows. `load`: requests a second and latency for 1, 8 and 64 clients.
`overload`: five times as many requests as it can answer. `soak`: queries with changes beside them.
Catalogs are the sample and, with --catalog, a larger one, which is then used for overload and soak.
Each part writes its section of benchmarks/service.md. Ends with 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import service_load, service_overload, service_soak
from benchmarks.service_plan import SAMPLE, Plan, Served
from benchmarks.service_process import build

PARTS: dict[str, Callable[[Plan], list[str]]] = {
    "load": service_load.measure,
    "overload": service_overload.measure,
    "soak": service_soak.measure,
}


def main() -> int:
    """Measure; return the exit code."""
    args = _arguments()
    problems = []
    with tempfile.TemporaryDirectory() as scratch:
        plan = _plan(args, Path(scratch))
        for part in args.part or PARTS:
            print(f"== {part}, load average {os.getloadavg()[0]:.1f}", flush=True)
            problems += [f"{part}: {problem}" for problem in PARTS[part](plan)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, action="append", help="(default: all)")
    parser.add_argument("--catalog", type=Path, help="a larger catalog beside the sample")
    parser.add_argument("--index", type=Path, help="its built index, where there is one")
    parser.add_argument("--seconds", type=float, default=15.0, help="of one measurement (15)")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the soak (10)")
    parser.add_argument("--updates", type=float, default=10.0, help="a second, in the soak (10)")
    parser.add_argument("--rate", type=float, help="queries a second, in the soak")
    parser.add_argument("--workers", default="1,2", help="worker processes, for load (1,2)")
    parser.add_argument("--write", type=Path, default=Path("benchmarks/service.md"))
    return parser.parse_args()


def _plan(args: argparse.Namespace, folder: Path) -> Plan:
    files = [SAMPLE, *([args.catalog] if args.catalog else [])]
    catalogs = []
    for file in files:
        ready = args.index if file is args.catalog else None
        catalogs.append(Served(file, ready or build(file, folder / file.stem)))
    return Plan(
        catalogs,
        folder,
        args.write,
        _command(args),
        args.seconds,
        args.minutes,
        args.updates,
        args.rate,
        [int(number) for number in args.workers.split(",")],
    )


def _command(args: argparse.Namespace) -> str:
    catalog = f" --catalog {args.catalog.name}" if args.catalog else ""
    times = f" --seconds {args.seconds:g} --minutes {args.minutes:g} --updates {args.updates:g}"
    rate = f" --rate {args.rate:g}" if args.rate else ""
    return f"python -m benchmarks.service{catalog}{times}{rate}"


if __name__ == "__main__":
    sys.exit(main())
