"""Several processes behind one address: one writer, and workers that answer queries."""

from __future__ import annotations

import logging
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from api.metrics import SHARED_FOLDER
from api.settings import Settings
from api.turns import AWAY, Board
from er_engine.errors import ErEngineError, ServiceError

WRITER_SOCKET = "writer.sock"
RATES = "rates"
BOARD = "connections"
_LOOK_SECONDS = 0.2
_RESTART_SECONDS = 1.0
# Beyond what requests are given to end: until a process is killed.
_MORE_SECONDS = 10.0
_log = logging.getLogger(__name__)

Target = Callable[..., None]


class Child:
    """One process, started again when it dies; a deliberate error in it ends everything."""

    def __init__(
        self,
        name: str,
        target: Target,
        arguments: tuple[Any, ...],
        on_death: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._target = target
        self._arguments = arguments
        self._on_death = on_death
        self._begun = 0.0
        self.start()

    def start(self) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self._said, say = context.Pipe(duplex=False)
        self._begun = time.monotonic()
        self.process: BaseProcess = context.Process(
            target=_run_child, args=(self._target, self._arguments, say), name=self._name
        )
        self.process.start()
        say.close()

    def look(self) -> None:
        """Start it again if it died.

        Raises:
            ServiceError: it ended with an error that would come again.
        """
        if self.process.is_alive():
            return
        with suppress(EOFError):  # it was killed, or failed without a word
            raise ServiceError(self._said.recv())
        _log.error("%s ended with %s; it is started again", self._name, self.process.exitcode)
        self._on_death()
        _forget_metrics(self.process.pid)
        time.sleep(max(0.0, _RESTART_SECONDS - (time.monotonic() - self._begun)))
        self.start()

    def stop(self, seconds: float) -> None:
        """Let it finish, or kill it when that takes too long."""
        if self.process.is_alive():
            self.process.terminate()
        self.process.join(seconds)
        if self.process.is_alive():
            _log.error("%s did not end and is killed", self._name)
            self.process.kill()
            self.process.join()


def serve_processes(settings: Settings, listening: socket.socket) -> None:
    """Serve with `settings.workers` processes, and a writer if there are live catalogs.

    Raises:
        ServiceError: a process ended with an error that would come again.
    """
    with _folder() as folder, _signals() as stopped:
        writer: Child | None = None
        workers: list[Child] = []
        path = folder / WRITER_SOCKET
        try:
            if settings.data_dir is not None:
                writer = Child("writer", run_writer, (settings, path))
            board = Board(folder / BOARD, settings.workers)
            for number in range(settings.workers):
                arguments = (settings, listening, path, number)
                died = partial(board.put, number, AWAY)
                workers.append(Child(f"worker {number + 1}", run_worker, arguments, died))
            _watch([*([writer] if writer else []), *workers], stopped)
        finally:
            seconds = settings.shutdown_seconds + _MORE_SECONDS
            for worker in workers:
                if worker.process.is_alive():
                    worker.process.terminate()
            for worker in workers:
                worker.stop(seconds)
            if writer is not None:  # last: workers hand on to it
                writer.stop(seconds)


def _watch(children: list[Child], stopped: threading.Event) -> None:
    while not stopped.is_set():
        wait([child.process.sentinel for child in children], timeout=_LOOK_SECONDS)
        for child in children:
            if not stopped.is_set():
                child.look()


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of this service for its socket, numbers and rates; nobody else may enter."""
    folder = Path(tempfile.mkdtemp(prefix="er-engine-"))
    (folder / "metrics").mkdir()
    os.environ[SHARED_FOLDER] = str(folder / "metrics")
    try:
        yield folder
    finally:
        del os.environ[SHARED_FOLDER]
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set."""
    stopped = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in numbers}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _forget_metrics(pid: int | None) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _run_child(target: Target, arguments: tuple[Any, ...], say: Connection) -> None:
    """Run in the child: end with the parent, and tell it what went wrong on purpose."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the parent decides
    parent = multiprocessing.parent_process()
    assert parent is not None

    def end_with_parent() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        target(*arguments)
    except (ErEngineError, OSError) as error:
        say.send(str(error))
        sys.exit(1)


def run_writer(settings: Settings, path: Path) -> None:
    """Serve the one process that changes catalogs, on a socket in the file system."""
    from api.live_catalogs import catalogs_of
    from api.serving import serve_app

    listening = socket.socket(socket.AF_UNIX)
    path.unlink(missing_ok=True)
    listening.bind(str(path))
    listening.listen()
    inner = settings.model_copy(
        update={"rate_limit": 0.0, "allowed_hosts": [], "trusted_proxies": ["*"]}
    )
    serve_app(lambda control: catalogs_of(inner, control.stop), inner, listening)


def run_worker(settings: Settings, listening: socket.socket, path: Path, number: int) -> None:
    """Serve queries; what changes something goes to the writer."""
    from api.catalogs import Catalogs
    from api.live_catalogs import Models, catalogs_of
    from api.readers import Followed, reader_loader, update, wait_for_writer
    from api.serving import Control, Shared, serve_app

    data_dir = settings.data_dir
    inner = settings.model_copy(
        update={
            "data_dir": None,
            "audit_log": None,
        }
    )
    board = Board(path.with_name(BOARD), settings.workers)
    shared = Shared(path.with_name(RATES), board, number)
    if data_dir is None:
        serve_app(lambda control: catalogs_of(inner, control.stop), inner, listening, shared=shared)
        return
    models = Models(settings.model)

    def make(control: Control) -> tuple[Catalogs, Models]:
        wait = partial(wait_for_writer, path, control.stopping)
        loader = reader_loader(data_dir, settings.directories, models, wait)
        follow = partial(update, data_dir, models)
        return Followed(loader, control.stop, follow, settings.default_catalog), models

    serve_app(make, inner, listening, forward_to=path, shared=shared)
