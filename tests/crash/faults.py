"""A fault at every point where something is written: kills, and errors of the system."""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.context import ForkServerContext
from pathlib import Path

from er_engine.errors import ErEngineError
from er_engine.types import Entity
from index.live.creating import import_index, list_catalogs, remove_catalog, restore_catalog
from index.live.records import entity_record
from tests.crash.expected import Expected, Operation
from tests.crash.victim import Fault, Faults, Victim
from tests.unit.index.builds import build
from tests.unit.index.live.catalogs import NAME, new_catalog, open_catalog

ERRORS = {"disk full": errno.ENOSPC, "read-only disk": errno.EROFS, "disk fails": errno.EIO}
# More hits of one point, in later operations, say nothing new.
MOST_HITS = 3
LEAST_MESSAGE = 20


def scenario(state: Mapping[str, object]) -> Iterator[Operation]:
    """Changes of every kind, with a merge, a snapshot and a backup between them."""
    deleted = "tv2" if "tv2" in state else "tv1"
    new, changed = Entity("n1", "Alpha Bravo", "person"), Entity("b1", "Delta", "book", ("Chip",))
    some = tuple(Entity(f"m{number}", f"hotel {number}") for number in range(3))
    yield _put(new)
    yield Operation("merge")
    yield _put(changed)
    yield Operation("bulk", ([entity_record(entity) for entity in some],), some)
    yield Operation("delete", (deleted,), deletes=deleted)
    yield Operation("feedback", ("chip", "b1"))
    yield Operation("forget")
    yield Operation("feedback", ("delta", "b1"))
    yield Operation("snapshot")
    yield Operation("backup")
    yield Operation("merge")
    yield _put(Entity("n1", "India"))


def write_points(context: ForkServerContext, folder: Path) -> dict[str, int]:
    """Run without a fault; return how often each point is reached, from the start-up on."""
    return _run(context, folder, Fault(), damaged=True)


def faults_for(points: dict[str, int]) -> Iterator[tuple[str, Fault]]:
    """Yield every fault with a name for its kind."""
    for point, count in sorted(points.items()):
        for hit in range(1, min(count, MOST_HITS) + 1):
            yield "kill", Fault(point, hit)
        for name, number in ERRORS.items():
            yield name, Fault(point, 1, number)
        yield "disk stays full", Fault(point, 1, errno.ENOSPC, stays=True)


def inject(context: ForkServerContext, folder: Path, fault: Fault) -> None:
    """Run with a fault, and check the catalog afterwards.

    Raises:
        AssertionError: a promise was broken.
    """
    try:
        # Without vectors, so that start-up writes as well.
        _run(context, folder, fault, damaged="vectors" in fault.point or fault.hit == 1)
    except AssertionError as error:
        raise AssertionError(f"{fault}: {error}") from error


def fill_the_disk(context: ForkServerContext, folder: Path, size: int) -> bool:
    """Let no file grow beyond `size` bytes, then lift the limit; return whether it was felt.

    Raises:
        AssertionError: a promise was broken.
    """
    data_dir = new_catalog(folder / "data")
    expected = Expected.imported()
    victim = Victim(context, data_dir)
    try:
        victim.receive()
        victim.ask("limit", size)
        pending, failed = _operate(victim, expected, tries=1)
        assert pending is None, f"{size} bytes: the process died of a full disk"
        victim.ask("limit", 0)
        pending, still_failed = _operate(victim, expected, tries=1)
        assert pending is None
        assert not still_failed, f"{size} bytes: there is space again, but {still_failed}"
    finally:
        victim.kill()
    expected.check(data_dir, None, thoroughly=False)
    shutil.rmtree(folder)
    return bool(failed)


def _run(context: ForkServerContext, folder: Path, fault: Fault, damaged: bool) -> dict[str, int]:
    """Return how often each write point was reached."""
    data_dir = new_catalog(folder / "data")
    expected = Expected.imported()
    if damaged:
        shutil.rmtree(data_dir / NAME / "vectors")
    victim = Victim(context, data_dir, fault)
    points: dict[str, int] = {}
    pending = None
    try:
        answer = victim.receive()
        if answer is not None and "opened" in answer:
            pending, failed = _operate(victim, expected, tries=1 if fault.stays else 2)
            assert fault.error is not None or not failed, f"failed without a fault: {failed}"
            assert fault.stays or not failed, f"failed twice: {failed}"
            if pending is None and (last := victim.ask("points")) is not None:
                points = last["done"]
                victim.ask("close")
    finally:
        victim.kill()
    expected.check(data_dir, pending, thoroughly=False)
    shutil.rmtree(folder)
    return points


