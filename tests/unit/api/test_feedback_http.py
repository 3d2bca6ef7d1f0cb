"""Feedback over HTTP: what users meant, as training data, and the aliases that it proposes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from er_engine.queries import read_queries
from tests.unit.api.live import first_id, live_service

CATALOG = "/v1/catalogs/shows"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A service with one live catalog."""
    with live_service(tmp_path) as running:
        yield running


def say(client: TestClient, text: str, entity_id: str, **more: Any) -> Any:
    """Give feedback."""
    body = {"nbest": [{"text": text, "score": -1.5}], "entity_id": entity_id, **more}
    return client.post(f"{CATALOG}/feedback", json=body)


def proposed(client: TestClient, min_count: int = 2) -> list[tuple[str, str, int, float]]:
    """The proposals as tuples."""
    answer = client.get(f"{CATALOG}/proposals", params={"min_count": min_count})
    assert answer.status_code == 200
    return [
        (item["entity_id"], item["alias"], item["count"], item["share"])
        for item in answer.json()["proposals"]
    ]


def test_feedback_is_kept(client: TestClient) -> None:
    """Feedback gets 201 and a number that grows, and is read back in order, page by page."""
    numbers = [
        say(client, "shipping tomato", "tv1", kind="rephrase", answered_id="f1", type="tv"),
        say(client, "breaking the day", "f1"),
        say(client, "creek", "tv2"),
    ]
    assert [answer.status_code for answer in numbers] == [201] * 3
    first = client.get(f"{CATALOG}/feedback", params={"limit": 2}).json()
    rest = client.get(f"{CATALOG}/feedback", params={"cursor": first["next_cursor"]}).json()
    kept = [*first["feedback"], *rest["feedback"]]
    assert [item["number"] for item in kept] == [answer.json()["number"] for answer in numbers]
    assert rest["next_cursor"] is None
    assert kept[0] == {
        "nbest": [{"text": "shipping tomato", "score": -1.5}],
        "entity_id": "tv1",
        "kind": "rephrase",
        "answered_id": "f1",
        "type": "tv",
        "number": kept[0]["number"],
    }


def test_feedback_is_exported_as_queries(client: TestClient, tmp_path: Path) -> None:
    """The export is a query file that the evaluation and the training read."""
    say(client, "shipping tomato", "tv1", type="tv")
    say(client, "“breaking” ♥ day", "f1")
    answer = client.get(f"{CATALOG}/feedback/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    path = tmp_path / "queries.jsonl"
    path.write_bytes(answer.content)
    queries = read_queries(path)
    assert [item.nbest[0].text for item in queries] == ["shipping tomato", "“breaking” ♥ day"]
    assert [item.entity_ids for item in queries] == [("tv1",), ("f1",)]
    assert queries[0].type == "tv"


def test_export_of_nothing_is_empty(client: TestClient) -> None:
    """Without feedback the export has no line."""
    assert client.get(f"{CATALOG}/feedback/export").content == b""


def test_pairs_become_proposals_with_counts(client: TestClient) -> None:
    """What was said for one entity often enough is proposed, with how often and how surely."""
    for _ in range(3):
        say(client, "shipping tomato", "tv1")
    say(client, "Shipping Tomato", "f1")
    say(client, "once only", "tv2")
    assert proposed(client) == [("tv1", "shipping tomato", 3, 0.75)]
    assert len(proposed(client, min_count=1)) == 3


def test_accepted_proposal_is_found(client: TestClient) -> None:
    """An accepted proposal is an alias that the next query finds, and is proposed no more."""
    for _ in range(2):
        say(client, "purple gadget", "tv1")
    assert first_id(client, "purple gadget", min_probability=0.5) != "tv1"
    choice = {"entity_id": "tv1", "alias": "purple gadget"}
    answer = client.post(f"{CATALOG}/proposals/accept", json={"choices": [choice]})
    assert answer.json()["accepted"] == [{**choice, "count": 2, "share": 1.0}]
    assert first_id(client, "purple gadget", min_probability=0.5) == "tv1"
    assert proposed(client) == []
    assert "purple gadget" in client.get(f"{CATALOG}/entities/tv1").json()["aliases"]


def test_threshold_accepts_what_is_sure(client: TestClient) -> None:
    """With `min_count` all proposals of that count and share are accepted, no others."""
    for text, entity_id, times in (("one", "tv1", 5), ("two", "tv2", 2), ("one of", "f1", 1)):
        for _ in range(times):
            say(client, text, entity_id)
    say(client, "one", "f1")
    accept = {"min_count": 2, "min_share": 0.9}
    answer = client.post(f"{CATALOG}/proposals/accept", json=accept).json()
    assert [item["alias"] for item in answer["accepted"]] == ["two"]
    assert [item[1] for item in proposed(client)] == ["one"]


def test_dismissed_proposal_is_made_no_more(client: TestClient) -> None:
    """A dismissed proposal is gone and nothing else changes."""
    for _ in range(2):
        say(client, "purple gadget", "tv1")
    choice = {"entity_id": "tv1", "alias": "purple gadget"}
    answer = client.post(f"{CATALOG}/proposals/dismiss", json={"choices": [choice]})
    assert (answer.status_code, proposed(client)) == (204, [])
    assert client.get(f"{CATALOG}/entities/tv1").json()["version"] == 1


def test_feedback_survives_a_restart(tmp_path: Path) -> None:
    """Acknowledged feedback is there for the next service."""
    with live_service(tmp_path) as client:
        say(client, "shipping tomato", "tv1")
    with live_service(tmp_path) as client:
        assert len(client.get(f"{CATALOG}/feedback").json()["feedback"]) == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("feedback", {"nbest": [{"text": "a"}], "entity_id": "none"}, 404, "none"),
        ("feedback", {"nbest": [{"text": "a"}]}, 422, "entity_id: Field required"),
        ("feedback", {"nbest": [], "entity_id": "tv1"}, 422, "nbest"),
        ("feedback", {"nbest": [{"text": "♥"}], "entity_id": "tv1"}, 422, "letter"),
        ("proposals/accept", {}, 422, "either"),
        ("proposals/accept", {"choices": [], "min_count": 0}, 422, "min_count"),
        ("proposals/dismiss", {"choices": []}, 422, "choices"),
        (
            "proposals/accept",
            {"choices": [{"entity_id": "none", "alias": "a"}]},
            404,
            "none",
        ),
        (
            "proposals/accept",
            {"choices": [{"entity_id": "tv1", "alias": "a"}], "min_count": 1},
            422,
            "either",
        ),
    ],
)
def test_wrong_feedback_is_refused(
    client: TestClient, path: str, body: dict[str, Any], status: int, said: str
) -> None:
    """What can't be stored gets a problem that says why."""
    answer = client.post(f"{CATALOG}/{path}", json=body)
    assert answer.status_code == status
    assert said in answer.json()["detail"]
