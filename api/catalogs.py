"""The catalogs that one service answers from, loaded once and in the background."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from er_engine.errors import CatalogDamagedError, ErEngineError, ServiceError, UnknownEntityError
from er_engine.options import NO_OPTIONS, ResolveOptions
from er_engine.types import Entity, Hypothesis, Resolution

if TYPE_CHECKING:
    from index.live.catalog import LiveCatalog
    from index.store import EntityDatabase

_log = logging.getLogger(__name__)
# What never changes has one version.
FIRST_VERSION = 1


class ResolvesNBest(Protocol):
    """What the service needs of `er_engine.resolver.Resolver`."""

    def resolve(
        self,
        n_best: Sequence[Hypothesis],
        k: int = 5,
        type: str | None = None,  # noqa: A002 - the name of the option everywhere
        options: ResolveOptions = NO_OPTIONS,
    ) -> Resolution:
        """See `Resolver.resolve`."""


class EntitySource(Protocol):
    """Entities with their versions, for those who look at a catalog."""

    def get(self, entity_id: str) -> tuple[Entity, int]:
        """Return an entity and its version; UnknownEntityError."""

    def page(self, after_id: str | None, limit: int) -> list[tuple[Entity, int]]:
        """Return up to `limit` entities after this id, by id; None starts."""


class ServedCatalog(Protocol):
    """A catalog that is served, from a folder that never changes or from a live one."""

    @property
    def name(self) -> str:
        """What it is called in paths."""

    @property
    def entities(self) -> int:
        """How many entities it has now."""

    @property
    def resolver(self) -> ResolvesNBest:
        """What answers a query now; ask again for the next query."""

    @property
    def source(self) -> EntitySource | None:
        """Its entities, if they can be looked at."""

    @property
    def live(self) -> LiveCatalog | None:
        """What takes changes; None if it never changes."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """A loaded catalog that never changes."""

    name: str
    entities: int
    resolver: ResolvesNBest
    source: EntitySource | None = None

    @property
    def live(self) -> None:
        """It takes no changes."""
        return None


@dataclass(frozen=True, slots=True)
class BuiltEntities:
    """The entities of a built index; an `EntitySource`."""

    database: EntityDatabase

    def get(self, entity_id: str) -> tuple[Entity, int]:
        """See `EntitySource.get`."""
        row = self.database.row_of(entity_id)
        if row is None:
            raise UnknownEntityError(entity_id)
        return self.database.get([row])[0], FIRST_VERSION

    def page(self, after_id: str | None, limit: int) -> list[tuple[Entity, int]]:
        """See `EntitySource.page`."""
        return [(entity, FIRST_VERSION) for entity in self.database.page(after_id, limit)]


Loader = Callable[[], Sequence[ServedCatalog]]


@dataclass(frozen=True, slots=True)
class DamagedCatalog:
    """A catalog that can't be opened: it is listed and can be deleted, nothing else."""

    name: str
    problem: str

    @property
    def entities(self) -> int:
        """Nobody knows."""
        return 0

    @property
    def resolver(self) -> ResolvesNBest:
        """There is none: raises CatalogDamagedError."""
        raise CatalogDamagedError(self.problem)

    @property
    def source(self) -> None:
        """Nothing can be looked at."""
        return None

    @property
    def live(self) -> None:
        """Nothing can be changed."""
        return None


