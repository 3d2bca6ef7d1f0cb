"""Readers in other processes: they see each change of the writer at their next view."""

from __future__ import annotations

import threading
import weakref
from pathlib import Path

from er_engine.errors import UnknownCatalogError
from er_engine.model import Model
from index.live.following import FollowingCatalog, no_entities
from index.live.freed import give_back
from index.live.layout import LIVE
from index.live.segments import Segments
from index.live.view import LiveView

# The writer may remove a folder while it is opened here; then there is a newer one.
_ATTEMPTS = 3


class CatalogReader(FollowingCatalog):
    """Reads what the one writer writes. Thread-safe."""

    def __init__(self, folder: Path, model: Model) -> None:
        """Use `LiveCatalog.open_reader`."""
        if not (folder / LIVE.database).is_file():
            raise UnknownCatalogError(f"{folder}: there is no catalog {folder.name!r}")
        super().__init__(folder, model, read_only=True)
        self._checking = threading.Lock()
        self._seen = -1
        self._opening: threading.Thread | None = None
        self._check()

    def view(self) -> LiveView:
        """See `FollowingCatalog.view`; looks first whether the writer wrote."""
        self._check()
        return super().view()

    @property
    def ready(self) -> bool:
        """Whether `view` has an answer."""
        self._check()
        return super().ready

    def close(self) -> None:
        """Free files; harmless when repeated."""
        if self._opening is not None:
            self._opening.join()
        super().close()

    def _check(self) -> None:
        with self._checking:
            seen = self._database.data_version()
            # Vectors that are made for the first time leave the database as it was.
            if seen == self._seen and self._segments is not None:
                return
            if self._segments is None or not self._follow():
                self._open_newest()
            elif self._is_old() and (self._opening is None or not self._opening.is_alive()):
                # Queries go on with the vectors of before, which say the same.
                self._opening = threading.Thread(
                    target=self._open_newest, args=(self._main_vectors(),), daemon=True
                )
                self._opening.start()
            self._seen = seen

    def _is_old(self) -> bool:
        known = self._generations.all()
        used = self._generation
        return bool(known) and (used is None or known[0].sequence > used.sequence)

    def _open_newest(self, before: weakref.ref[object] | None = None) -> None:
        for _ in range(_ATTEMPTS):
            if self._open_last_good():
                give_back(before)
                return
        if self._database.count() == 0:
            self._take(Segments(no_entities(self._model), self._database.sequence()), None)
        elif self._segments is None:
            self._progress = ("waiting for the writer to make the vectors", 0, 0)
