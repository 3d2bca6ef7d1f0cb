"""Kills at random moments: changes, merges, snapshots, backups and start-ups, seeds recorded."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.context import ForkServerContext
from pathlib import Path

from tests.crash.expected import Expected, Operation, random_operation
from tests.crash.victim import Fault, Victim
from tests.unit.index.live.catalogs import NAME, new_catalog

# Seconds: shorter than what is done in them, so that kills fall into all of it.
LONGEST_START = 0.5
LONGEST_OPERATION = 0.12
MOST_OPERATIONS = 12
THOROUGH = 10
# Share of the kills that leave another process behind, which makes vectors.
ELSEWHERE = 0.1


def kill_often(
    context: ForkServerContext,
    folder: Path,
    seed: int,
    kills: int,
    report: Callable[[int], None] = lambda done: None,
) -> Counter[str]:
    """Kill a process again and again, always on the same catalog; check it after each kill.

    Returns:
        How many kills fell into what.

    Raises:
        AssertionError: a promise was broken; the message has the seed and the number of the kill.
    """
    data_dir = new_catalog(folder / "data")
    expected = Expected.imported()
    moments: Counter[str] = Counter()
    for number in range(kills):
        chance = random.Random(f"{seed}-{number}")
        disturb(chance, data_dir, moments)
        try:
            pending = _run_and_kill(context, data_dir, expected, chance, moments)
            expected.check(data_dir, pending, number % THOROUGH == 0)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, kill {number}: {error}") from error
        report(number + 1)
    return moments


def _run_and_kill(
    context: ForkServerContext,
    data_dir: Path,
    expected: Expected,
    chance: random.Random,
    moments: Counter[str],
) -> Operation | None:
    """Return the operation that was not acknowledged, if any."""
    elsewhere = chance.random() < ELSEWHERE
    moments["(of these with merges in a process of their own)"] += elsewhere
    victim = Victim(context, data_dir, Fault(elsewhere=elsewhere))
    try:
        if chance.random() < 0.2:
            time.sleep(chance.uniform(0.0, LONGEST_START))
            moments["start-up"] += 1
            return None
        answer = victim.receive()
        assert answer is not None, "the process died by itself"
        assert "opened" in answer, f"it didn't open: {answer}"
        for _ in range(chance.randint(0, MOST_OPERATIONS)):
            operation = random_operation(chance, expected.state)
            _take(expected, operation, victim.ask(operation.do, *operation.arguments))
        operation = random_operation(chance, expected.state)
        victim.send(operation.do, *operation.arguments)
        time.sleep(chance.uniform(0.0, LONGEST_OPERATION) ** 2 / LONGEST_OPERATION)
        moments[operation.arguments[0] if operation.do == "beside" else operation.do] += 1
        return operation
    finally:
        victim.kill()


def _take(expected: Expected, operation: Operation, answer: dict[str, object] | None) -> None:
    assert answer is not None, f"the process died by itself at {operation}"
    assert "done" in answer, f"{operation} failed: {answer}"
    expected.acknowledge(operation, answer["done"])


def disturb(chance: random.Random, data_dir: Path, moments: Counter[str]) -> None:
    """Sometimes damage derived files, and always give all files wrong times."""
    generations = sorted((data_dir / NAME / "vectors").glob("[0-9]*"))
    if generations and chance.random() < 0.3:
        damage(chance, generations[-1])
        moments["(of these with vectors damaged before)"] += 1
    for path in data_dir.rglob("*"):
        moment = chance.uniform(0, 4e9)
        with suppress(FileNotFoundError):
            os.utime(path, (moment, moment))


def damage(chance: random.Random, generation: Path) -> None:
    """Remove, truncate or flip a bit of an index folder."""
    if chance.random() < 0.2:
        shutil.rmtree(generation)
        return
    path = chance.choice(sorted(generation.iterdir()))
    data = bytearray(path.read_bytes())
    kind = chance.choice(("remove", "truncate", "flip"))
    if kind == "remove" or not data:
        path.unlink()
    elif kind == "truncate":
        path.write_bytes(data[: chance.randrange(len(data))])
    else:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
