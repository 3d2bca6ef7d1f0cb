"""The HTTP service: one app, whose routes live in `api/routes_*.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api import openapi, problems, protection, routes_health, routes_resolve
from api.catalogs import Catalogs
from api.settings import Settings

_DESCRIPTION = """From what a speech recogniser heard to the catalog entity that was meant.

Send the n-best list of one utterance, best first; get a decision (`match`, `ambiguous` or
`no_match`) and the candidates with their probabilities."""
_ROUTERS = (routes_resolve.router, routes_health.router)


def create_app(catalogs: Catalogs, settings: Settings | None = None) -> FastAPI:
    """Make the app; it starts to load `catalogs` when it starts, and answers 503 until then.

    Raises:
        ServiceError: the key file or the audit log of the settings can't be used.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.catalogs = catalogs
        catalogs.start()
        yield
        protection.close(app)

    app = FastAPI(
        title="er-engine",
        version=version("er-engine"),
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0"},
        lifespan=lifespan,
    )
    protection.install(app, settings or Settings(), catalogs)
    problems.install(app)
    openapi.install(app)
    for router in _ROUTERS:
        app.include_router(router)
    return app
