"""Deletes feedback that is older than the operator wants to keep what people said."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from api.audit import AuditLog
from api.catalogs import Catalogs
from api.limits import WorkQueue
from api.logs import fields
from er_engine.errors import ErEngineError

if TYPE_CHECKING:
    from index.live.catalog import LiveCatalog

_log = logging.getLogger(__name__)
_DAY = 86_400
EVERY_SECONDS = 3_600.0
_UNTIL_READY_SECONDS = 1.0


class Retention:
    """Looks at every catalog once an hour, in the queue of changes."""

    def __init__(
        self,
        catalogs: Catalogs,
        writes: WorkQueue,
        days: int,
        audit: AuditLog | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._catalogs = catalogs
        self._writes = writes
        self._days = days
        self._audit = audit
        self._now = now

    async def run(self) -> None:
        """Go on until it is cancelled."""
        while True:
            if self._catalogs.ready:
                await self.look()
            await asyncio.sleep(EVERY_SECONDS if self._catalogs.ready else _UNTIL_READY_SECONDS)

    async def look(self) -> None:
        """Delete what is too old now; what fails is tried again the next time."""
        for catalog in self._catalogs.all():
            if catalog.live is None:
                continue
            work = partial(self._forget, catalog.live)
            try:
                await self._writes.run(work, begun=True)
            except (ErEngineError, OSError) as error:
                _log.error("old feedback of catalog %s was not deleted: %s", catalog.name, error)

    def _forget(self, live: LiveCatalog) -> None:
        from index.live.feedback import Chosen

        before = self._now() - self._days * _DAY
        chosen = Chosen(before=before)
        found = live.count_feedback(chosen)
        if not found:
            return
        said = {"catalog": live.name, "before": _time(before), "feedback": found}
        if self._audit is not None:
            self._audit.append({"event": "retention", **said}, durable=True)
        live.forget_feedback(chosen)
        _log.info("old feedback deleted", extra=fields(**said))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
