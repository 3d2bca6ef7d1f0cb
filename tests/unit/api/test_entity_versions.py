"""What was read can be changed and sent back: `version` in a body keeps writers apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.unit.api.live import live_service

ENTITIES = "/v1/catalogs/shows/entities"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A service with one live catalog of its own."""
    with live_service(tmp_path) as running:
        yield running


def read(client: TestClient, entity_id: str = "tv1") -> dict[str, Any]:
    """An entity as the service answers it."""
    found: dict[str, Any] = client.get(f"{ENTITIES}/{entity_id}").json()
    return found


def bulk(client: TestClient, *entities: dict[str, Any]) -> Any:
    """Put many."""
    return client.post(ENTITIES, content="".join(json.dumps(item) + "\n" for item in entities))


def test_what_was_read_can_be_sent_back(client: TestClient) -> None:
    """Unchanged it changes nothing; changed it is stored; its version is never an attribute."""
    before = read(client)
    assert client.put(f"{ENTITIES}/tv1", json=before).json() == before
    assert bulk(client, before).json()["unchanged"] == 1
    stored = client.put(f"{ENTITIES}/tv1", json={**before, "name": "Hotel"}).json()
    assert stored["version"] > before["version"]
    assert (stored["name"], stored["attributes"]) == ("Hotel", before["attributes"])


def test_old_version_in_a_body_is_a_conflict(client: TestClient) -> None:
    """The second of two writers who read the same is told, for one entity and for many."""
    before = read(client)
    assert client.put(f"{ENTITIES}/tv1", json={**before, "name": "First"}).status_code == 200
    again = client.put(f"{ENTITIES}/tv1", json={**before, "name": "Second"})
    assert (again.status_code, again.headers["etag"]) == (412, f'"{read(client)["version"]}"')
    other = read(client, "tv2")
    answer = bulk(client, {**before, "name": "Second"}, {**other, "name": "Third"}).json()
    assert [line["status"] for line in answer["lines"]] == ["rejected", "stored"]
    assert "version 1 was expected" in answer["lines"][0]["detail"]
    assert (read(client)["name"], read(client, "tv2")["name"]) == ("First", "Third")


def test_version_zero_makes_new_entities_only(client: TestClient) -> None:
    """In a body, too, and of many lines each for itself."""
    assert client.put(f"{ENTITIES}/new", json={"name": "N", "version": 0}).status_code == 201
    assert client.put(f"{ENTITIES}/new", json={"name": "M", "version": 0}).status_code == 412
    lines = [{"id": "new", "name": "M", "version": 0}, {"id": "newer", "name": "N", "version": 0}]
    assert [item["status"] for item in bulk(client, *lines).json()["lines"]] == [
        "rejected",
        "stored",
    ]


def test_headers_say_it_before_the_body(client: TestClient) -> None:
    """If-Match counts where both are given."""
    before = read(client)
    newer = client.put(f"{ENTITIES}/tv1", json={"name": "First"}).headers["etag"]
    body = {**before, "name": "Second"}
    answer = client.put(f"{ENTITIES}/tv1", json=body, headers={"If-Match": newer})
    assert (answer.status_code, answer.json()["name"]) == (200, "Second")


@pytest.mark.parametrize("version", ["2.1", -1, True, 1.5, 2**63, [3]])
def test_what_is_no_version_is_refused(client: TestClient, version: Any) -> None:
    """Nothing is stored, and the message says where an attribute of this name belongs."""
    entity = {"id": "a", "name": "A", "version": version}
    answer = client.put(f"{ENTITIES}/a", json=entity)
    assert (answer.status_code, "'attributes'" in answer.json()["detail"]) == (422, True)
    assert "version" in bulk(client, entity).json()["lines"][0]["detail"]
    kept = {"name": "A", "attributes": {"version": version}}
    assert client.put(f"{ENTITIES}/a", json=kept).json()["attributes"] == {"version": version}
