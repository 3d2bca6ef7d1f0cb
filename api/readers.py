"""Catalogs as a worker sees them: opened to read, following what the writer does."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from api.catalogs import Catalogs, EntitySource, Loader, ResolvesNBest, ServedCatalog, catalog_names
from api.default_catalog import default_of, with_first
from api.live_catalogs import Models
from er_engine.errors import ErEngineError
from er_engine.model import Model

FOLLOW_SECONDS = 0.5
_log = logging.getLogger(__name__)


class ReadCatalog:
    """A live catalog of another process; a `ServedCatalog` that takes no changes."""

    live = None
    problem = None

    def __init__(self, data_dir: Path, name: str, models: Models) -> None:
        """Open it.

        Raises:
            UnknownCatalogError, StorageError: it isn't there or can't be read.
        """
        from contextlib import closing

        from index.live.catalog import LiveCatalog
        from index.live.layout import LIVE
        from index.live.schema import connect, read_settings

        path = data_dir / name / LIVE.database
        self._database = path
        self._number = path.stat().st_ino
        with closing(connect(path, read_only=True)) as database:
            lang = read_settings(database, path).lang
        self.name = name
        self._model: Model = models.get(lang)
        self._reader = LiveCatalog.open_reader(data_dir, name, self._model)

    @property
    def entities(self) -> int:
        """See `ServedCatalog.entities`."""
        return self._reader.status().entities

    @property
    def resolver(self) -> ResolvesNBest:
        """A resolver of all that the writer acknowledged."""
        from er_engine.resolver import Resolver

        return Resolver(self._reader.view(), self._model)

    @property
    def source(self) -> EntitySource:
        """See `ServedCatalog.source`."""
        return self._reader

    @property
    def is_there(self) -> bool:
        """Whether it was neither removed nor replaced by another one of its name."""
        try:
            return self._database.stat().st_ino == self._number
        except OSError:
            return False

    def close(self) -> None:
        """Free it."""
        self._reader.close()


def reader_loader(
    data_dir: Path, directories: Sequence[Path], models: Models, wait: Callable[[], bool]
) -> Loader:
    """Return a loader of what the writer serves.

    Args:
        data_dir: folder of the live catalogs.
        directories: the indexes that were imported; the first one is the default catalog.
        models: where models come from.
        wait: waits until the writer is ready; False if that is of no use any more.
    """
    first = catalog_names(directories)

    def load() -> list[ServedCatalog]:
        from index.live.creating import list_catalogs

        if not wait():
            return []
        found = list_catalogs(data_dir)
        names = [name for name in first if name in found]
        others = [name for name in found if name not in names]
        # The writer is ready, so it has noted which one is the first.
        order = with_first([*names, *others], default_of(data_dir))
        opened = [_opened(data_dir, name, models) for name in order]
        return [catalog for catalog in opened if catalog is not None]

    return load


def wait_for_writer(socket_path: Path, stopping: Callable[[], bool]) -> bool:
    """Wait until the writer serves its catalogs; False if this process is stopping."""
    while not stopping():
        if is_ready(socket_path):
            return True
        time.sleep(FOLLOW_SECONDS)
    return False


class Followed(Catalogs):
    """Catalogs that come and go as the writer makes and deletes them."""

    def __init__(
        self,
        loader: Loader,
        on_failure: Callable[[], None],
        follow: Callable[[Catalogs], None],
        default: str | None = None,
    ) -> None:
        """Take the loader and what is called again and again once it is done."""
        super().__init__(loader, on_failure, default)
        self._follow = follow
        self._closed = threading.Event()

    def start(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Begin to load, and then to follow."""
        super().start(prepare)
        threading.Thread(target=self._run, name="follow-catalogs", daemon=True).start()

    def close(self) -> None:
        """Follow no more, and free the catalogs."""
        self._closed.set()
        super().close()

    def _run(self) -> None:
        self.wait()
        while self.ready and not self._closed.wait(FOLLOW_SECONDS):
            try:
                self._follow(self)
            except (ErEngineError, OSError) as error:
                _log.warning("the catalogs can't be followed now: %s", error)


def update(data_dir: Path, models: Models, catalogs: Catalogs) -> None:
    """Serve the catalogs that are there now, and no others."""
    from index.live.creating import list_catalogs

    for served in catalogs.all():
        if isinstance(served, ReadCatalog) and not served.is_there:
            catalogs.remove(served.name)
    for name in list_catalogs(data_dir):
        if catalogs.get(name) is not None:
            continue
        catalog = _opened(data_dir, name, models)
        if catalog is not None:
            catalogs.add(catalog)
    catalogs.lead(default_of(data_dir))


def _opened(data_dir: Path, name: str, models: Models) -> ReadCatalog | None:
    """Open a catalog; one that can't be opened is left to the writer, which can say why."""
    try:
        return ReadCatalog(data_dir, name, models)
    except (ErEngineError, OSError) as error:
        _log.debug("catalog %s can't be opened yet: %s", name, error)
        return None


def is_ready(writer: Path) -> bool:
    """Whether the writer serves its catalogs."""
    connection = http.client.HTTPConnection("localhost", timeout=5)
    connection.sock = socket.socket(socket.AF_UNIX)
    try:
        connection.sock.connect(str(writer))
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
