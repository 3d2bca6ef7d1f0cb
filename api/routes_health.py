"""`GET /healthz`: whether queries can be answered."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from api.dependencies import ReadyCatalogs

router = APIRouter(tags=["service"])


class CatalogHealth(BaseModel):
    """One served catalog."""

    name: str
    entities: int


class Health(BaseModel):
    """The state of a service that is ready; the first catalog is the default one."""

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

    status: str
    version: str
    catalogs: list[CatalogHealth]


@router.get(
    "/healthz",
    summary="Whether queries can be answered, and from which catalogs",
    responses={503: {"description": "still loading"}},
)
async def health(request: Request, catalogs: ReadyCatalogs) -> Health:
    """503 until the catalogs are loaded."""
    served = [CatalogHealth(name=item.name, entities=item.entities) for item in catalogs.all()]
    return Health(status="ok", version=request.app.version, catalogs=served)
