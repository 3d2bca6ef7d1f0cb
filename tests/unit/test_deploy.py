"""The files in deploy/ name things that exist."""

from __future__ import annotations

import json
import re
import tomllib
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

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


def test_compose_file_fits_together() -> None:
    """Its build, networks, volumes and addresses are there, and nginx is the proxy it trusts."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    engine, nginx = compose["services"]["er-engine"], compose["services"]["nginx"]
    context = (DEPLOY / engine["build"]["context"]).resolve()
    assert (context / engine["build"]["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    for part in (engine, nginx):
        assert set(part["networks"]) <= set(compose["networks"])
    named = [item.split(":")[0] for item in engine["volumes"] + nginx["volumes"]]
    assert {name for name in named if not name.startswith(".")} == set(compose["volumes"])
    trusted = engine["environment"]["ER_ENGINE_TRUSTED_PROXIES"]
    assert nginx["networks"]["inner"]["ipv4_address"] == trusted
    (subnet,) = compose["networks"]["inner"]["ipam"]["config"]
    assert ip_address(trusted) in ip_network(subnet["subnet"])
    image = (DEPLOY / "Dockerfile").read_text()
    port = re.findall(r"ER_ENGINE_PORT=(\d+)", image)[0]
    assert f"server er-engine:{port} " in (DEPLOY / "nginx.conf").read_text()
    assert f"127.0.0.1:{port}/healthz" in image
    keys = engine["environment"]["ER_ENGINE_API_KEYS"]
    assert any(item.endswith(f":{Path(keys).parent}:ro") for item in engine["volumes"])
    assert "HEALTHCHECK" in image  # what nginx waits for


def test_stopping_has_the_time_it_needs() -> None:
    """Docker, systemd and nginx wait for longer than the service takes by default."""
    settings = Settings()
    compose = (DEPLOY / "compose.yaml").read_text()
    unit = (DEPLOY / "er-engine.service").read_text()
    nginx = (DEPLOY / "nginx.conf").read_text()
    for pattern, text, least in (
        (r"stop_grace_period: (\d+)s", compose, settings.shutdown_seconds),
        (r"TimeoutStopSec=(\d+)", unit, settings.shutdown_seconds),
        (r"proxy_read_timeout (\d+)s", nginx, settings.request_seconds),
    ):
        assert int(re.findall(pattern, text)[0]) > least
    uploads = re.findall(r"proxy_read_timeout (\d+)s", nginx)[1]
    assert int(uploads) >= settings.upload_seconds
