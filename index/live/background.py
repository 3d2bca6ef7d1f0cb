"""One thread for the work that nobody waits for: preparing and merging vectors."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from er_engine.errors import ErEngineError

_log = logging.getLogger(__name__)
SECONDS_TO_RETRY = 30.0


class BackgroundWorker:
    """Runs a job when asked; what fails is reported, and tried again after a while."""

    def __init__(self, job: Callable[[], None], name: str) -> None:
        self._job = job
        self._name = name
        self._asked = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()
        self.problem: str | None = None

    def ask(self) -> None:
        """Have the job done soon."""
        self._idle.clear()
        self._asked.set()
        with self._starting:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is asked for, done well or not; False when it took longer."""
        return self._idle.wait(timeout)

    def stop(self) -> None:
        """Let the job that runs finish, and begin no other."""
        self._stopping.set()
        self._asked.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            # Without a problem there is nothing to do until somebody asks.
            self._asked.wait(SECONDS_TO_RETRY if self.problem else None)
            self._asked.clear()
            if self._stopping.is_set():
                return
            try:
                self._job()
                self.problem = None
            except Exception as error:  # the service goes on without this job
                self.problem = str(error)
                if isinstance(error, ErEngineError | OSError):
                    _log.error("%s: %s", self._name, error)
                else:
                    _log.exception("%s failed", self._name)
            if not self._asked.is_set():
                self._idle.set()
