"""Every error answer of the service: problem details (RFC 9457), never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.context import context_of
from er_engine.errors import (
    CatalogDamagedError,
    CatalogExistsError,
    CatalogNotReadyError,
    ErEngineError,
    InputError,
    PhonemeError,
    StorageError,
    UnknownCatalogError,
    UnknownEntityError,
    VersionConflictError,
)
from er_engine.wire import (
    PROBLEM_TYPE,
    FieldProblem,
    Problem,
    describe_problem,
    field_path,
    plain_message,
)

_log = logging.getLogger(__name__)
_SHOWN_PROBLEMS = 5
# Where FastAPI and the choice between one query and a list put their own names into a location.
_NOISE = ("body", "one", "batch")
RETRY_SECONDS = 1
BUSY_MESSAGE = "too many requests are waiting; try again"
_FIRST_SERVER_ERROR = 500
# As nginx has it: of requests whose client did not wait for the answer.
CLIENT_LEFT = 499
# Python's own phrases change between its versions; programs compare these.
_TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timeout",
    409: "Conflict",
    412: "Version conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Invalid request",
    428: "Precondition required",
    429: "Rate limited",
    499: "Client left",
    500: "Internal error",
    503: "Unavailable",
    507: "Storage full",
}
# In place of what the framework says.
_UNKNOWN = {
    404: "there is nothing at this address; /docs has all operations",
    405: "this address does not take {}; /docs has all operations",
}
# What the framework says of a body that its JSON parser fails on, without a word on why.
_UNREADABLE = "There was an error parsing the body"
# The first kind that fits counts.
_STATUS_OF: tuple[tuple[type[ErEngineError], int], ...] = (
    (InputError, 422),
    (PhonemeError, 422),
    (VersionConflictError, 412),
    (UnknownEntityError, 404),
    (UnknownCatalogError, 404),
    (CatalogExistsError, 409),
    (CatalogNotReadyError, 503),
    (CatalogDamagedError, 500),
    (StorageError, 507),
)


class BusyError(Exception):
    """Too many requests are waiting already; `retry_after` is in seconds."""

    def __init__(self, retry_after: int = RETRY_SECONDS) -> None:
        super().__init__(BUSY_MESSAGE)
        self.retry_after = retry_after


class ProblemResponse(JSONResponse):
    """JSON problem details; also an ASGI app, so that a middleware can answer with it."""

    media_type = "application/problem+json"


def problem(
    status: int,
    detail: str,
    request_id: str | None = None,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[FieldProblem] = (),
) -> ProblemResponse:
    """Return an error answer.

    Args:
        status: the HTTP status; it also names the type of the problem.
        detail: one sentence for people: what is wrong, and what to do.
        request_id: what the log calls this request.
        headers: more headers, such as Retry-After.
        errors: the fields that are wrong.
    """
    body = Problem(
        type=PROBLEM_TYPE.format(_title(status).lower().replace(" ", "-")),
        title=_title(status),
        status=status,
        detail=detail,
        request_id=request_id,
        errors=list(errors) or None,
    )
    content = body.model_dump(exclude_none=True)
    return ProblemResponse(content, status_code=status, headers=dict(headers or {}))


def _title(status: int) -> str:
    return _TITLES.get(status, "Client error" if status < _FIRST_SERVER_ERROR else "Server error")


def install(app: FastAPI) -> None:
    """Turn every exception of the app into an error answer."""
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(BusyError, _on_busy)
    app.add_exception_handler(ClientDisconnect, _on_left)
    app.add_exception_handler(ErEngineError, _on_engine)
    app.add_exception_handler(Exception, _on_bug)


def _answer(
    request: Request,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[FieldProblem] = (),
) -> ProblemResponse:
    return problem(status, detail, context_of(request.scope).id, headers, errors)


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    if any(item["type"] == "json_invalid" for item in problems):
        return _answer(request, 400, f"the body is not JSON: {_json_fault(problems[0])}")
    kind = request.headers.get("content-type", "missing")
    if "json" not in kind and any(not _location(item["loc"]) for item in problems):
        said = f"send JSON, with the header 'Content-Type: application/json' (it is {kind!r})"
        return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, said)
    shown = [
        describe_problem(_location(item["loc"]), str(item["msg"]))
        for item in problems[:_SHOWN_PROBLEMS]
    ]
    if len(problems) > _SHOWN_PROBLEMS:
        shown.append(f"and {len(problems) - _SHOWN_PROBLEMS} more")
    fields = [
        FieldProblem(
            field=field_path(_location(item["loc"])), message=plain_message(str(item["msg"]))
        )
        for item in problems[:_SHOWN_PROBLEMS]
    ]
    return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(shown), errors=fields)


def _json_fault(item: dict[str, object]) -> str:
    context = item.get("ctx")
    fault = context.get("error", "") if isinstance(context, dict) else ""
    location = item.get("loc")
    place = location[-1] if isinstance(location, tuple) else "?"
    return f"{fault} at character {place}"


def _unreadable(cause: BaseException | None) -> str:
    """Say of a body that is not even wrong JSON what keeps it from being read."""
    if isinstance(cause, UnicodeDecodeError):
        byte = cause.object[cause.start]
        return f"byte {cause.start + 1} is {byte:#04x}, which is not UTF-8; send JSON in UTF-8"
    if isinstance(cause, RecursionError):
        return "its JSON is nested too deeply"
    return "send JSON in UTF-8"


def _location(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    start = 0
    while start < len(location) and location[start] in _NOISE:
        start += 1
    return tuple(location[start:])


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", str(RETRY_SECONDS))
    said = str(error.detail)
    if said == _UNREADABLE:
        said = f"the body can't be read: {_unreadable(error.__cause__)}"
    if error.status_code in _UNKNOWN and said == HTTPStatus(error.status_code).phrase:
        said = _UNKNOWN[error.status_code].format(request.method)
    return _answer(request, error.status_code, said, headers)


async def _on_busy(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, BusyError)
    retry = {"Retry-After": str(error.retry_after)}
    return _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error), retry)


async def _on_left(request: Request, error: Exception) -> JSONResponse:
    # Nobody reads it; but logs and numbers must not tell of a failure of the service.
    return _answer(request, CLIENT_LEFT, "the client left before its request was complete")


async def _on_engine(request: Request, error: Exception) -> JSONResponse:
    status = next((number for kind, number in _STATUS_OF if isinstance(error, kind)), None)
    if status is None or status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return await _on_bug(request, error)
    if status == HTTPStatus.INSUFFICIENT_STORAGE:
        # Where files lie and why they can't be written is for the log.
        log_failure(context_of(request.scope).id, error)
        said = "the change can't be stored; nothing of it was done (of many, the first may be)"
        return _answer(request, status, said)
    headers = {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(error, VersionConflictError) and error.actual:
        headers["ETag"] = f'"{error.actual}"'
    return _answer(request, status, str(error), headers)


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    # Its message may hold what was said or where files lie: it is for the log, not for the caller.
    log_failure(context_of(request.scope).id, error)
    return internal_error(context_of(request.scope).id)


def internal_error(request_id: str) -> ProblemResponse:
    """The answer to a request that failed for no fault of the caller."""
    detail = f"internal error; the log of the service has the details of request {request_id}"
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, request_id)


def log_failure(request_id: str, error: Exception) -> None:
    """Write the traceback of a failed request to the log."""
    _log.error("request %s failed", request_id, exc_info=error, extra={"request": request_id})
