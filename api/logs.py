"""Structured logs: one JSON object on a line, written by a thread so that no request waits for it.

What was said by users is not logged unless the operator asks for it; messages of unexpected errors
can hold it too, so that only their type and the lines of code are logged then.
"""

from __future__ import annotations

import json
import logging
import queue
import sys
import traceback
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from typing import Any, Literal, TextIO

LogFormat = Literal["json", "text"]
# Lines that wait for a slow reader of the log; more are dropped and counted.
MAX_WAITING_LINES = 10_000
_STOP_SECONDS = 2.0
_FIELDS = "fields"
_OURS = ("api", "er_engine", "index")


def fields(**values: Any) -> dict[str, Any]:
    """Structured values of one record: `log.info("request", extra=fields(status=200))`."""
    return {_FIELDS: values}


class JsonFormatter(logging.Formatter):
    """One JSON object on one line; `show_texts` also shows the messages of exceptions."""

    def __init__(self, show_texts: bool = False) -> None:
        super().__init__()
        self._show_texts = show_texts

    def format(self, record: logging.LogRecord) -> str:
        """Make one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, _FIELDS, {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= self._failure(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True, default=str)

    def _failure(self, error: BaseException) -> dict[str, Any]:
        frames = traceback.extract_tb(error.__traceback__)
        shown: dict[str, Any] = {
            "error": type(error).__name__,
            "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        }
        if self._show_texts:
            shown["error_message"] = str(error)
        return shown


class TextFormatter(JsonFormatter):
    """A short line for people: the same content."""

    def format(self, record: logging.LogRecord) -> str:
        """Make one line."""
        line = json.loads(super().format(record))
        head = f"{line.pop('time')} {line.pop('level'):7} {line.pop('message')}"
        line.pop("logger")
        rest = " ".join(f"{key}={json.dumps(value)}" for key, value in line.items())
        return f"{head} {rest}".rstrip()


class _DroppingHandler(QueueHandler):
    """Puts formatted lines into a bounded queue, and drops what does not fit."""

    def __init__(self, lines: queue.Queue[Any]) -> None:
        super().__init__(lines)
        self.dropped = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        """Never wait."""
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            self.dropped += 1


class _Listener(QueueListener):
    """Writes the lines; stops in bounded time, whatever becomes of the reader of the log."""

    _thread: Any

    def stop(self) -> None:
        try:
            self.queue.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(_STOP_SECONDS)


class LogSetup:
    """The handlers of a service's log; `close()` puts things back as they were."""

    def __init__(
        self,
        level: str = "info",
        style: LogFormat = "json",
        show_texts: bool = False,
        stream: TextIO | None = None,
        capacity: int = MAX_WAITING_LINES,
    ) -> None:
        """Send all logs of this process to `stream` (standard error)."""
        lines: queue.Queue[Any] = queue.Queue(capacity)
        self._handler = _DroppingHandler(lines)
        formatter = JsonFormatter if style == "json" else TextFormatter
        self._handler.setFormatter(formatter(show_texts))
        written = logging.StreamHandler(stream or sys.stderr)
        self._listener = _Listener(lines, written)
        self._listener.start()
        logging.getLogger().addHandler(self._handler)
        # Other libraries are heard when something is wrong.
        self._before = {name: logging.getLogger(name).level for name in ("", *_OURS)}
        for name in self._before:
            logging.getLogger(name).setLevel(level.upper() if name else "WARNING")

    @property
    def dropped(self) -> int:
        """Lines that nobody took in time."""
        return self._handler.dropped

    def close(self) -> None:
        """Write what waits, and log as before."""
        logging.getLogger().removeHandler(self._handler)
        for name, before in self._before.items():
            logging.getLogger(name).setLevel(before)
        self._listener.stop()
