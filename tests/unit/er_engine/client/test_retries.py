"""What is sent again, when, and what the caller is told in the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from er_engine.client import Retries
from er_engine.errors import (
    AccessError,
    ConfigError,
    NotFoundError,
    QueryError,
    RequestError,
    UnavailableError,
    VersionConflictError,
)
from er_engine.types import Entity
from tests.unit.er_engine.client.standin import KINDS, EitherClient, Script

ANSWER = {"decision": "no_match", "no_match_probability": 1.0, "candidates": []}
ENTITY = {"id": "a", "name": "A", "version": 3}
INFO = {"name": "a", "state": "building", "entities": 0, "writable": False, "default": False}
pytestmark = pytest.mark.parametrize("kind", KINDS)


def ok(body: object = ANSWER) -> httpx.Response:
    """A good answer."""
    return httpx.Response(200, json=body)


def outcome(failure: int | Exception) -> httpx.Response | Exception:
    """A problem of this status, or the failure itself."""
    return failed(failure) if isinstance(failure, int) else failure


def failed(status: int, retry_after: str | None = None, etag: str | None = None) -> httpx.Response:
    """A problem."""
    body = {"type": "urn:x", "title": "T", "status": status, "detail": f"it is {status}"}
    headers = {"retry-after": retry_after, "etag": etag}
    return httpx.Response(
        status, json=body, headers={key: value for key, value in headers.items() if value}
    )


@pytest.mark.parametrize(
    "failure",
    [
        429,
        503,
        502,
        504,
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
    ],
)
def test_passing_failure_is_tried_again(kind: str, failure: int | Exception) -> None:
    """A query that was refused or got lost is sent again, as it was."""
    script = Script(outcome(failure), outcome(failure), ok())
    client = EitherClient(kind, script)
    assert client("resolve", "a").decision == "no_match"
    assert client.waited == [0.2, 0.4]
    assert len({request.content for request in script.requests}) == 1


def test_service_says_how_long_to_wait(kind: str) -> None:
    """Retry-After is honoured, in seconds or as a date."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=15), usegmt=True)
    client = EitherClient(kind, Script(failed(429, "7"), failed(503, soon), failed(503, "x"), ok()))
    client("resolve", "a")
    assert client.waited[0] == 7
    assert 10 < client.waited[1] <= 15
    assert client.waited[2] == 0.8


def test_service_that_asks_for_too_long_is_left(kind: str) -> None:
    """Where Retry-After is longer than the client has patience, the caller is told at once."""
    client = EitherClient(kind, Script(failed(503, "3600")))
    with pytest.raises(UnavailableError, match="it is 503"):
        client("resolve", "a")
    assert client.waited == []


def test_attempts_end(kind: str) -> None:
    """After the last attempt the caller gets the last failure."""
    client = EitherClient(kind, Script(*[failed(503)] * 3), retries=Retries(attempts=3))
    with pytest.raises(UnavailableError) as told:
        client("resolve", "a")
    assert (told.value.status, len(client.waited)) == (503, 2)
    lost = EitherClient(kind, Script(httpx.ReadTimeout("slow")), retries=Retries(attempts=1))
    with pytest.raises(UnavailableError, match="no answer: slow"):
        lost("resolve", "a")


@pytest.mark.parametrize("failure", [503, 502, httpx.ReadTimeout("slow")])
def test_feedback_is_not_counted_twice(kind: str, failure: int | Exception) -> None:
    """What may have been stored already is not sent again where it would count twice."""
    client = EitherClient(kind, Script(outcome(failure)), catalog="shows")
    with pytest.raises(UnavailableError):
        client("add_feedback", "heard", "a")


@pytest.mark.parametrize("failure", [429, httpx.ConnectError("refused")])
def test_feedback_that_never_arrived_is_sent_again(kind: str, failure: int | Exception) -> None:
    """What was refused or never left is safe to send again, whatever it does."""
    client = EitherClient(kind, Script(outcome(failure), ok({"number": 4})), catalog="shows")
    assert client("add_feedback", "heard", "a").number == 4


