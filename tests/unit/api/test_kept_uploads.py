"""Uploads that were accepted become catalogs, whatever ends the service meanwhile."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.catalogs import Catalogs
from api.kept_uploads import FOLDER
from api.live_catalogs import live_loader
from api.settings import Settings
from api.uploads import MAX_BEGUN
from er_engine.model import Model
from tests.unit.api.live import MODEL, DummyModels, query

LINES = b'{"id": "a", "name": "Alpha"}\n{"id": "b", "name": "Bravo", "city": "Alton"}\n'
PATIENCE_SECONDS = 30.0


class AwaitedModels(DummyModels):
    """A model that is not there before it is let go: an upload is then being made."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.there = threading.Event()

    def get(self, lang: str) -> Model:
        """See `Models.get`."""
        self.asked.set()
        self.there.wait(PATIENCE_SECONDS)
        return MODEL


@contextmanager
def service(data_dir: Path, models: DummyModels) -> Iterator[TestClient]:
    """A service of a data folder."""
    catalogs = Catalogs(live_loader(data_dir, [], models))
    app = create_app(catalogs, Settings(data_dir=data_dir), models)
    with TestClient(app, raise_server_exceptions=False) as client:
        catalogs.wait()
        yield client


def send(client: TestClient) -> None:
    """Upload a catalog with a surface form of its own."""
    answer = client.post(
        "/v1/catalogs",
        params={"name": "words", "surface_form": "{name} in {city}"},
        content=LINES,
        headers={"content-type": "application/x-ndjson"},
    )
    assert answer.status_code == 202


def when_done(client: TestClient) -> dict[str, Any]:
    """How the upload is when it is no longer being made."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        info: dict[str, Any] = client.get("/v1/catalogs/words").json()
        if info.get("state") != "building":
            return info
        time.sleep(0.01)
    raise AssertionError("it is still being made")


def killed(data_dir: Path, copy: Path, *, sending: bool) -> Path:
    """The data folder as a kill leaves it while the upload is being made."""
    models = AwaitedModels()
    with service(data_dir, models) as client:
        if sending:
            send(client)
        assert models.asked.wait(PATIENCE_SECONDS)
        shutil.copytree(data_dir, copy)
        models.there.set()
    return copy


def test_killed_service_goes_on_with_an_upload(tmp_path: Path) -> None:
    """After a kill the next service makes the catalog, with all that was asked for."""
    folder = killed(tmp_path / "data", tmp_path / "killed", sending=True)
    with service(folder, DummyModels()) as client:
        assert when_done(client)["entities"] == 2
        found = client.post("/v1/catalogs/words/resolve", json=query("bravo in alton")).json()
        assert found["candidates"][0]["surface_form"] == "Bravo in Alton"
        assert not list((folder / FOLDER).iterdir())


def test_stopped_service_leaves_its_uploads_to_the_next(tmp_path: Path) -> None:
    """However often a service is stopped in between, the upload is not given up."""
    for number in range(MAX_BEGUN + 1):
        models = AwaitedModels()
        with service(tmp_path / "data", models) as client:
            if not number:
                send(client)
            assert models.asked.wait(PATIENCE_SECONDS)
    with service(tmp_path / "data", DummyModels()) as client:
        assert when_done(client)["state"] == "ready"


def test_upload_that_ends_the_service_does_so_a_few_times_only(tmp_path: Path) -> None:
    """It is then told that it failed, can be taken off the list, and sent again."""
    folder = tmp_path / "data"
    for number in range(MAX_BEGUN):
        folder = killed(folder, tmp_path / f"killed{number}", sending=not number)
    with service(folder, DummyModels()) as client:
        info = when_done(client)
        assert (info["state"], f"{MAX_BEGUN} times" in info["error"]) == ("failed", True)
        assert client.delete("/v1/catalogs/words").status_code == 204
        send(client)
        assert when_done(client)["state"] == "ready"


def test_upload_that_was_cut_off_is_removed(tmp_path: Path) -> None:
    """What was never acknowledged, or is a catalog already, leaves nothing behind."""
    with service(tmp_path / "data", DummyModels()) as client:
        send(client)
        when_done(client)
    folder = killed(tmp_path / "other", tmp_path / "killed", sending=True)
    shutil.copytree(tmp_path / "data" / "words", folder / "words")
    half = folder / FOLDER / "half"
    half.mkdir()
    (half / "half.jsonl").write_bytes(LINES)
    with service(folder, DummyModels()) as client:
        listed = client.get("/v1/catalogs").json()["catalogs"]
        assert [(item["name"], item["state"]) for item in listed] == [("words", "ready")]
        assert not list((folder / FOLDER).iterdir())
