"""Kill, starve and damage a live catalog, and check it after each time.

    python -m benchmarks.crash_test --kills 320 --seed 1 --write benchmarks/service.md

It stops at the first broken promise, naming the seed and the number of the kill or the fault.
`--write` puts the table into the section "Crash test" of a Markdown file, other sections stay.
"""

from __future__ import annotations

import argparse
import logging
import re
import tempfile
import time
from collections import Counter
from multiprocessing.context import ForkServerContext
from pathlib import Path

from rich.progress import Progress

from tests.crash.faults import (
    ERRORS,
    faults_for,
    fill_the_disk,
    inject,
    inject_while_creating,
    write_points,
)
from tests.crash.flips import flip_often
from tests.crash.kills import kill_often
from tests.crash.victim import victims

HEADING = "## Crash test"
KILLS_WITH_ONE_SEED = 40
SIZES = range(4_096, 160_000, 8_192)
Row = tuple[str, int, str]


def main() -> None:
    """Run all parts; print and write the table."""
    parser = argparse.ArgumentParser(description="Kill, starve and damage a live catalog.")
    parser.add_argument("--kills", type=int, default=320)
    parser.add_argument("--flips", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="the first one; others follow it")
    parser.add_argument("--write", type=Path, metavar="FILE.md")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    started = time.monotonic()
    context = victims()
    with tempfile.TemporaryDirectory() as scratch, Progress() as progress:
        folder = Path(scratch)
        rows = [
            *_kills(context, folder, args.seed, args.kills, progress),
            *_faults(context, folder, progress),
            _full_disk(context, folder, progress),
            *_flips(folder, args.seed, args.flips),
        ]
    text = _table(rows, args, time.monotonic() - started)
    print(text)
    if args.write:
        put_section(args.write, text)


def _kills(
    context: ForkServerContext, folder: Path, seed: int, kills: int, progress: Progress
) -> list[Row]:
    task = progress.add_task("kills", total=kills)
    moments: Counter[str] = Counter()
    for number, done in enumerate(range(0, kills, KILLS_WITH_ONE_SEED)):
        some = min(KILLS_WITH_ONE_SEED, kills - done)
        place = folder / f"kills-{number}"
        place.mkdir()
        moments += kill_often(context, place, seed + number, some, lambda _: progress.advance(task))
    return [(f"SIGKILL at a random moment: {what}", n, "") for what, n in sorted(moments.items())]


def _faults(context: ForkServerContext, folder: Path, progress: Progress) -> list[Row]:
    points = write_points(context, folder / "points")
    faults = list(faults_for(points))
    task = progress.add_task("faults at write points", total=len(faults))
    counts: Counter[str] = Counter()
    for kind, fault in faults:
        inject(context, folder / "fault", fault)
        counts[kind] += 1
        progress.advance(task)
    (folder / "creating").mkdir()
    creating = inject_while_creating(context, folder / "creating")
    where = f"{len(points)} points of change, merge, snapshot, backup and start-up"
    names = ("kill", *ERRORS, "disk stays full")
    return [
        *((f"at each write point: {name}", counts[name], where) for name in names),
        *(
            (f"at each write point of import, restore and remove: {name}", n, "")
            for name, n in sorted(creating.items())
        ),
    ]


def _full_disk(context: ForkServerContext, folder: Path, progress: Progress) -> Row:
    task = progress.add_task("no file grows beyond a limit", total=len(SIZES))
    felt = 0
    for size in SIZES:
        felt += fill_the_disk(context, folder / "full", size)
        progress.advance(task)
    return (
        "no file may grow beyond 4 to 160 kB (a real refusal of the system), then it may",
        len(SIZES),
        f"{felt} times something was refused",
    )


def _flips(folder: Path, seed: int, flips: int) -> list[Row]:
    outcomes = flip_often(folder / "flips", seed, flips)
    return [
        (f"database with a flipped bit, or cut: {what}", n, "")
        for what, n in sorted(outcomes.items())
    ]


def _table(rows: list[Row], args: argparse.Namespace, seconds: float) -> str:
    seeds = f"{args.seed} to {args.seed + (args.kills - 1) // KILLS_WITH_ONE_SEED}"
    command = (
        f"python -m benchmarks.crash_test --kills {args.kills} --flips {args.flips} "
        f"--seed {args.seed}"
    )
    lines = [
        HEADING,
        "",
        f"`{command}`, seeds {seeds}, {seconds:.0f} s, dummy encoder.",
        "",
        "A process with a live catalog is driven over a pipe: it puts, deletes, merges, writes",
        "snapshots and backups, also at the same time, and is killed, or fails where it writes.",
        "Its clock runs backwards, and all files get random times. Then the catalog is opened.",
        "Each time: every acknowledged change is there, with its version and in its order; of what",
        "was not acknowledged all is there or nothing; vectors are searched with the scores of a",
        "fresh build, bit for bit, and n-best lists get its answers (scores up to rounding, 2e-6);",
        "after a merge the same; each tenth time a snapshot has the bytes of a fresh build.",
        "Snapshots and backups that were cut off are there completely or not at all.",
        "",
        "| what was done | times | |",
        "| --- | ---: | --- |",
        *(f"| {what} | {times} | {note} |" for what, times, note in rows),
        "",
        "Broken promises: 0 (the run stops at the first one).",
        "",
    ]
    return "\n".join(lines)


def put_section(path: Path, section: str) -> None:
    """Put a section into a Markdown file, in place of the one with its heading."""
    text = path.read_text(encoding="utf-8") if path.exists() else "# The service, measured\n"
    pattern = re.compile(rf"^{re.escape(HEADING)}$.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if pattern.search(text):
        text = pattern.sub(lambda _: section + "\n", text)
    else:
        text = text.rstrip("\n") + "\n\n" + section
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
