"""The files in deploy/ name things that exist."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from api.settings import ENV_PREFIX, Settings
from tests.unit.api.guarded import QUERY, service

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_dashboard_asks_for_numbers_that_there_are() -> None:
    """Every metric of the dashboard is one that the service gives, or one of live catalogs."""
    board = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\b(?:er_engine|process)_\w+", target["expr"])
    }
    with service(max_waiting=1) as client:
        client.post("/v1/resolve", json=QUERY)
        client.post("/v1/resolve", json={})
        given = set(re.findall(r"^# TYPE (\w+)", client.get("/metrics").text, re.MULTILINE))
    of_live = {"er_engine_side_index_entities", "er_engine_masked_forms", "er_engine_merging"}
    of_live |= {"er_engine_catalog_version", "er_engine_merged_version"}
    known = given | of_live | {"er_engine_catalog_problem"}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} <= known
    assert len(asked) >= 12
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_settings_in_the_files_exist() -> None:
    """The environment of the image and of compose, and the example file, name real settings."""
    example = tomllib.loads((DEPLOY / "er-engine.toml").read_text())
    assert set(example) <= set(Settings.model_fields)
    Settings(**example)
    for name in ("Dockerfile", "compose.yaml"):
        used = re.findall(rf"{ENV_PREFIX}(\w+)", (DEPLOY / name).read_text())
        assert used
        assert {setting.lower() for setting in used} <= set(Settings.model_fields)


def test_image_copies_what_is_there() -> None:
    """Every path that the image is made of is in the repository, and not ignored by the build."""
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    paths = [path for line in copied for path in line.split()]
    assert "api" in paths
    for path in paths:
        assert (DEPLOY.parent / path).exists(), path
        assert f"!{path}" in ignored, path