def _operate(
    victim: Victim, expected: Expected, tries: int
) -> tuple[Operation | None, dict[str, str]]:
    """Do the scenario, what fails `tries` times at most, as a client would.

    Returns:
        The operation at which the process died (None where it lives), and the messages of what
        failed for good.
    """
    failed: dict[str, str] = {}
    for operation in scenario(expected.state):
        for _ in range(tries):
            answer = victim.ask(operation.do, *operation.arguments)
            if answer is None:
                return operation, failed
            if "done" in answer:
                expected.acknowledge(operation, answer["done"])
                break
            assert len(answer["error"]) > LEAST_MESSAGE, "the message says nothing"
        else:
            failed[operation.do] = answer["error"]
            # The commit may have come before the fault: a whole change, not acknowledged.
            now = victim.ask("sequence")
            assert now is not None, "the process died of an error"
            expected.take_if_there(operation, now["done"])
    return None, failed


def _put(entity: Entity) -> Operation:
    return Operation("upsert", (entity_record(entity),), (entity,))


def _creations(folder: Path) -> dict[str, Callable[[Faults], None]]:
    """What makes or removes whole catalogs; each leaves all of it or nothing."""
    data_dir = folder / "data"
    return {
        "import": lambda faults: import_index(folder / "built", data_dir, NAME, faults),
        "restore": lambda faults: restore_catalog(folder / "backup", data_dir, "two", faults),
        "remove": lambda faults: remove_catalog(data_dir, NAME, faults),
    }


def _die(folder: str, what: str, point: str, hit: int) -> None:
    _creations(Path(folder))[what](Faults(Fault(point, hit)))


def inject_while_creating(
    context: ForkServerContext,
    folder: Path,
    kinds: Sequence[str] = ("remove", "import", "restore"),
    errors: Mapping[str, int] = ERRORS,
) -> Counter[str]:
    """Kill and fail imports, restores and removals at each of their points.

    Returns:
        How many faults of each kind there were.
    """
    counts: Counter[str] = Counter()
    build(folder / "built")
    import_index(folder / "built", folder / "data", NAME)
    catalog = open_catalog(folder / "data")
    catalog.backup(folder / "backup")
    catalog.close()
    for what in kinds:
        for point, count in _points_of(folder, what).items():
            for hit in range(1, min(count, MOST_HITS) + 1):
                _prepare(folder, what)
                process = context.Process(target=_die, args=(str(folder), what, point, hit))
                process.start()
                process.join()
                assert process.exitcode == -9
                _check_all_or_nothing(folder, what)
                counts["kill"] += 1
            for name, number in errors.items():
                _prepare(folder, what)
                _fail(folder, what, Fault(point, 1, number))
                _check_all_or_nothing(folder, what)
                counts[name] += 1
    return counts


def _points_of(folder: Path, what: str) -> dict[str, int]:
    _prepare(folder, what)
    faults = Faults(Fault())
    _creations(folder)[what](faults)
    return dict(faults.counts)


def _fail(folder: Path, what: str, fault: Fault) -> None:
    try:
        _creations(folder)[what](Faults(fault))
    except (ErEngineError, OSError):
        return
    raise AssertionError(f"{what} didn't notice {fault}")


def _prepare(folder: Path, what: str) -> None:
    """Bring the data folder to the state before."""
    name = "two" if what == "restore" else NAME
    there = name in list_catalogs(folder / "data")
    if what == "remove" and not there:
        import_index(folder / "built", folder / "data", NAME)
    elif what != "remove" and there:
        remove_catalog(folder / "data", name)
    # So that versions begin at 1 again.
    shutil.rmtree(folder / "data" / ".versions", ignore_errors=True)


def _check_all_or_nothing(folder: Path, what: str) -> None:
    """There is a whole catalog or none; doing it again works and leaves nothing else behind."""
    name = "two" if what == "restore" else NAME
    if name in list_catalogs(folder / "data"):
        Expected.imported().check(folder / "data", None, thoroughly=False, name=name)
    _prepare(folder, what)
    _creations(folder)[what](Faults(Fault()))
    known = {NAME, name, ".versions"}
    hidden = [path for path in os.listdir(folder / "data") if path not in known]
    assert what == "remove" or not hidden, f"left behind: {hidden}"