class Catalogs:
    """Loads the catalogs in a thread; until it is done there are none. Thread-safe."""

    def __init__(
        self,
        loader: Loader,
        on_failure: Callable[[], None] = lambda: None,
        default: str | None = None,
        on_default: Callable[[str], None] = lambda name: None,
    ) -> None:
        """Take what loads the catalogs.

        Args:
            loader: loads them, the default first.
            on_failure: called (from the loading thread) when that fails.
            default: the one that answers where none is named, and no other does; None for the
                first one.
            on_default: called with the name of the first one, when it becomes that.
        """
        self._loader = loader
        self._on_failure = on_failure
        self._default = default
        self._on_default = on_default
        self._by_name: dict[str, ServedCatalog] = {}
        self._changing = threading.Lock()
        self._loaded = False
        self._closing = False
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    def start(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Begin to load; `prepare` is called first, in the same thread, and may fail likewise."""
        self._thread = threading.Thread(
            target=self._load, args=(prepare,), name="load-catalogs", daemon=True
        )
        self._thread.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until loading is done, well or not."""
        if self._thread is not None:
            self._thread.join(timeout)

    @property
    def error(self) -> Exception | None:
        """Why loading failed, if it did."""
        return self._error

    @property
    def ready(self) -> bool:
        """Whether the catalogs are loaded."""
        return self._loaded

    def all(self) -> list[ServedCatalog]:
        """The loaded catalogs, the default first."""
        return list(self._by_name.values())

    def get(self, name: str | None) -> ServedCatalog | None:
        """The catalog of this name, the default one for None; None if there is no such catalog."""
        if name is None and self._default is None:
            return next(iter(self._by_name.values()), None)
        return self._by_name.get(name or self._default or "")

    def add(self, catalog: ServedCatalog) -> None:
        """Serve one more."""
        with self._changing:
            self._set({**self._by_name, catalog.name: catalog})

    def lead(self, name: str | None) -> None:
        """Let this one be the first, if it is there."""
        with self._changing:
            if name in self._by_name and name != next(iter(self._by_name)):
                self._set({name: self._by_name[name], **self._by_name})

    def remove(self, name: str) -> ServedCatalog | None:
        """Serve this one no more; return it, None if it wasn't there."""
        with self._changing:
            catalog = self._by_name.get(name)
            self._set({key: item for key, item in self._by_name.items() if key != name})
        return catalog

    def _set(self, by_name: dict[str, ServedCatalog]) -> None:
        """Serve these; the one that the operator chose is the first."""
        before = next(iter(self._by_name), None)
        chosen = {key: item for key, item in by_name.items() if key == self._default}
        self._by_name = chosen | by_name
        first = next(iter(self._by_name), None)
        told = self._closing or self._default is not None
        if first is not None and first != before and not told:
            self._on_default(first)

    def close(self) -> None:
        """Free the folders of live catalogs; nothing may be asked any more."""
        self.wait()
        self._closing = True
        for catalog in self.all():
            self.remove(catalog.name)
            if catalog.live is not None:
                catalog.live.close()

    def _load(self, prepare: Callable[[], None]) -> None:
        try:
            prepare()
            loaded = {catalog.name: catalog for catalog in self._loader()}
            with self._changing:
                self._set(loaded)
            self._loaded = True
        except Exception as error:  # whatever it is, the main thread has to report it and stop
            self._error = error
            if not isinstance(error, ErEngineError | OSError):
                _log.exception("loading the catalogs failed")
            self._on_failure()


def catalog_names(directories: Sequence[Path]) -> list[str]:
    """Name each catalog after its folder.

    Raises:
        ServiceError: two folders have the same name.
    """
    names = [directory.resolve().name for directory in directories]
    for name in names:
        if names.count(name) > 1:
            raise ServiceError(
                f"two index folders are named {name!r}; a catalog is served under the name of its "
                "folder, so rename one of them"
            )
    return names


def folder_loader(directories: Sequence[Path], model: str | None) -> Loader:
    """Return a loader that opens index folders and the models they need."""
    names = catalog_names(directories)

    def load() -> list[Catalog]:
        from er_engine.model import load_model
        from er_engine.resolver import Resolver
        from index.reader import open_index

        opened = [open_index(directory) for directory in directories]
        # Catalogs of one language share the model in memory.
        models = {lang: load_model(model, lang) for lang in {item.lang for item in opened}}
        return [
            Catalog(
                name,
                len(item.entities),
                Resolver(item, models[item.lang]),
                BuiltEntities(item.entities),
            )
            for name, item in zip(names, opened, strict=True)
        ]

    return load
