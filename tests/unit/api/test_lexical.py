"""The lexical baseline over HTTP: it answers of what is in the catalog now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api import lexical
from er_engine.lexical.baselines import lexical_retrievers
from er_engine.surface_forms import surface_forms
from er_engine.wire_lexical import LexicalResponse
from tests.unit.api.guarded import QUERY, add_key, bearer, service
from tests.unit.api.live import MODEL, SHOWS, live_service

PATH = "/v1/catalogs/shows/lexical"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A client of a live catalog."""
    with live_service(tmp_path) as opened:
        yield opened


def ask(client: TestClient, *texts: str, **more: Any) -> LexicalResponse:
    """What the baseline says."""
    answer = client.post(PATH, json={"nbest": [{"text": text} for text in texts], **more})
    assert answer.status_code == 200, answer.text
    return LexicalResponse.model_validate(answer.json())


def ids(answer: LexicalResponse) -> list[str]:
    """The ids, best first."""
    return [item.id for item in answer.candidates]


def test_scores_are_those_of_the_baseline(client: TestClient) -> None:
    """Each entity has the best score over hypotheses and forms, as an evaluation computes it."""
    answer = ask(client, "chip potato", "breaking a way", k=10)
    groups = surface_forms(SHOWS, MODEL.g2p)
    retrievers = lexical_retrievers(groups, MODEL.g2p, "en")
    blend = next(item for item in retrievers if item.name == answer.baseline)
    scores = blend.score(["chip potato", "breaking a way"]).max(axis=0)
    expected = {entity.id: float(score) for entity, score in zip(SHOWS, scores, strict=True)}
    assert {item.id: item.score for item in answer.candidates} == pytest.approx(expected, abs=1e-5)
    assert np.all(np.diff([item.score for item in answer.candidates]) <= 0)
    assert ids(answer)[0] in ("tv1", "f1")


def test_likeliest_hypotheses_are_compared(client: TestClient) -> None:
    """Where each has a score, the best five count wherever they stand, as for the engine."""
    heard = [{"text": f"nothing {number}", "score": -9.0 - number} for number in range(6)]
    heard.append({"text": "breaking away", "score": -1.0})
    answer = client.post(PATH, json={"nbest": heard, "k": 1}).json()["candidates"][0]
    assert (answer["id"], answer["score"]) == ("f1", pytest.approx(1.0, abs=0.05))
    del heard[0]["score"]
    assert client.post(PATH, json={"nbest": heard, "k": 1}).json()["candidates"][0]["score"] < 0.9


def test_changes_are_seen(client: TestClient) -> None:
    """What was added is found, what was renamed by its new name, what was deleted no more."""
    assert ids(ask(client, "chip potato"))[0] == "tv1"
    client.put("/v1/catalogs/shows/entities/n1", json={"name": "Chip Potato"})
    assert ids(ask(client, "chip potato"))[0] == "n1"
    client.put("/v1/catalogs/shows/entities/tv2", json={"name": "Wholly Other"})
    assert ids(ask(client, "wholly other"))[0] == "tv2"
    client.delete("/v1/catalogs/shows/entities/n1")
    assert sorted(ids(ask(client, "chip potato"))) == ["f1", "tv1", "tv2"]


def test_type_and_k_hold(client: TestClient) -> None:
    """Only entities of the type, at most k."""
    assert ids(ask(client, "chip potato", type="film")) == ["f1"]
    assert len(ask(client, "chip potato", k=2).candidates) == 2
    assert ask(client, "chip potato", type="book").candidates == []


def test_empty_catalog_has_no_answers(client: TestClient) -> None:
    """Nothing in, nothing out."""
    for entity in SHOWS:
        client.delete(f"/v1/catalogs/shows/entities/{entity.id}")
    assert ask(client, "chip potato").candidates == []


def test_too_large_a_catalog_is_not_compared(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how large it may be, and what to do."""
    monkeypatch.setattr(lexical, "MAX_FORMS", 2)
    answer = client.post(PATH, json=QUERY)
    assert answer.status_code == 422
    assert "er-engine evaluate" in answer.json()["detail"]


def test_resolver_of_another_kind_is_not_compared() -> None:
    """409 where there is no index to compare with."""
    with service() as client:
        assert client.post("/v1/catalogs/titles/lexical", json=QUERY).status_code == 409


def test_reading_key_is_enough(tmp_path: Path) -> None:
    """It changes nothing, so that a key that may only read may ask."""
    key = add_key(tmp_path / "keys.json", "read")
    with live_service(tmp_path, api_keys=tmp_path / "keys.json") as client:
        assert client.post(PATH, json=QUERY).status_code == 401
        assert client.post(PATH, json=QUERY, headers=bearer(key)).status_code == 200


def test_blank_hypotheses_are_ignored(client: TestClient) -> None:
    """The baseline answers as if they were not there; a list of them alone is refused."""
    assert ask(client, "", "chip potato", " ").candidates == ask(client, "chip potato").candidates
    refused = client.post(PATH, json={"nbest": [{"text": " "}]})
    assert refused.status_code == 422
    assert "nbest[0].text: the text is empty" in refused.json()["detail"]
