"""What an operation of the service is, before it is sent: calls, and what comes of their answers.

Each operation is described once, in the modules `*_calls`: as the steps to take, which the clients
for threads and for asyncio run. It gets the client's own catalog first, for where none is named.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import update_wrapper
from pathlib import Path
from typing import Any, Generic, TypeVar, cast
from urllib.parse import quote

import httpx

from er_engine.errors import ConfigError, QueryError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request.

    Attributes:
        method, path, params, headers: as HTTP has them.
        read: makes the result of a good answer.
        body: what to send as JSON.
        content: what to send as it is; a path is a file that is sent in parts.
        repeatable: whether doing it twice is the same as once.
        versioned: the entity and the version that it must have, for a conflict's message.
        gone_is_done: a request that is repeated since it may have done its work, and then finds
            nothing, has done it.
    """

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content: bytes | Path | None = None
    repeatable: bool = True
    versioned: tuple[str, int] | None = None
    gone_is_done: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for so many seconds."""

    seconds: float


Steps = Generator[Call[Any] | Pause, Any, T]


@dataclass(frozen=True, slots=True)
class Pages(Generic[T]):
    """Items that come page by page; `call` asks for the page of a cursor, None for the first."""

    call: Callable[[str | None], Call[tuple[Sequence[T], str | None]]]


def ask(call: Call[T]) -> Steps[T]:
    """The steps of an operation that is one request."""
    return cast("T", (yield call))


def described(method: Callable[..., Any], operation: Callable[..., Any], result: str) -> None:
    """Give a method of a client the name, the words and the parameters of its operation.

    Args:
        method: of a client.
        operation: what it does; returns `Steps[X]` or `Pages[X]`.
        result: what the method returns, with `{}` for X.
    """
    update_wrapper(method, operation)
    signature = inspect.signature(operation)
    _, *parameters = signature.parameters.values()
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    of = str(signature.return_annotation).partition("[")[2].removesuffix("]")
    method.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[itself, *parameters], return_annotation=result.format(of)
    )


def catalog_path(name: str | None) -> str:
    """The path of a catalog.

    Raises:
        ConfigError: none is named.
        QueryError: no address can name it.
    """
    if name is None:
        raise ConfigError(
            "which catalog? name it: Client(..., catalog='films'), or catalog='films' in the call"
        )
    return f"/v1/catalogs/{path_part(name)}"


def path_part(text: str) -> str:
    """One part of a path.

    Every HTTP client takes `.` and `..` away, however they are written: the request would go to the
    catalog in place of one entity in it. A line end is not seen at the end of a path.

    Raises:
        QueryError: it is one of these.
    """
    if text in ("", ".", "..") or "\n" in text:
        raise QueryError(f"{text!r} can't be a part of an address; use another id")
    return quote(text, safe="")


def nothing(_answer: httpx.Response) -> None:
    """Read an answer without a body."""
    return
