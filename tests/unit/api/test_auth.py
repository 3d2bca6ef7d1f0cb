from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.auth import Checks, Guard
from api.envelope import Envelope
from api.keys import KeyRing
from api.rate_limit import RateLimiter
from tests.unit.api.guarded import QUERY, add_key, bearer, make_app, service, service_of


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Where the keys are."""
    return tmp_path / "keys.json"


@pytest.fixture
def keys(key_file: Path) -> dict[str, str]:
    """One key of each scope."""
    return {scope: add_key(key_file, scope) for scope in ("read", "write")}


@pytest.fixture
def client(key_file: Path, keys: dict[str, str]) -> Iterator[TestClient]:
    """A service that needs keys and has one route that writes."""
    app = make_app(api_keys=key_file)
    _add_write_routes(app)
    with service_of(app) as running:
        yield running


def _add_write_routes(app: FastAPI) -> None:
    for path, methods in (
        ("/v1/things/{name}", ["PUT", "DELETE", "GET"]),
        ("/v1/catalogs/{name}/feedback", ["GET"]),
    ):
        app.add_api_route(path, lambda name: name, methods=methods, include_in_schema=False)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer ere_00000000_" + "A" * 43},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"X-API-Key": "nonsense"},
        {"X-API-Key": "é".encode("latin-1")},
    ],
)
def test_stranger_gets_nowhere(client: TestClient, headers: dict[str, str]) -> None:
    """Without a valid key there is no answer, no catalog name and no number of the service."""
    answer = client.post("/v1/resolve", json=QUERY, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/metrics", headers=headers).status_code == 401
    assert client.get("/v1/nothing", headers=headers).status_code == 401
    assert client.get("/readyz", headers=headers).json()["catalogs"] == []


def test_open_paths_need_no_key(client: TestClient) -> None:
    """Whether it is alive, and how the API looks, anybody may know."""
    for path in ("/healthz", "/readyz", "/openapi.json", "/docs"):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("name", ["Authorization", "X-API-Key"])
def test_key_opens_the_service(client: TestClient, keys: dict[str, str], name: str) -> None:
    """A key of any scope resolves, in either header."""
    for key in keys.values():
        value = f"Bearer {key}" if name == "Authorization" else key
        assert client.post("/v1/resolve", json=QUERY, headers={name: value}).status_code == 200
    shown = client.get("/readyz", headers=bearer(keys["read"])).json()["catalogs"]
    assert [item["name"] for item in shown] == ["titles", "people"]


def test_reading_key_changes_nothing(client: TestClient, keys: dict[str, str]) -> None:
    """A read-only key may look at things, but not change them, nor see what users said."""
    reads, writes = bearer(keys["read"]), bearer(keys["write"])
    assert client.get("/v1/things/a", headers=reads).status_code == 200
    for method, path in (
        ("PUT", "/v1/things/a"),
        ("DELETE", "/v1/things/a"),
        ("GET", "/v1/catalogs/titles/feedback"),
        ("POST", "/v1/unknown"),
        ("DELETE", "/v1/things/resolve"),
        ("PUT", "/v1/catalogs/a/resolve"),
        ("POST", "/v1/catalogs/a/entities/b/resolve"),
    ):
        refused = client.request(method, path, headers=reads)
        assert refused.status_code == 403, path
        assert "may only read" in refused.json()["detail"]
        assert client.request(method, path, headers=writes).status_code != 403, path


@pytest.mark.parametrize("path", ["feedback%0A", "feedback%0a%0A", "proposals%0A"])
def test_line_end_hides_no_path(client: TestClient, keys: dict[str, str], path: str) -> None:
    """A line end at the end of a path, which routes overlook, does not open it."""
    for scope in ("read", "write"):
        refused = client.get(f"/v1/catalogs/titles/{path}", headers=bearer(keys[scope]))
        assert refused.status_code == 400
        assert "line end" in refused.json()["detail"]


def test_changed_secret_is_refused(client: TestClient, keys: dict[str, str]) -> None:
    """The right id with another secret is no key."""
    key = keys["read"]
    other = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert client.post("/v1/resolve", json=QUERY, headers=bearer(other)).status_code == 401


def test_keys_change_without_restart(
    client: TestClient, keys: dict[str, str], key_file: Path
) -> None:
    """A key added to the file is good at once, one taken away is not."""
    from api.keys import read_keys, write_keys

    fresh = add_key(key_file, "read")
    assert client.post("/v1/resolve", json=QUERY, headers=bearer(fresh)).status_code == 200
    write_keys(key_file, [key for key in read_keys(key_file) if key.id in fresh])
    assert client.post("/v1/resolve", json=QUERY, headers=bearer(fresh)).status_code == 200
    assert client.post("/v1/resolve", json=QUERY, headers=bearer(keys["read"])).status_code == 401


def test_damaged_key_file_keeps_the_keys(
    client: TestClient, keys: dict[str, str], key_file: Path
) -> None:
    """A key file that is half-written or gone leaves the keys as they were."""
    for damage in (lambda: key_file.write_text('{"version": 1, "ke'), key_file.unlink):
        damage()
        answer = client.post("/v1/resolve", json=QUERY, headers=bearer(keys["read"]))
        assert answer.status_code == 200


def test_each_key_has_its_own_rate(key_file: Path) -> None:
    """A key that asks too often gets 429 and a time; another key is answered."""
    greedy, modest = add_key(key_file, "read"), add_key(key_file, "read")
    with service(api_keys=key_file, rate_limit=0.01, rate_burst=3) as client:
        for _ in range(3):
            assert client.post("/v1/resolve", json=QUERY, headers=bearer(greedy)).status_code == 200
        refused = client.post("/v1/resolve", json=QUERY, headers=bearer(greedy))
        assert refused.status_code == 429
        assert refused.json()["type"].endswith(":rate-limited")
        assert 90 <= int(refused.headers["retry-after"]) <= 100
        assert client.post("/v1/resolve", json=QUERY, headers=bearer(modest)).status_code == 200


def _page_of_somebody_else(hosts: tuple[str, ...]) -> TestClient:
    app = FastAPI()
    _add_write_routes(app)
    app.add_middleware(Guard, checks=Checks(None, RateLimiter(0, 1), hosts))
    app.add_middleware(Envelope)
    return TestClient(app, base_url="http://localhost:8000")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost:8000"}, 200),
        ({"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost:9999"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_other_pages_can_not_write(headers: dict[str, str], status: int) -> None:
    """What a browser sends for somebody else's page is refused, also without keys."""
    client = _page_of_somebody_else(("localhost",))
    assert client.put("/v1/things/a", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:8000", 200), ("LOCALHOST", 200), ("[::1]:8000", 200), ("evil.example", 403)],
)
def test_host_name_of_somebody_else_is_refused(host: str, status: int) -> None:
    """A name that somebody points at this machine (DNS rebinding) is not served."""
    client = _page_of_somebody_else(("localhost", "127.0.0.1", "[::1]"))
    assert client.get("/v1/things/a", headers={"Host": host}).status_code == status


