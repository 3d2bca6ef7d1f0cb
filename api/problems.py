"""Every error answer of the service: JSON with one clear message, never a traceback."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.limits import BusyError
from er_engine.errors import ErEngineError, InputError, PhonemeError
from er_engine.wire import ErrorResponse, WireError, describe_problem

_log = logging.getLogger(__name__)
_SHOWN_PROBLEMS = 5
# Where FastAPI and the choice between one query and a list put their own names into a location.
_NOISE = ("body", "one", "batch")
_RETRY_SECONDS = "1"


def problem(status: int, message: str) -> JSONResponse:
    """Return an error answer."""
    body = ErrorResponse(error=WireError(status=status, message=message))
    retry = {"Retry-After": _RETRY_SECONDS} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return JSONResponse(body.model_dump(), status_code=status, headers=retry)


def install(app: FastAPI) -> None:
    """Turn every exception of the app into an error answer."""
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(BusyError, _on_busy)
    app.add_exception_handler(ErEngineError, _on_engine)
    app.add_exception_handler(Exception, _on_bug)


async def _on_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    if any(item["type"] == "json_invalid" for item in problems):
        return problem(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {_json_fault(problems[0])}")
    shown = [
        describe_problem(_location(item["loc"]), str(item["msg"]))
        for item in problems[:_SHOWN_PROBLEMS]
    ]
    if len(problems) > _SHOWN_PROBLEMS:
        shown.append(f"and {len(problems) - _SHOWN_PROBLEMS} more")
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(shown))


def _json_fault(item: dict[str, object]) -> str:
    context = item.get("ctx")
    fault = context.get("error", "") if isinstance(context, dict) else ""
    location = item.get("loc")
    place = location[-1] if isinstance(location, tuple) else "?"
    return f"{fault} at character {place}"


def _location(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    start = 0
    while start < len(location) and location[start] in _NOISE:
        start += 1
    return tuple(location[start:])


async def _on_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = problem(error.status_code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _on_busy(_request: Request, _error: Exception) -> JSONResponse:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "too many requests are waiting; try again")


async def _on_engine(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, InputError | PhonemeError):
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    _log.error("resolving failed: %s", error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))


async def _on_bug(_request: Request, _error: Exception) -> JSONResponse:
    # The server logs the traceback; it is of no use to the caller.
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "internal error; the log of the service has the details"
    )
