"""What both clients share: making requests of calls, and judging what came back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Generic, TypeVar

import httpx

from er_engine.client.answers import conflict_of, error_of, unreachable
from er_engine.client.calls import Call
from er_engine.client.retries import Retries, is_refusal
from er_engine.errors import RequestError

T = TypeVar("T")
DEFAULT_TIMEOUT = 30.0
_PART_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The call is done."""

    value: T


@dataclass(frozen=True, slots=True)
class Again:
    """The call is to be sent again after so many seconds."""

    seconds: float


class Attempts(Generic[T]):
    """The attempts at one call: says after each how it goes on."""

    def __init__(self, call: Call[T], retries: Retries) -> None:
        self._call = call
        self._retries = retries
        self._made = 0
        # Whether one of them may have done its work, though no answer said so.
        self._maybe_done = False

    def judge(
        self, request: httpx.Request, outcome: httpx.Response | httpx.TransportError
    ) -> Done[T] | Again:
        """Say how the call goes on.

        Raises:
            RequestError: it failed for good.
            VersionConflictError: the entity has another version.
        """
        call = self._call
        self._made += 1
        if isinstance(outcome, httpx.Response) and outcome.is_success:
            return Done(_read(call, outcome))
        seconds = self._retries.wait(self._made, outcome, repeatable=call.repeatable)
        if seconds is not None:
            self._maybe_done |= not is_refusal(outcome)
            return Again(seconds)
        if isinstance(outcome, httpx.TransportError):
            raise unreachable(request, outcome) from outcome
        if call.versioned and outcome.status_code == HTTPStatus.PRECONDITION_FAILED:
            raise conflict_of(outcome, *call.versioned)
        if call.gone_is_done and self._maybe_done and outcome.status_code == HTTPStatus.NOT_FOUND:
            return Done(_read(call, outcome))
        raise error_of(outcome)


def arguments(call: Call[T]) -> dict[str, Any]:
    """The arguments of `httpx.Client.build_request`, but for a file."""
    found: dict[str, Any] = {
        "method": call.method,
        "url": call.path,
        "params": dict(call.params),
        "headers": dict(call.headers),
    }
    if call.body is not None:
        found["json"] = call.body
    elif isinstance(call.content, bytes):
        found["content"] = call.content
    return found


def headers_of(api_key: str | None) -> dict[str, str]:
    """The headers of every request."""
    return {} if api_key is None else {"authorization": f"Bearer {api_key}"}


def parts_of(path: Path) -> Iterator[bytes]:
    """A file in parts."""
    with path.open("rb") as file:
        while part := file.read(_PART_BYTES):
            yield part


async def async_parts_of(path: Path) -> AsyncIterator[bytes]:
    """A file in parts; reading a local file takes no time that others would need."""
    for part in parts_of(path):
        yield part


def _read(call: Call[T], answer: httpx.Response) -> T:
    try:
        return call.read(answer)
    except ValueError as error:
        raise RequestError(
            f"{answer.request.method} {answer.request.url}: not an answer of er-engine: {error}",
            answer.status_code,
        ) from error
