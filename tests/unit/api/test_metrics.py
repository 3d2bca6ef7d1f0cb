from __future__ import annotations

import os
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.metrics import SHARED_FOLDER, Metrics
from tests.unit.api.guarded import QUERY, service
from tests.unit.api.live import live_service


def numbers_of(client: TestClient) -> dict[str, float]:
    """Every number by its name and labels, read as Prometheus reads it."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        re.sub(r"[ {}]", "", f"{sample.name},{sorted(sample.labels.items())}"): sample.value
        for family in families
        for sample in family.samples
    }


def test_requests_and_decisions_are_counted() -> None:
    """Requests by route and status, decisions by catalog, refusals by reason, and latencies."""
    with service() as client:
        client.post("/v1/resolve", json=QUERY)
        client.post("/v1/catalogs/people/resolve", json=[QUERY, QUERY])
        client.post("/v1/catalogs/people/resolve", json={})
        client.get("/no/such/route")
        found = numbers_of(client)
    requests = "er_engine_requests_total,[('method','POST'),('route','{}'),('status','{}')]"
    assert found[requests.format("/v1/resolve", 200).replace(" ", "")] == 1
    of_people = requests.format("/v1/catalogs/{catalog}/resolve", 422)
    assert found[re.sub(r"[ {}]", "", of_people)] == 1
    assert found["er_engine_decisions_total,[('catalog','people'),('decision','match')]"] == 2
    assert found["er_engine_request_seconds_count,[('route','/v1/resolve')]"] == 1
    assert found["er_engine_stage_seconds_count,[('stage','queue')]"] == 2
    assert found["er_engine_catalog_entities,[('catalog','titles')]"] == 3
    assert found["er_engine_queue_length,[]"] == 0
    assert found["process_resident_memory_bytes,[]"] > 0


def test_strange_paths_make_no_new_series() -> None:
    """Whatever strangers ask for, the numbers don't grow in kind."""
    with service() as client:
        for number in range(5):
            client.get(f"/nothing/{number}")
            client.request(f"STRANGE{number}", "/v1/resolve")
        before = set(numbers_of(client))
        for number in range(5, 20):
            client.get(f"/nothing/{number}")
            client.request(f"STRANGE{number}", "/v1/resolve")
        assert set(numbers_of(client)) - before <= {
            name for name in numbers_of(client) if "'/metrics'" in name
        }


def test_live_catalogs_say_more() -> None:
    """The numbers of a live catalog are shown under its name; unknown ones are left out."""
    from api.metrics import known_numbers

    class Idle:
        refused = 7
        length = 2

    metrics = Metrics()
    said = {"entities": 5, "side_index": 2, "merged_version": 3, "secret": 1}
    metrics.watch(Idle(), lambda: [("films", known_numbers(said)), ("books", {"entities": 1})])
    text = metrics.text().decode()
    assert 'er_engine_side_index_entities{catalog="films"} 2.0' in text
    assert 'er_engine_merged_version{catalog="films"} 3.0' in text
    assert 'er_engine_catalog_entities{catalog="books"} 1.0' in text
    assert "er_engine_queue_refused_total 7.0" in text
    assert "secret" not in text


def test_numbers_do_not_fail_with_a_catalog(tmp_path: Path) -> None:
    """A catalog that is closed now, as one that is deleted, has none; the rest is told."""
    with live_service(tmp_path) as client:
        app: Any = client.app
        assert "er_engine_side_index_entities" in client.get("/metrics").text
        app.state.catalogs.get("shows").live.close()
        answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "er_engine_side_index_entities" not in answer.text
    assert "er_engine_requests_total" in answer.text


def test_process_that_begins_to_count_disturbs_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of numbers that another process has only just made is waited for."""
    monkeypatch.setenv(SHARED_FOLDER, str(tmp_path))
    new = tmp_path / "counter_1.db"
    new.touch()

    def go_on() -> None:
        time.sleep(0.05)
        os.truncate(new, 65_536)

    thread = threading.Thread(target=go_on)
    thread.start()
    text = Metrics().text()
    thread.join()
    assert b"process_resident_memory_bytes" in text