def test_no_cross_origin_reading(client: TestClient, keys: dict[str, str]) -> None:
    """No answer allows another origin to read it, and a preflight is not granted."""
    headers = {**bearer(keys["read"]), "Origin": "http://evil.example"}
    answer = client.get("/readyz", headers=headers)
    preflight = client.options(
        "/v1/things/a", headers={**headers, "Access-Control-Request-Method": "PUT"}
    )
    for found in (answer, preflight):
        assert not [name for name in found.headers if name.startswith("access-control")]


def test_ring_without_keys_is_refused(tmp_path: Path) -> None:
    """A missing, empty or damaged key file is an error that names the file and what to do."""
    from er_engine.errors import ServiceError

    file = tmp_path / "keys.json"
    with pytest.raises(ServiceError, match=r"no such key file.*keys create"):
        KeyRing(file)
    for content, said in (
        ('{"version": 1, "keys": []}', "holds no key"),
        ("[]", "not a key file of version 1"),
        ('{"version": 1}', "'keys' is missing"),
        ('{"version": 1, "keys": [{"id": "a"}]}', r"keys\[0\]: needs the text fields"),
        ("\x00", "not a readable key file"),
    ):
        file.write_text(content)
        with pytest.raises(ServiceError, match=said):
            KeyRing(file)
