"""What routes need of the running service, as FastAPI dependencies."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from api.catalogs import Catalogs
from api.context import RequestContext, context_of
from api.limits import WorkQueue


def _context(request: Request) -> RequestContext:
    return context_of(request.scope)


def _work(request: Request) -> WorkQueue:
    work: WorkQueue = request.app.state.work
    return work


def _ready_catalogs(request: Request) -> Catalogs:
    """The catalogs once they are loaded; 503 before."""
    catalogs: Catalogs = request.app.state.catalogs
    if not catalogs.ready:
        state = "could not be loaded" if catalogs.error else "are still loading"
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, f"the catalogs {state}")
    return catalogs


Context = Annotated[RequestContext, Depends(_context)]
Work = Annotated[WorkQueue, Depends(_work)]
ReadyCatalogs = Annotated[Catalogs, Depends(_ready_catalogs)]
