from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.logs import LogSetup, fields
from tests.unit.api.guarded import QUERY, service


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the service logs in its default settings."""
    written = io.StringIO()
    setup = LogSetup(stream=written)
    yield written
    setup.close()


@pytest.fixture
def client() -> Iterator[TestClient]:
    """A service in its default settings."""
    with service() as running:
        yield running


def lines_of(log: io.StringIO, setup: LogSetup | None = None) -> list[dict[str, Any]]:
    """The lines of requests, once they are written."""
    logging.getLogger("er_engine.requests").info("end", extra=fields())
    while '"end"' not in log.getvalue():
        pass
    return [
        line for line in map(json.loads, log.getvalue().splitlines()) if line["message"] != "end"
    ]


def test_one_line_for_each_request(client: TestClient, log: io.StringIO) -> None:
    """A request leaves one JSON line: id, route, status, time, decision; not what was said."""
    answer = client.post("/v1/resolve", json=QUERY, headers={"X-Request-Id": "call-7"})
    (line,) = lines_of(log)
    assert answer.headers["x-request-id"] == "call-7"
    assert (line["request"], line["route"], line["status"]) == ("call-7", "/v1/resolve", 200)
    assert line["decisions"] == ["match"]
    assert line["catalog"] == "titles"
    assert line["ms"] > 0
    assert "chip in potato" not in log.getvalue()


def test_said_words_are_logged_on_request(log: io.StringIO) -> None:
    """With `log_texts` the first hypothesis is in the line."""
    with service(log_texts=True) as client:
        client.post("/v1/resolve", json=QUERY)
    (line,) = lines_of(log)
    assert line["texts"] == ["chip in potato"]


@pytest.mark.parametrize("proposed", ["a" * 65, "a b", "a\x1bb", "é", ""])
def test_odd_request_id_is_replaced(client: TestClient, proposed: str) -> None:
    """A caller's id that could spoil a log is replaced by one of ours."""
    answer = client.get("/healthz", headers={"X-Request-Id": proposed.encode("latin-1")})
    assert answer.headers["x-request-id"] != proposed
    assert len(answer.headers["x-request-id"]) == 32


def test_failure_is_logged_without_its_words(client: TestClient, log: io.StringIO) -> None:
    """An unexpected error gets 500 with an id; the log has that id and the lines of code."""
    answer = client.post("/v1/resolve", json={"nbest": [{"text": "explode"}]})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    request_id = answer.json()["request_id"]
    assert request_id in answer.json()["detail"]
    failure = next(line for line in lines_of(log) if "stack" in line)
    assert request_id in failure["message"]
    assert failure["error"] == "RuntimeError"
    assert any("standin.py" in frame for frame in failure["stack"])
    assert "secret detail" not in log.getvalue() + answer.text


def test_ids_are_not_in_the_route(client: TestClient, log: io.StringIO) -> None:
    """The log names the template of a route; what matched none is `unmatched`."""
    client.post("/v1/catalogs/people/resolve", json=QUERY)
    client.get("/some/secret/path")
    routes = [line["route"] for line in lines_of(log)]
    assert routes == ["/v1/catalogs/{catalog}/resolve", "unmatched"]


@pytest.mark.parametrize("path", ["/", "/v1/resolve", "/nothing", "/healthz"])
def test_every_answer_has_safe_headers(client: TestClient, path: str) -> None:
    """Every answer, errors too, tells browsers to load nothing from elsewhere."""
    headers = client.get(path).headers
    assert re.match("default-src '(self|none)'", headers["content-security-policy"])
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_text_lines_are_for_people() -> None:
    """The text format has the same content on one short line."""
    written = io.StringIO()
    setup = LogSetup(style="text", stream=written)
    logging.getLogger("api.test").info("loaded", extra=fields(catalog="a\nb"))
    setup.close()
    assert written.getvalue().endswith('info    loaded catalog="a\\nb"\n')


def test_nobody_reading_the_log_stops_nothing() -> None:
    """Lines that nobody takes are dropped and counted, and nothing waits."""
    import threading

    blocked = threading.Event()

    class Stuck(io.StringIO):
        def write(self, text: str) -> int:
            blocked.wait(timeout=30)
            return len(text)

    setup = LogSetup(stream=Stuck(), capacity=10)
    for number in range(100):
        logging.getLogger("api.test").info("line %d", number)
    assert setup.dropped >= 80
    blocked.set()
    setup.close()
