from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.audit import Audit, AuditLog
from api.envelope import Envelope
from er_engine.errors import ServiceError
from tests.unit.api.guarded import add_key, bearer, make_app, service_of
from tests.unit.api.live import live_service

NOW = "2026-01-01T00:00:00.000+00:00"


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The lines of an audit log."""
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the audit log is."""
    return tmp_path / "audit.jsonl"


def client_of(file: Path, seen: list[int]) -> TestClient:
    """A service with one thing that can be changed; `seen` gets the lines that were on disk."""
    app = FastAPI()

    def put(name: str) -> str:
        seen.append(len(lines_of(file)))
        if name == "explode":
            raise RuntimeError(name)
        return name

    app.add_api_route("/v1/things/{name}", put, methods=["PUT", "GET"])
    app.add_middleware(Audit, log=AuditLog(file, now=lambda: NOW))
    app.add_middleware(Envelope)
    return TestClient(app, raise_server_exceptions=False)


def test_change_is_recorded_before_and_after(file: Path) -> None:
    """A change has a line on disk before it is made, and one that says how it ended."""
    seen: list[int] = []
    client = client_of(file, seen)
    client.put("/v1/things/a", headers={"X-Request-Id": "r1"})
    client.put("/v1/things/explode", headers={"X-Request-Id": "r2"})
    assert seen == [1, 3]
    first, end, _, failed = lines_of(file)
    assert first == {
        "time": NOW,
        "event": "begin",
        "request": "r1",
        "key": None,
        "client": "testclient",
        "method": "PUT",
        "path": "/v1/things/a",
    }
    assert end == {"time": NOW, "event": "end", "request": "r1", "status": 200}
    assert (failed["request"], failed["status"]) == ("r2", 500)


def test_reading_is_not_recorded(file: Path) -> None:
    """What changes nothing leaves no line."""
    seen: list[int] = []
    client_of(file, seen).get("/v1/things/a")
    assert seen == [0]
    assert lines_of(file) == []


def test_no_change_without_a_line(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the line can't be put on disk, nothing is changed and the answer says so."""
    seen: list[int] = []
    client = client_of(file, seen)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = client.put("/v1/things/a")
    assert answer.status_code == 503
    assert "nothing was changed" in answer.json()["detail"]
    assert "No space left" in answer.json()["detail"]
    assert seen == []


def test_log_can_be_moved_away(file: Path) -> None:
    """A log that was rotated by its name goes on in a new file; only its owner may read it."""
    client = client_of(file, [])
    client.put("/v1/things/a")
    file.rename(file.with_suffix(".1"))
    client.put("/v1/things/b")
    assert len(lines_of(file)) == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_path_can_not_forge_a_line(file: Path) -> None:
    """A path with line ends stays within its line."""
    client_of(file, []).put('/v1/things/a%0A{"event": "end"}')
    assert len(lines_of(file)) == 2


def test_unwritable_log_stops_the_start(tmp_path: Path) -> None:
    """A service whose audit log can't be written does not start."""
    with pytest.raises(ServiceError, match="the audit log can't be written"):
        AuditLog(tmp_path / "missing" / "audit.jsonl")


def test_key_is_recorded(tmp_path: Path, file: Path) -> None:
    """The line names the key, also of a change that was refused; strangers leave none."""
    keys = tmp_path / "keys.json"
    key = add_key(keys, "write")
    with service_of(make_app(api_keys=keys, audit_log=file)) as client:
        client.put("/v1/catalogs/titles/entities/x", json={}, headers=bearer(key))
        client.put("/v1/catalogs/titles/entities/x", json={})
    assert [line.get("key") for line in lines_of(file)] == [key.split("_")[1], None]
    assert lines_of(file)[1]["status"] >= 400


def test_upload_is_recorded_with_its_name(tmp_path: Path) -> None:
    """Which catalog was made, which the path does not say, is in the line of its end."""
    with live_service(tmp_path) as client:
        sent = client.post(
            "/v1/catalogs?name=words", content=b"", headers={"content-type": "text/csv"}
        )
        assert sent.status_code == 202
    begin, end = lines_of(tmp_path / "data" / "audit.jsonl")
    assert (begin["path"], end["catalog"]) == ("/v1/catalogs", "words")
