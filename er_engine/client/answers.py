"""From HTTP answers to values and errors."""

from __future__ import annotations

from http import HTTPStatus

import httpx
from pydantic import ValidationError

from er_engine.errors import (
    AccessError,
    ErEngineError,
    NotFoundError,
    RequestError,
    UnavailableError,
    VersionConflictError,
)
from er_engine.wire import Problem

_SHOWN = 200
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_UNAVAILABLE = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)


def error_of(response: httpx.Response) -> ErEngineError:
    """Return the error that an answer stands for."""
    status = response.status_code
    problem = _problem(response)
    detail = problem.detail if problem else response.text[:_SHOWN] or response.reason_phrase
    message = f"{response.request.method} {response.request.url}: {status}: {detail}"
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError(message, status)
    if status in _DENIED:
        return AccessError(message, status)
    if status in _UNAVAILABLE:
        return UnavailableError(message, status)
    return RequestError(message, status)


def conflict_of(response: httpx.Response, entity_id: str, expected: int) -> VersionConflictError:
    """Return the error of an answer with status 412; its ETag is the version that is there."""
    tag = response.headers.get("etag", "").strip('"')
    return VersionConflictError(entity_id, expected, int(tag) if tag.isdecimal() else 0)


def unreachable(request: httpx.Request, error: httpx.TransportError) -> UnavailableError:
    """Return the error of a request that got no answer."""
    reason = str(error) or type(error).__name__
    return UnavailableError(f"{request.method} {request.url}: no answer: {reason}", None)


def _problem(response: httpx.Response) -> Problem | None:
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        return None
