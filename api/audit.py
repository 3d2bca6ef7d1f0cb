"""The audit log: who changed what, on disk before the change is made."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import changes
from api.context import RequestContext, context_of
from api.problems import problem
from er_engine.errors import ServiceError

_MODE = 0o600
_LONGEST_PATH = 500


def utc_now() -> str:
    """The time for the log."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class AuditLog:
    """An append-only file, one JSON object on a line; several processes may share it."""

    def __init__(self, path: Path, now: Callable[[], str] = utc_now) -> None:
        """Open the file.

        Raises:
            ServiceError: it can't be written.
        """
        self._path = path
        self._now = now
        try:
            os.close(self._open())
        except OSError as error:
            raise ServiceError(f"{path}: the audit log can't be written: {error}") from error

    def append(self, record: dict[str, Any], *, durable: bool) -> None:
        """Add one line with one write, so that lines of several processes don't mix.

        The file is opened each time: it may be rotated away by its name.

        Raises:
            OSError: the line could not be written.
        """
        line = json.dumps({"time": self._now(), **record}, ensure_ascii=True).encode() + b"\n"
        handle = self._open()
        try:
            written = os.write(handle, line)
            if written != len(line):
                raise OSError(f"{self._path}: only a part of a line could be written")
            if durable:
                os.fsync(handle)
        finally:
            os.close(handle)

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _MODE)


class Audit:
    """ASGI middleware: no change without a line that is on disk, and a line on how it ended.

    The first line is synced before the change, so that a change that was made is never missing. The
    second one is written before the answer; after a crash it may be missing: the change may then
    have been made or not.
    """

    def __init__(self, app: ASGIApp, log: AuditLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write both lines around a request that may change something."""
        if scope["type"] != "http" or not changes(scope):
            await self._app(scope, receive, send)
            return
        context = context_of(scope)
        begin = {
            "event": "begin",
            "request": context.id,
            "key": context.key_id,
            "client": (scope.get("client") or [None])[0],
            "method": scope["method"],
            "path": scope["path"][:_LONGEST_PATH],
        }
        try:
            await run_in_threadpool(self._log.append, begin, durable=True)
        except OSError as error:
            said = f"nothing was changed: the audit log can't be written ({error.strerror})"
            await problem(503, said, context.id)(scope, receive, send)
            return

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._end(context, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, answered)
        except Exception:
            self._end(context, 500)
            raise

    def _end(self, context: RequestContext, status: int) -> None:
        end = {"event": "end", "request": context.id, "status": status}
        if context.catalog is not None:  # of an upload the path doesn't tell
            end["catalog"] = context.catalog
        try:
            self._log.append(end, durable=False)
        except OSError:
            # The change is made, and its first line is on disk; the answer stays true.
            return
