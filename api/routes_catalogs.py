"""Catalogs as a whole: list, make from an upload, delete, snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.catalogs import Catalogs, DamagedCatalog, ServedCatalog
from api.dependencies import (
    CatalogName,
    Context,
    MaybeBuilds,
    NeededBuilds,
    ReadyCatalogs,
    Writable,
    Writes,
    find_any,
)
from api.kept_uploads import Upload
from api.snapshots import stored, take
from er_engine.wire_entities import (
    CATALOG_NAME,
    BuildProgress,
    CatalogInfo,
    CatalogList,
    SnapshotInfo,
)

router = APIRouter(prefix="/v1/catalogs", tags=["catalogs"])

MAX_TEMPLATES = 10
# What it is may name folders of the server.
_PROBLEM = "something went wrong in the background; the log of the service has the details"
_SUFFIXES = {
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/json-lines": ".jsonl",
    "text/csv": ".csv",
    "application/vnd.apache.parquet": ".parquet",
}
_UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "description": "a catalog file: JSONL, CSV or Parquet, as its content type says",
        "content": {
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "example": '{"id": "tv1", "name": "Chip and Potato"}\n',
            },
            "text/csv": {"schema": {"type": "string"}, "example": "id,name\ntv1,Lost\n"},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_NO_CHANGES: dict[int | str, dict[str, Any]] = {
    409: {"description": "catalogs can't be changed here, or the name is taken"}
}


@router.get("", summary="Every catalog, the default first")
async def list_all(catalogs: ReadyCatalogs, builds: MaybeBuilds) -> CatalogList:
    """Those that are being made, or could not be, are listed too."""
    served = await run_in_threadpool(lambda: [_info(catalogs, item) for item in catalogs.all()])
    pending = [] if builds is None else builds.all()
    names = {item.name for item in served}
    return CatalogList(catalogs=[*served, *(item for item in pending if item.name not in names)])


@router.post(
    "",
    status_code=202,
    summary="Make a catalog of a file",
    openapi_extra=_UPLOAD_BODY,
    responses={
        **_NO_CHANGES,
        415: {"description": "the content type is none that a catalog file may have"},
    },
)
async def create(
    request: Request,
    response: Response,
    catalogs: ReadyCatalogs,
    builds: NeededBuilds,
    context: Context,
    name: Annotated[str, Query(pattern=CATALOG_NAME, examples=["films"])],
    lang: Annotated[str, Query(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$")] = "en",
    surface_form: Annotated[
        list[str],
        Query(max_length=MAX_TEMPLATES, description="more ways to say an entity: `{name} {city}`"),
    ] = [],  # noqa: B006 - FastAPI copies it
) -> CatalogInfo:
    """The catalog is made in the background: ask for its state until it is `ready`.

    A file with a wrong line makes none; `error` lists the lines.
    """
    context.catalog = name
    path = builds.new_file(name, _suffix(request))
    try:
        await _receive(request, path)
    except BaseException:
        builds.give_up(name)
        raise
    # In a thread: a large file takes time to reach the disk.
    upload = Upload(name, path, lang, tuple(surface_form))
    accepted = await run_in_threadpool(builds.submit, upload)
    response.headers["Location"] = f"/v1/catalogs/{name}"
    return accepted


@router.get("/{catalog}", summary="One catalog, and how far it is made")
async def get_one(
    catalog: CatalogName, catalogs: ReadyCatalogs, builds: MaybeBuilds, context: Context
) -> CatalogInfo:
    """A catalog that is being made has `progress`; one that could not be made has `error`."""
    context.catalog = catalog
    pending = None if builds is None else builds.get(catalog)
    if pending is not None and catalogs.get(catalog) is None:
        return pending
    return await run_in_threadpool(lambda: _info(catalogs, find_any(catalogs, catalog)))


@router.delete(
    "/{catalog}",
    status_code=204,
    response_class=Response,
    summary="Delete a catalog",
    responses=_NO_CHANGES,
)
async def delete(
    catalog: CatalogName,
    catalogs: ReadyCatalogs,
    builds: NeededBuilds,
    writes: Writes,
    context: Context,
) -> None:
    """All of it: entities, feedback, vectors. Snapshots stay."""
    context.catalog = catalog
    if builds.forget_failed(catalog):
        return
    pending = builds.get(catalog)
    if pending is not None:
        raise HTTPException(409, f"catalog {catalog!r} is being made; delete it when it is done")
    listed = find_any(catalogs, catalog)
    if listed.live is None and not isinstance(listed, DamagedCatalog):
        raise HTTPException(409, f"catalog {catalog!r} is served from an index folder; it stays")
    # All in one piece: who is refused, or gives up waiting, leaves it as it was, or gone.
    if not await writes.run(lambda: builds.remove(listed)):
        raise HTTPException(404, f"no catalog {catalog!r}")  # somebody else was quicker


@router.post(
    "/{catalog}/snapshot",
    status_code=201,
    summary="Write the catalog as an index folder that never changes",
    responses={422: {"description": "the catalog is empty"}, **_NO_CHANGES},
)
async def snapshot(
    catalog: CatalogName, writable: Writable, builds: NeededBuilds, request: Request
) -> SnapshotInfo:
    """It can be served, evaluated and copied; the newest ones are kept (`keep_snapshots`).

    Of one state there is one snapshot: asking again answers the same.
    """
    state = request.app.state
    info: SnapshotInfo = await state.snapshots.run(
        lambda: take(builds.data_dir, writable.live, state.keep_snapshots)
    )
    return info


def _info(catalogs: Catalogs, catalog: ServedCatalog) -> CatalogInfo:
    default = catalogs.get(None)
    is_default = default is not None and default.name == catalog.name
    if catalog.live is None:
        problem = catalog.problem if isinstance(catalog, DamagedCatalog) else None
        return CatalogInfo(
            name=catalog.name,
            state="failed" if problem else "ready",
            entities=catalog.entities,
            writable=False,
            default=is_default,
            error=problem,
        )
    status = catalog.live.status()
    progress = None
    if status.phase is not None:
        progress = BuildProgress(phase=status.phase, done=status.done, total=status.total)
    return CatalogInfo(
        name=catalog.name,
        state="ready" if status.ready else "building",
        entities=status.entities,
        writable=True,
        default=is_default,
        progress=progress,
        error=None if status.problem is None else _PROBLEM,
    )


def _suffix(request: Request) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    suffix = _SUFFIXES.get(kind)
    if suffix is None:
        known = ", ".join(sorted(_SUFFIXES))
        raise HTTPException(415, f"the content type is {kind or 'missing'!r}; send one of {known}")
    return suffix


async def _receive(request: Request, path: Path) -> None:
    with stored(), path.open("wb") as file:
        async for part in request.stream():
            await run_in_threadpool(file.write, part)
