"""Whether the service is alive and ready, and its numbers."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from api.catalogs import Catalogs
from api.dependencies import Context, ReadyCatalogs
from api.metrics import CONTENT_TYPE

router = APIRouter(tags=["service"])


class CatalogHealth(BaseModel):
    """One served catalog."""

    name: str
    entities: int


class Alive(BaseModel):
    """The process answers; `loading` until the catalogs are there."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "ok", "version": "0.1.0"}]}
    )

    status: Literal["ok", "loading"]
    version: str


class Ready(BaseModel):
    """A service that is ready; the first catalog is the default one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "version": "0.1.0",
                    "catalogs": [{"name": "screen", "entities": 2000}],
                }
            ]
        }
    )

    status: Literal["ok"]
    version: str
    catalogs: list[CatalogHealth]


@router.get("/healthz", summary="Whether the process is alive")
async def health(request: Request) -> Alive:
    """Answers as long as the process does; restart it when this fails."""
    catalogs: Catalogs = request.app.state.catalogs
    return Alive(status="ok" if catalogs.ready else "loading", version=request.app.version)


@router.get(
    "/readyz",
    summary="Whether queries can be answered, and from which catalogs",
    responses={503: {"description": "still loading"}},
)
async def ready(request: Request, catalogs: ReadyCatalogs, context: Context) -> Ready:
    """503 until the catalogs are loaded. Only who has a key is told their names."""
    stranger = request.app.state.needs_key and context.key_id is None
    shown = [] if stranger else catalogs.all()
    served = [CatalogHealth(name=item.name, entities=item.entities) for item in shown]
    return Ready(status="ok", version=request.app.version, catalogs=served)


@router.get(
    "/metrics",
    summary="The numbers of the service, for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """In Prometheus' text format."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE)
