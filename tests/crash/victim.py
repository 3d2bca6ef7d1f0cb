"""The process that is killed: a live catalog, driven over a pipe, with faults where it writes."""

from __future__ import annotations

import itertools
import json
import logging
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from er_engine.errors import CatalogNotReadyError, ErEngineError
from er_engine.types import Hypothesis
from index.live.catalog import LiveCatalog
from index.live.creating import restore_catalog
from index.live.feedback import Chosen, Feedback
from index.live.records import entity_from
from tests.unit.index.live.catalogs import MODEL, NAME

# So few changes start a merge in the background: many of them run into a kill.
MERGE_FROM = 6
SECONDS_TO_ANSWER = 60.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens where something is written.

    Attributes:
        point: name of the write point; empty for none.
        hit: the how-manieth time it is reached, from 1.
        error: number of the system's error; None kills the process.
        stays: the error comes again at every later point, as on a disk that stays full.
        elsewhere: new vectors are made in a process of their own.
    """

    point: str = ""
    hit: int = 1
    error: int | None = None
    stays: bool = False
    elsewhere: bool = False


class Faults:
    """Counts write points, and does what a fault says."""

    def __init__(self, fault: Fault) -> None:
        self.counts: Counter[str] = Counter()
        self._fault = fault
        self._failing = False

    def __call__(self, point: str) -> None:
        """Be reached."""
        self.counts[point] += 1
        fault = self._fault
        now = point == fault.point and self.counts[point] == fault.hit
        if now and fault.error is None:
            os.kill(os.getpid(), signal.SIGKILL)
        if fault.error is not None and (now or self._failing):
            self._failing = fault.stays
            raise OSError(fault.error, os.strerror(fault.error))


class _Served:
    """Runs commands on a catalog."""

    def __init__(self, catalog: LiveCatalog, faults: Faults, out: Path) -> None:
        self._catalog = catalog
        self._faults = faults
        self._out = out
        self._threads: list[threading.Thread] = []

    def run(self, command: Mapping[str, Any]) -> Any:
        """Run one command; return what it answers."""
        run: Callable[..., Any] = getattr(self, f"_{command['do']}")
        return run(*command.get("with", ()))

    def _upsert(self, record: str, if_version: int | None = None) -> tuple[int, bool | None]:
        entity = entity_from(record)
        version = self._catalog.upsert(entity, if_version=if_version)
        return version, self._visible(entity.id, True)

    def _delete(self, entity_id: str) -> tuple[int, bool | None]:
        version = self._catalog.delete(entity_id)
        return version, self._visible(entity_id, False)

    def _bulk(self, records: list[str]) -> list[int | None]:
        return [result.version for result in self._catalog.bulk(map(entity_from, records))]

    def _feedback(self, text: str, entity_id: str) -> int:
        return self._catalog.add_feedback(Feedback((Hypothesis(text),), entity_id))

    def _forget(self) -> int:
        return self._catalog.forget_feedback(Chosen())

    def _merge(self) -> None:
        self._catalog.merge()

    def _snapshot(self) -> None:
        self._catalog.snapshot(self._out / "snapshot")

    def _backup(self) -> None:
        self._catalog.backup(self._out / "backup.sqlite")

    def _restore(self, name: str) -> None:
        data_dir = self._out / "restored"
        restore_catalog(self._out / "backup.sqlite", data_dir, name, self._faults)

    def _beside(self, what: str) -> None:
        """Do it in a thread, so that it goes on while other commands come."""
        thread = threading.Thread(target=self._quietly, args=(what,), daemon=True)
        thread.start()
        self._threads.append(thread)

    def _quietly(self, what: str) -> None:
        with suppress(ErEngineError, OSError):
            self.run({"do": what})

    def _points(self) -> dict[str, int]:
        return dict(self._faults.counts)

    def _sequence(self) -> int:
        return self._catalog.sequence

    def _limit(self, size: int) -> None:
        _limit_files(size)

    def _close(self) -> None:
        for thread in self._threads:
            thread.join()
        self._catalog.close()

    def _visible(self, entity_id: str, there: bool) -> bool | None:
        try:
            return (self._catalog.view().entities.row_of(entity_id) is not None) == there
        except CatalogNotReadyError:
            return None


def serve(pipe: Connection, data_dir: str, out: str, fault: Mapping[str, Any]) -> None:
    """Open the catalog and run commands until the pipe is closed."""
    faults = Faults(Fault(**fault))
    options = {"elsewhere_from": 0} if fault["elsewhere"] else {}
    logging.disable(logging.CRITICAL)
    _turn_the_clock_back()
    try:
        catalog = LiveCatalog.open(
            data_dir, NAME, MODEL, merge_from=MERGE_FROM, reached=faults, **options
        )
    except (ErEngineError, OSError) as error:
        _send(pipe, {"refused": str(error)})
        return
    _send(pipe, {"opened": catalog.ready})
    served = _Served(catalog, faults, Path(out))
    with suppress(EOFError, OSError):
        while True:
            command = json.loads(pipe.recv_bytes())
            try:
                _send(pipe, {"done": served.run(command)})
            except (ErEngineError, OSError) as error:
                _send(pipe, {"error": str(error), "kind": type(error).__name__})


def _turn_the_clock_back() -> None:
    """Every look at the clock shows an earlier time than the one before."""
    earlier = itertools.count(2_000_000_000, -3_600)
    time.time = lambda: float(next(earlier))  # type: ignore[assignment]


def _limit_files(size: int) -> None:
    """Let writes beyond this size fail, as on a full disk; 0 for no limit."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size or hard, hard))


def _send(pipe: Connection, answer: object) -> None:
    pipe.send_bytes(json.dumps(answer).encode())


class Victim:
    """The other end of the pipe."""

    def __init__(self, context: ForkServerContext, data_dir: Path, fault: Fault = Fault()) -> None:
        """Start the process; it doesn't wait until the catalog is open."""
        self._pipe, other = context.Pipe()
        out = data_dir.parent / "out"
        out.mkdir(exist_ok=True)
        values = {name: getattr(fault, name) for name in Fault.__slots__}
        self._process = context.Process(
            target=serve, args=(other, str(data_dir), str(out), values), daemon=True
        )
        self._process.start()
        other.close()

    def receive(self) -> dict[str, Any] | None:
        """Return the next answer; None where the process died."""
        try:
            if not self._pipe.poll(SECONDS_TO_ANSWER):
                raise AssertionError("no answer: the process hangs")
            answer: dict[str, Any] = json.loads(self._pipe.recv_bytes())
        except (EOFError, OSError):
            return None
        return answer

    def send(self, do: str, *arguments: object) -> None:
        """Send a command; the process may be dead already."""
        with suppress(OSError):
            self._pipe.send_bytes(json.dumps({"do": do, "with": arguments}).encode())

    def ask(self, do: str, *arguments: object) -> dict[str, Any] | None:
        """Send a command and wait for its answer; None where the process died."""
        self.send(do, *arguments)
        return self.receive()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._process.kill()
        self.join()

    def join(self) -> None:
        """Close the pipe and wait for the end of the process."""
        self._pipe.close()
        self._process.join(SECONDS_TO_ANSWER)
        assert self._process.exitcode is not None, "the process hangs"


def victims() -> ForkServerContext:
    """Processes are forked from one that has imported everything, and has no threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context
