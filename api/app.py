"""The HTTP service: `POST /v1/resolve` and `GET /healthz`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Discriminator, Field, Tag

from api import openapi, problems
from api.catalogs import Catalog, Catalogs
from api.limits import BodyLimit, WorkQueue
from er_engine.wire import MAX_BATCH, ResolveRequest, ResolveResponse

_DESCRIPTION = """From what a speech recogniser heard to the catalog entity that was meant.

Send the n-best list of one utterance, best first; get a decision (`match`, `ambiguous` or
`no_match`) and the candidates with their probabilities."""
_EXAMPLES: dict[str, Any] = {
    "one": {
        "summary": "one utterance",
        "value": {"nbest": [{"text": "shipping potato", "score": -3.1}], "k": 5, "type": None},
    },
    "nbest": {
        "summary": "an n-best list",
        "value": {"nbest": [{"text": "shipping potato"}, {"text": "chip in potato"}], "k": 3},
    },
    "batch": {
        "summary": "several utterances",
        "value": [{"nbest": [{"text": "shipping potato"}]}, {"nbest": [{"text": "next doors"}]}],
    },
}
_ERRORS: dict[int | str, dict[str, Any]] = {
    int(status): {"description": description}
    for status, description in (
        (HTTPStatus.BAD_REQUEST, "the body is not JSON"),
        (HTTPStatus.NOT_FOUND, "no such catalog"),
        (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large"),
        (HTTPStatus.UNPROCESSABLE_ENTITY, "a field is missing or has a wrong value"),
        (HTTPStatus.INTERNAL_SERVER_ERROR, "the service failed"),
        (HTTPStatus.SERVICE_UNAVAILABLE, "still loading, or too many requests are waiting"),
    )
}


def _one_or_batch(value: object) -> str:
    return "batch" if isinstance(value, list) else "one"


OneOrBatch = Annotated[
    Annotated[ResolveRequest, Tag("one")]
    | Annotated[list[ResolveRequest], Field(min_length=1, max_length=MAX_BATCH), Tag("batch")],
    Discriminator(_one_or_batch),
    Body(openapi_examples=_EXAMPLES),
]


class CatalogHealth(BaseModel):
    """One served catalog."""

    name: str
    entities: int


class Health(BaseModel):
    """The state of a service that is ready; the first catalog is the default one."""

    status: str
    version: str
    catalogs: list[CatalogHealth]


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
    _add_routes(app)
    return app


def _add_routes(app: FastAPI) -> None:
    resolving = (
        (
            "/v1/resolve",
            resolve,
            "Resolve one n-best list, or a list of them",
            "Each query may name its `catalog`; the first one served is the default.",
        ),
        (
            "/v1/catalogs/{name}/resolve",
            resolve_in_catalog,
            "The same in the catalog of this name",
            "The name in the path wins over the `catalog` of a query.",
        ),
    )
    for path, endpoint, summary, description in resolving:
        app.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            response_model=ResolveResponse | list[ResolveResponse],
            responses=_ERRORS,
            summary=summary,
            description=description,
        )
    app.add_api_route(
        "/healthz",
        health,
        methods=["GET"],
        response_model=Health,
        responses={503: {"description": "still loading"}},
        summary="Whether queries can be answered, and from which catalogs",
    )


async def resolve(request: Request, query: OneOrBatch) -> Any:
    """Answer `POST /v1/resolve`."""
    return await _answer(request, query, None)


async def resolve_in_catalog(request: Request, name: str, query: OneOrBatch) -> Any:
    """Answer `POST /v1/catalogs/{name}/resolve`."""
    return await _answer(request, query, name)


async def health(request: Request) -> Health | JSONResponse:
    """Answer `GET /healthz`."""
    catalogs: Catalogs = request.app.state.catalogs
    _check_ready(catalogs)
    served = [CatalogHealth(name=item.name, entities=item.entities) for item in catalogs.all()]
    return Health(status="ok", version=request.app.version, catalogs=served)


async def _answer(
    request: Request, query: ResolveRequest | list[ResolveRequest], name: str | None
) -> ResolveResponse | list[ResolveResponse]:
    catalogs: Catalogs = request.app.state.catalogs
    _check_ready(catalogs)
    batch = query if isinstance(query, list) else [query]
    # All catalogs are looked up first: a batch is answered as a whole or not at all.
    planned = [(_catalog(catalogs, name or item.catalog), item) for item in batch]
    work: WorkQueue = request.app.state.work
    answers = await work.run(lambda: [_resolve(catalog, item) for catalog, item in planned])
    return answers if isinstance(query, list) else answers[0]


def _resolve(catalog: Catalog, query: ResolveRequest) -> ResolveResponse:
    return ResolveResponse.of(
        catalog.resolver.resolve(query.hypotheses(), k=query.k, type=query.type)
    )


def _catalog(catalogs: Catalogs, name: str | None) -> Catalog:
    catalog = catalogs.get(name)
    if catalog is None:
        served = ", ".join(item.name for item in catalogs.all())
        raise HTTPException(HTTPStatus.NOT_FOUND, f"no catalog {name!r}; served are: {served}")
    return catalog


def _check_ready(catalogs: Catalogs) -> None:
    if not catalogs.ready:
        state = "could not be loaded" if catalogs.error else "are still loading"
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, f"the catalogs {state}")
