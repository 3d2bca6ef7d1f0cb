"""Feedback over HTTP: what users meant, as training data, and the aliases that it proposes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.retention import Retention
from er_engine.queries import read_queries
from er_engine.types import Hypothesis
from index.live.feedback import Feedback
from tests.unit.api.guarded import add_key, bearer
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
        "stored": kept[0]["stored"],
    }
    assert datetime.fromisoformat(kept[0]["stored"]).tzinfo is not None


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
    assert answer.json()["accepted"] == [{**choice, "count": 2, "share": 1.0, "new": True}]
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


def forget(client: TestClient, **asked: Any) -> Any:
    """Delete feedback."""
    return client.delete(f"{CATALOG}/feedback", params=asked)


def test_feedback_is_deleted_by_age_by_number_or_all(client: TestClient) -> None:
    """What was asked for is gone, with how much; proposals follow, and repeating is harmless."""
    numbers = [say(client, "purple gadget", "tv1").json()["number"] for _ in range(4)]
    now = datetime.now(UTC)
    assert forget(client, before=(now - timedelta(days=1)).isoformat()).json() == {"deleted": 0}
    for deleted in (1, 0):
        assert forget(client, number=numbers[1]).json() == {"deleted": deleted}
    assert proposed(client) == [("tv1", "purple gadget", 3, 1.0)]
    assert forget(client, before=(now + timedelta(days=1)).isoformat()).json() == {"deleted": 3}
    assert proposed(client, 1) == []
    say(client, "purple gadget", "tv1")
    assert forget(client, all="true").json() == {"deleted": 1}
    assert client.get(f"{CATALOG}/feedback").json()["feedback"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"all": "false"},
        {"all": "true", "number": 1},
        {"before": "2026-01-01T00:00:00"},
        {"before": "yesterday"},
        {"befor": "2026-01-01T00:00:00Z"},
        {"number": 0},
    ],
)
def test_nothing_is_deleted_by_mistake(client: TestClient, asked: dict[str, Any]) -> None:
    """Without exactly one choice, or with a time that could mean several, nothing is deleted."""
    say(client, "purple gadget", "tv1")
    answer = forget(client, **asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(client.get(f"{CATALOG}/feedback").json()["feedback"]) == 1


def test_deleting_is_recorded_and_survives_a_restart(tmp_path: Path) -> None:
    """It has a line in the audit log, and a service that starts again has no such feedback."""
    with live_service(tmp_path) as client:
        say(client, "purple gadget", "tv1")
        forget(client, all="true")
    lines = [json.loads(line) for line in (tmp_path / "data/audit.jsonl").read_text().splitlines()]
    assert [line["method"] for line in lines if line["event"] == "begin"] == ["POST", "DELETE"]
    with live_service(tmp_path) as client:
        assert client.get(f"{CATALOG}/feedback").json()["feedback"] == []


def test_only_who_may_write_deletes(tmp_path: Path) -> None:
    """A key that may only read gets 403."""
    file = tmp_path / "keys.json"
    reader, writer = add_key(file, "read"), add_key(file, "write")
    with live_service(tmp_path, api_keys=file) as client:
        statuses = [
            client.delete(f"{CATALOG}/feedback?all=true", headers=bearer(key)).status_code
            for key in (reader, writer)
        ]
    assert statuses == [403, 200]


def test_accepting_again_tells_the_same(client: TestClient) -> None:
    """When an answer got lost, asking again lists what was accepted, as not new."""
    for _ in range(2):
        say(client, "purple gadget", "tv1")
    choice = {"entity_id": "tv1", "alias": "purple gadget"}
    were_new = []
    for asked in ({"min_count": 2}, {"choices": [choice]}, {"min_count": 2}):
        answers = [client.post(f"{CATALOG}/proposals/accept", json=asked).json() for _ in range(2)]
        first, second = ([dict(item) for item in answer["accepted"]] for answer in answers)
        assert [item.pop("new") for item in second] == [False]
        were_new.append(first[0].pop("new"))
        assert first == second == [{**choice, "count": 2, "share": 1.0}]
    assert were_new == [True, False, False]
    version = client.get(f"{CATALOG}/entities/tv1").headers["etag"]
    client.post(f"{CATALOG}/proposals/accept", json={"min_count": 1, "min_share": 0})
    assert client.get(f"{CATALOG}/entities/tv1").headers["etag"] == version


def test_what_is_old_is_deleted_by_itself(tmp_path: Path) -> None:
    """With `feedback_days` older feedback goes, the rest stays, and the audit log says so."""
    with live_service(tmp_path) as client:
        say(client, "purple gadget", "tv1")
        app: Any = client.app
        catalogs, writes, audit = app.state.catalogs, app.state.writes, app.state.audit
        assert client.portal is not None

        def look(days_later: float) -> int:
            now = time.time() + days_later * 86_400
            retention = Retention(catalogs, writes, 30, audit, lambda: now)
            assert client.portal is not None
            client.portal.call(retention.look)
            return len(client.get(f"{CATALOG}/feedback").json()["feedback"])

        assert [look(29), look(31), look(31)] == [1, 0, 0]
    lines = [json.loads(line) for line in (tmp_path / "data/audit.jsonl").read_text().splitlines()]
    (line,) = [line for line in lines if line["event"] == "retention"]
    assert (line["catalog"], line["feedback"]) == ("shows", 1)


def test_old_feedback_goes_at_the_start(tmp_path: Path) -> None:
    """A service with `feedback_days` looks as soon as its catalogs are there."""
    with live_service(tmp_path) as client:
        app: Any = client.app
        live = app.state.catalogs.get("shows").live
        live.add_feedback(Feedback((Hypothesis("purple gadget"),), "tv1"), now=1.0)
        say(client, "creek", "tv2")
    with live_service(tmp_path, feedback_days=7) as client:
        end = time.monotonic() + 30
        while len(found := client.get(f"{CATALOG}/feedback").json()["feedback"]) > 1:
            assert time.monotonic() < end
            time.sleep(0.05)
    assert [item["entity_id"] for item in found] == ["tv2"]


def test_blank_hypotheses_propose_nothing(client: TestClient, tmp_path: Path) -> None:
    """Proposals are made of what was heard, and the export can be read with them."""
    body = {"nbest": [{"text": ""}, {"text": "shipping potato"}], "entity_id": "tv1"}
    for _ in range(2):
        assert client.post(f"{CATALOG}/feedback", json=body).status_code == 201
    assert [found[:2] for found in proposed(client)] == [("tv1", "shipping potato")]
    exported = tmp_path / "feedback.jsonl"
    exported.write_text(client.get(f"{CATALOG}/feedback/export").text, encoding="utf-8")
    assert [query.heard[0].text for query in read_queries(exported)] == ["shipping potato"] * 2
