"""The HTTP service: one app, whose routes live in `api/routes_*.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api import openapi, problems, routes_health, routes_resolve
from api.catalogs import Catalogs
from api.limits import BodyLimit, WorkQueue

_DESCRIPTION = """From what a speech recogniser heard to the catalog entity that was meant.

Send the n-best list of one utterance, best first; get a decision (`match`, `ambiguous` or
`no_match`) and the candidates with their probabilities."""
_ROUTERS = (routes_resolve.router, routes_health.router)


def create_app(catalogs: Catalogs) -> FastAPI:
    """Make the app; it starts to load `catalogs` when it starts, and answers 503 until then."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.catalogs = catalogs
        app.state.work = WorkQueue()
        catalogs.start()
        yield

    app = FastAPI(
        title="er-engine",
        version=version("er-engine"),
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0"},
        lifespan=lifespan,
    )
    app.add_middleware(BodyLimit)
    problems.install(app)
    openapi.install(app)
    for router in _ROUTERS:
        app.include_router(router)
    return app
