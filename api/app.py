"""The HTTP service: one app, whose routes live in `api/routes_*.py`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api import (
    openapi,
    problems,
    protection,
    routes_catalogs,
    routes_docs,
    routes_entities,
    routes_feedback,
    routes_health,
    routes_lexical,
    routes_page,
    routes_resolve,
)
from api.catalogs import Catalogs
from api.limits import WorkQueue
from api.live_catalogs import Models
from api.retention import Retention
from api.settings import Settings
from api.uploads import Builds
from er_engine.errors import ServiceError

_DESCRIPTION = """From what a speech recogniser heard to the catalog entity that was meant.

Send the n-best list of one utterance, best first; get a decision (`match`, `ambiguous` or
`no_match`) and the candidates with their probabilities."""
MAX_WAITING_SNAPSHOTS = 4
_ROUTERS = (
    routes_resolve.router,
    routes_lexical.router,
    routes_catalogs.router,
    routes_entities.router,
    routes_feedback.router,
    routes_health.router,
    routes_page.router,
    routes_docs.router,
)


def create_app(
    catalogs: Catalogs, settings: Settings | None = None, models: Models | None = None
) -> FastAPI:
    """Make the app; it starts to load `catalogs` when it starts, and answers 503 until then.

    Args:
        catalogs: what is served.
        settings: how; with a `data_dir`, catalogs can be added and removed.
        models: those that the loader of `catalogs` uses, so that none is loaded twice.

    Raises:
        ServiceError: the data folder, the key file or the audit log can't be used.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if builds is None:
            catalogs.start()
        else:
            catalogs.start(builds.take_folder)
            builds.start()
        retention = _retention(app, catalogs)
        yield
        if retention is not None:
            retention.cancel()
        if builds is not None:
            await run_in_threadpool(builds.stop)
        await run_in_threadpool(catalogs.close)
        if builds is not None:
            builds.leave_folder()
        protection.close(app)

    settings = settings or Settings()
    builds = _builds(settings, catalogs, models)
    app = FastAPI(
        title="er-engine",
        version=version("er-engine"),
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0"},
        # What is asked of "/v1/catalogs/films/" must not become a request to the catalog.
        redirect_slashes=False,
        # Theirs load scripts from elsewhere; ours is in routes_docs.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.catalogs = catalogs
    app.state.builds = builds
    app.state.writes = WorkQueue(max_waiting=settings.max_waiting)
    app.state.snapshots = WorkQueue(max_waiting=MAX_WAITING_SNAPSHOTS)
    app.state.baseline = routes_lexical.Baseline()
    app.state.report = settings.report
    app.state.keep_snapshots = settings.keep_snapshots
    app.state.feedback_days = settings.feedback_days if settings.data_dir else None
    protection.install(app, settings, catalogs)
    problems.install(app)
    openapi.install(app)
    for router in _ROUTERS:
        app.include_router(router)
    return app


def _retention(app: FastAPI, catalogs: Catalogs) -> asyncio.Task[None] | None:
    """What deletes old feedback, running; None where all is kept."""
    days = app.state.feedback_days
    if days is None:
        return None
    found = Retention(catalogs, app.state.writes, days, app.state.audit)
    return asyncio.ensure_future(found.run())


def _builds(settings: Settings, catalogs: Catalogs, models: Models | None) -> Builds | None:
    """What makes catalogs of uploads; None without a data folder, which is made here."""
    if settings.data_dir is None:
        return None
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError(f"{settings.data_dir}: can't be the data folder: {error}") from error
    return Builds(settings.data_dir, catalogs, models or Models(settings.model))
