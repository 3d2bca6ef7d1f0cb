"""What routes need of the running service, as FastAPI dependencies.

All are coroutines, though none waits: FastAPI runs plain functions in threads, which costs each
request several changes of thread, and each thread memory of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, HTTPException, Path, Request

from api.catalogs import Catalogs, DamagedCatalog, EntitySource, ServedCatalog
from api.context import RequestContext, context_of
from api.limits import WorkQueue
from api.uploads import Builds

if TYPE_CHECKING:
    from index.live.catalog import LiveCatalog

_READ_ONLY = (
    "catalog {!r} is served from an index folder, which never changes; serve with --data-dir to "
    "have catalogs that can be changed"
)
_NO_DATA_DIR = (
    "this service has no data folder for catalogs that change; start it with --data-dir DIR"
)


async def _context(request: Request) -> RequestContext:
    return context_of(request.scope)


async def _work(request: Request) -> WorkQueue:
    work: WorkQueue = request.app.state.work
    return work


async def _writes(request: Request) -> WorkQueue:
    """The queue of changes: one after the other, beside the queries."""
    writes: WorkQueue = request.app.state.writes
    return writes


async def _ready_catalogs(request: Request) -> Catalogs:
    """The catalogs once they are loaded; 503 before."""
    catalogs: Catalogs = request.app.state.catalogs
    if not catalogs.ready:
        state = "could not be loaded" if catalogs.error else "are still loading"
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, f"the catalogs {state}")
    return catalogs


async def _builds(request: Request) -> Builds | None:
    """Uploads; None without a data folder."""
    builds: Builds | None = request.app.state.builds
    return builds


Context = Annotated[RequestContext, Depends(_context)]
Work = Annotated[WorkQueue, Depends(_work)]
Writes = Annotated[WorkQueue, Depends(_writes)]
ReadyCatalogs = Annotated[Catalogs, Depends(_ready_catalogs)]
MaybeBuilds = Annotated[Builds | None, Depends(_builds)]
CatalogName = Annotated[str, Path(description="name of a catalog", examples=["screen"])]


def find(catalogs: Catalogs, name: str | None) -> ServedCatalog:
    """The catalog of this name, the default one for None; 404 if none is, 503 if it is damaged."""
    catalog = find_any(catalogs, name)
    if isinstance(catalog, DamagedCatalog):
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, catalog.problem)
    return catalog


def find_any(catalogs: Catalogs, name: str | None) -> ServedCatalog:
    """The same, also one that is damaged."""
    catalog = catalogs.get(name)
    if catalog is None:
        served = ", ".join(item.name for item in catalogs.all()) or "none yet"
        asked = "no default catalog" if name is None else f"no catalog {name!r}"
        raise HTTPException(HTTPStatus.NOT_FOUND, f"{asked}; served are: {served}")
    return catalog


async def _named(catalog: CatalogName, catalogs: ReadyCatalogs, context: Context) -> ServedCatalog:
    found = find(catalogs, catalog)
    context.catalog = found.name
    return found


Named = Annotated[ServedCatalog, Depends(_named)]


async def _source(catalog: Named) -> EntitySource:
    if catalog.source is None:
        raise HTTPException(HTTPStatus.CONFLICT, f"catalog {catalog.name!r} can't be looked at")
    return catalog.source


@dataclass(frozen=True, slots=True)
class WritableCatalog:
    """A catalog that takes changes, and the queue that they go through."""

    live: LiveCatalog
    queue: WorkQueue


async def _writable(catalog: Named, writes: Writes) -> WritableCatalog:
    """The catalog if it takes changes; 409 if it doesn't."""
    if catalog.live is None:
        raise HTTPException(HTTPStatus.CONFLICT, _READ_ONLY.format(catalog.name))
    return WritableCatalog(catalog.live, writes)


async def _needed_builds(builds: MaybeBuilds) -> Builds:
    """Uploads; 409 without a data folder."""
    if builds is None:
        raise HTTPException(HTTPStatus.CONFLICT, _NO_DATA_DIR)
    return builds


Source = Annotated[EntitySource, Depends(_source)]
Writable = Annotated[WritableCatalog, Depends(_writable)]
NeededBuilds = Annotated[Builds, Depends(_needed_builds)]