def test_refused_upload_is_sent_again_whole(kind: str, tmp_path: Path) -> None:
    """A file is read from its beginning for every attempt."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "1", "name": "One"}\n' * 3, encoding="utf-8")
    bodies = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return failed(429) if len(bodies) == 1 else httpx.Response(202, json=INFO)

    assert EitherClient(kind, handler)("create_catalog", "a", path).state == "building"
    assert bodies == [path.read_bytes()] * 2


def test_delete_whose_answer_got_lost_is_done(kind: str) -> None:
    """A repeated delete that finds nothing has done its work; a first one is an error."""
    again = EitherClient(kind, Script(httpx.ReadTimeout("slow"), failed(404)), catalog="shows")
    assert again("delete", "a") is None
    first = EitherClient(kind, Script(failed(404)), catalog="shows")
    with pytest.raises(NotFoundError, match="it is 404"):
        first("delete", "a")


@pytest.mark.parametrize("failure", [429, httpx.ConnectError("refused")])
def test_refused_delete_that_finds_nothing_is_an_error(kind: str, failure: Any) -> None:
    """What was refused before can't have deleted anything: there was nothing to delete."""
    client = EitherClient(kind, Script(outcome(failure), failed(404)), catalog="shows")
    with pytest.raises(NotFoundError):
        client("delete", "a")


def test_conflict_names_both_versions(kind: str) -> None:
    """A 412 is a VersionConflictError with the version that was expected and the one there is."""
    client = EitherClient(kind, Script(failed(412, etag='"9"')), catalog="shows")
    with pytest.raises(VersionConflictError) as told:
        client("put", Entity("a", "A"), if_version=3)
    assert (told.value.entity_id, told.value.expected, told.value.actual) == ("a", 3, 9)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, RequestError),
        (401, AccessError),
        (403, AccessError),
        (404, NotFoundError),
        (409, RequestError),
        (422, RequestError),
        (500, RequestError),
        (507, RequestError),
    ],
)
def test_other_refusals_are_told_at_once(kind: str, status: int, error: type[Exception]) -> None:
    """What a second attempt would not change is an error of its kind, with the service's words."""
    client = EitherClient(kind, Script(failed(status)))
    with pytest.raises(error, match=f"{status}: it is {status}") as told:
        client("resolve", "a")
    assert isinstance(told.value, RequestError)
    assert (told.value.status, client.waited) == (status, [])


def test_answer_of_another_service_is_named(kind: str) -> None:
    """An answer that is not of er-engine is an error that says so."""
    for answer in (httpx.Response(200, text="<html>"), ok({"hello": 1})):
        with pytest.raises(RequestError, match="not an answer of er-engine"):
            EitherClient(kind, Script(answer))("resolve", "a")
    with pytest.raises(RequestError, match="418: short and stout"):
        EitherClient(kind, Script(httpx.Response(418, text="short and stout")))("resolve", "a")


def test_key_is_sent(kind: str) -> None:
    """The API key goes with each request."""
    script = Script(ok())
    EitherClient(kind, script, api_key="s3cret")("resolve", "a")
    assert script.requests[0].headers["authorization"] == "Bearer s3cret"


def test_wrong_use_is_told_before_anything_is_sent(kind: str, tmp_path: Path) -> None:
    """A query outside the limits, no catalog, and an unknown kind of file need no service."""
    client = EitherClient(kind, Script())
    with pytest.raises(QueryError, match="nbest"):
        client("resolve", [])
    with pytest.raises(QueryError, match="k"):
        client("resolve", "a", k=0)
    with pytest.raises(ConfigError, match="which catalog"):
        client("get", "a")
    with pytest.raises(ConfigError, match="unknown kind"):
        client("create_catalog", "a", tmp_path / "a.txt")


def test_versions_become_conditions(kind: str) -> None:
    """A version is sent as If-Match, 0 as If-None-Match, none as neither."""
    for version, match, none_match in ((3, '"3"', None), (0, None, "*"), (None, None, None)):
        script = Script(ok(ENTITY))
        EitherClient(kind, script, catalog="s")("put", Entity("a", "A"), if_version=version)
        headers = script.requests[0].headers
        assert (headers.get("if-match"), headers.get("if-none-match")) == (match, none_match)


@given(st.floats(0, 1))
def test_all_who_are_asked_to_wait_do_not_come_back_at_once(kind: str, chance: float) -> None:
    """A wait that the service asks for is never cut short, and up to half of it is added."""
    assert kind
    answer = httpx.Response(503, headers={"retry-after": "4"})
    wait = Retries(chance=lambda: chance).wait(1, answer, repeatable=True)
    assert wait == pytest.approx(4 + 2 * chance)


@given(st.integers(1, 9), st.floats(0, 1))
def test_waits_stay_in_bounds(kind: str, attempt: int, chance: float) -> None:
    """A wait is never longer than the longest, and never less than half of what doubling gives."""
    assert kind
    retries = Retries(attempts=10, chance=lambda: chance)
    wait = retries.wait(attempt, httpx.Response(503), repeatable=True)
    full = min(0.2 * 2 ** (attempt - 1), 20.0)
    assert wait is not None
    assert full / 2 <= wait <= full
