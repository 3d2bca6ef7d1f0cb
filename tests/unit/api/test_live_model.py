"""Made-up sequences of requests, held against a plain dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.api.live import live_service, query

ENTITIES = "/v1/catalogs/shows/entities"
IDS = ("a", "b/c", "ü")
NAMES = ("alpha bravo", "delta hotel", "juliet india")
IFS = ("none", "current", "old", "new only")

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "delete", "bulk"]),
        st.sampled_from(IDS),
        st.sampled_from(NAMES),
        st.sampled_from(IFS),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One service; each sequence begins by deleting what the one before left."""
    with live_service(tmp_path_factory.mktemp("model")) as running:
        yield running


class Expected:
    """What the catalog must be: names and versions by id."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, int]] = {}

    def headers(self, entity_id: str, condition: str) -> tuple[dict[str, str], bool]:
        """The headers of a condition, and whether it holds."""
        version = self.known[entity_id][1] if entity_id in self.known else 0
        if condition == "current":
            return {"If-Match": f'"{version}"'}, version > 0
        if condition == "old":
            return {"If-Match": f'"{version + 1_000_000}"'}, False
        if condition == "new only":
            return {"If-None-Match": "*"}, version == 0
        return {}, True


def put(client: TestClient, expected: Expected, step: tuple[str, str, str, str]) -> None:
    """Put; it is done if the condition holds, or if it says what is there already."""
    _, entity_id, name, condition = step
    headers, holds = expected.headers(entity_id, condition)
    before = expected.known.get(entity_id)
    answer = client.put(_path(entity_id), json={"name": name}, headers=headers)
    if before is not None and before[0] == name:
        assert (answer.status_code, answer.json()["version"]) == (200, before[1])
    elif not holds:
        assert answer.status_code == 412
    else:
        assert answer.status_code == (200 if before else 201)
        version = answer.json()["version"]
        assert version > max([number for _, number in expected.known.values()], default=0)
        expected.known[entity_id] = (name, version)


def delete(client: TestClient, expected: Expected, step: tuple[str, str, str, str]) -> None:
    """Delete; it is done if the entity is there and the condition holds."""
    _, entity_id, _, condition = step
    if condition == "new only":
        return
    headers, holds = expected.headers(entity_id, condition)
    answer = client.delete(_path(entity_id), headers=headers)
    if entity_id not in expected.known:
        assert answer.status_code == 404
    elif not holds:
        assert answer.status_code == 412
    else:
        assert answer.status_code == 204
        del expected.known[entity_id]


def bulk(client: TestClient, expected: Expected, step: tuple[str, str, str, str]) -> None:
    """Put one line, beside one that is wrong."""
    _, entity_id, name, _ = step
    content = f'{{"id": "{entity_id}", "name": "{name}"}}\n{{}}\n'.encode()
    answer = client.post(ENTITIES, content=content).json()
    before = expected.known.get(entity_id)
    same = before is not None and before[0] == name
    assert [line["status"] for line in answer["lines"]] == [
        "unchanged" if same else "stored",
        "rejected",
    ]
    expected.known[entity_id] = (name, answer["lines"][0]["version"])


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_catalog_is_what_was_acknowledged(
    client: TestClient, steps: list[tuple[str, str, str, str]]
) -> None:
    """After any sequence the pages hold exactly what was acknowledged, and queries find just it."""
    for entity_id in IDS:
        client.delete(_path(entity_id))
    expected = Expected()
    for step in steps:
        {"put": put, "delete": delete, "bulk": bulk}[step[0]](client, expected, step)
    page = client.get(ENTITIES).json()["entities"]
    stored = {item["id"]: (item["name"], item["version"]) for item in page if item["id"] in IDS}
    assert stored == expected.known
    for name in NAMES:
        assert found(client, name) == {
            entity_id for entity_id, (known, _) in expected.known.items() if known == name
        }


def found(client: TestClient, name: str) -> set[str]:
    """The ids of exactly this name that a query finds."""
    answer: dict[str, Any] = client.post("/v1/resolve", json=query(name, k=50)).json()
    return {item["id"] for item in answer["candidates"] if item["name"] == name}


def _path(entity_id: str) -> str:
    return f"{ENTITIES}/{entity_id.replace('/', '%2F')}"
