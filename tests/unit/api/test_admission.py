"""Queries beyond what the queue takes: refused early, by path alone."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message

from api.admission import Admission
from api.limits import WorkQueue
from api.logs import LogSetup
from tests.unit.api.guarded import QUERY, add_key, bearer, make_app, service_of


class FullQueue(WorkQueue):
    """A queue that has no room."""

    full = True


@contextmanager
def crowded(**settings: Any) -> Iterator[TestClient]:
    """A service whose queue is full, by work that ends with the block."""
    app = make_app(max_waiting=1, **settings)
    go_on, begun = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        go_on.wait(30)

    with service_of(app) as client:
        assert client.portal is not None
        running = client.portal.start_task_soon(app.state.work.run, wait)
        begun.wait(30)
        try:
            yield client
        finally:
            go_on.set()
            running.result()


def test_body_of_a_refused_query_is_not_read() -> None:
    """A refusal asks for nothing of the body, and no app is called."""
    sent: list[Message] = []

    async def never(*_: object) -> None:
        raise AssertionError("called")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/resolve", "headers": []}
    asyncio.run(Admission(never, FullQueue())(scope, never, send))  # type: ignore[arg-type]
    start, body = sent
    headers = dict(start["headers"])
    assert start["status"] == 503
    assert int(headers[b"content-length"]) == len(body["body"])
    assert int(headers[b"retry-after"]) >= 1


def test_refusal_is_like_other_problems() -> None:
    """It is problem details with the request's id, and has the headers of every answer."""
    with crowded() as client:
        refused = client.post(
            "/v1/catalogs/people/resolve", content=b"{", headers={"X-Request-Id": "call-9"}
        )
        numbers = client.get("/metrics").text
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert refused.headers["cache-control"] == "no-store"
    assert refused.json() == {
        "type": "urn:er-engine:problem:unavailable",
        "title": "Unavailable",
        "status": 503,
        "detail": "too many requests are waiting; try again",
        "request_id": "call-9",
    }
    route = 'method="POST",route="/v1/catalogs/{catalog}/resolve",status="503"'
    assert f"er_engine_requests_total{{{route}}} 1.0" in numbers
    assert "er_engine_queue_refused_total 1.0" in numbers


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/v1/catalogs", "/v1/resolve"])
def test_what_is_no_query_is_let_in(path: str) -> None:
    """A full queue of queries keeps nobody from asking how the service is."""
    with crowded() as client:
        assert client.get(path).status_code == (405 if path == "/v1/resolve" else 200)


def test_strangers_learn_nothing_of_the_queue(tmp_path: Path) -> None:
    """Without a valid key the answer is 401, full or not."""
    file = tmp_path / "keys.json"
    key = add_key(file, "read")
    with crowded(api_keys=file) as client:
        assert client.post("/v1/resolve", json=QUERY).status_code == 401
        assert client.post("/v1/resolve", json=QUERY, headers=bearer(key)).status_code == 503


def test_many_refusals_leave_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says how many were refused, not each of them."""
    monkeypatch.setattr("api.admission.SECONDS_OF_A_LINE", 0.2)
    written = io.StringIO()
    setup = LogSetup(stream=written)
    try:
        with crowded() as client:
            for _ in range(5):
                client.post("/v1/resolve", json=QUERY)
            while "refused" not in written.getvalue():
                threading.Event().wait(0.01)
    finally:
        setup.close()
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    about = [line for line in lines if line.get("status") == 503]
    assert sum(line["requests"] for line in about) == 5
    assert len(about) < 5
