"""The errors in the OpenAPI document: every operation can answer with problem details."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.problems import ProblemResponse
from er_engine.wire import Problem

_FIRST_ERROR = 400
_SCHEMA = {"$ref": "#/components/schemas/Problem"}
# What the guards of the service may answer to any request for data.
COMMON_ERRORS = {
    400: "the request is not what HTTP or JSON allow",
    401: "no API key, or one that is not valid",
    403: "the API key may only read, or the request comes from another web page",
    404: "there is no such thing",
    408: "the request came too slowly",
    413: "the body is too large",
    422: "a field is missing or has a wrong value",
    429: "too many requests with this key; Retry-After says when to come again",
    500: "the service failed; its log has the details of this request id",
    503: "still loading, or too many requests are waiting; Retry-After says when to come again",
}


def install(app: FastAPI) -> None:
    """Let `app.openapi()` describe the errors of every operation below `/v1`."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        fresh = app.openapi_schema is None
        document = described()
        if fresh:
            _describe_errors(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _describe_errors(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas["Problem"] = schema
    for name in ("HTTPValidationError", "ValidationError"):  # the framework's own shape
        schemas.pop(name, None)
    _describe_keys(document)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _describe_operation(operation["responses"], guarded=path.startswith("/v1"))


def _describe_operation(responses: dict[str, Any], *, guarded: bool) -> None:
    if guarded:
        for status, description in COMMON_ERRORS.items():
            responses.setdefault(str(status), {"description": description})
    for code, response in responses.items():
        if code.isdecimal() and int(code) >= _FIRST_ERROR:
            response["content"] = {ProblemResponse.media_type: {"schema": _SCHEMA}}


def _describe_keys(document: dict[str, Any]) -> None:
    document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"key": []}, {}]
