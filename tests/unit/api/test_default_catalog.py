"""Which catalog answers where none is named: the chosen one, the first, or the one of before."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.catalogs import Catalogs
from api.live_catalogs import catalogs_of
from api.readers import Followed, reader_loader, update
from api.settings import Settings
from er_engine.errors import ServiceError
from er_engine.types import Entity
from tests.unit.api.live import DummyModels, query
from tests.unit.index.builds import build

NAMES = ("books", "films", "shows")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three indexes, of the small model that every service here has."""
    monkeypatch.setattr("api.live_catalogs.Models", lambda _: DummyModels())
    for name in NAMES:
        build(tmp_path / name, [Entity(name, f"all {name}")])
    return tmp_path


class Service:
    """A service of the data folder, started with these index folders and this default."""

    def __init__(self, root: Path, named: Sequence[str] = (), default: str | None = None) -> None:
        directories = [root / name for name in named]
        settings = Settings(
            data_dir=root / "data", directories=directories, default_catalog=default
        )
        self.catalogs, models = catalogs_of(settings, lambda: None)
        self.client = TestClient(create_app(self.catalogs, settings, models))

    def __enter__(self) -> Service:
        self.client.__enter__()
        self.catalogs.wait()
        assert self.catalogs.error is None
        return self

    def __exit__(self, *error: object) -> None:
        self.client.__exit__(None, None, None)

    def default(self) -> str | int:
        """The catalog that answers, or the status of an error."""
        answer = self.client.post("/v1/resolve", json=query("all"))
        if answer.status_code != 200:
            return answer.status_code
        listed = self.client.get("/v1/catalogs").json()["catalogs"]
        (found,) = {item["id"] for item in answer.json()["candidates"]}
        assert listed[0]["name"] == found
        return str(found)

    def delete(self, name: str) -> None:
        """Delete a catalog."""
        assert self.client.delete(f"/v1/catalogs/{name}").status_code == 204


def test_default_is_the_same_after_a_restart(root: Path) -> None:
    """Without index folders it is what it was; naming folders changes it."""
    with Service(root, ("films", "shows", "books")) as service:
        assert service.default() == "films"
    with Service(root) as service:
        assert service.default() == "films"
    with Service(root, ("shows",)) as service:
        assert service.default() == "shows"
    with Service(root) as service:
        assert service.default() == "shows"
        service.delete("shows")
        left = service.default()
        assert left in ("films", "books")
    with Service(root) as service:
        assert service.default() == left


def test_default_that_is_gone_or_can_not_be_read_is_passed_over(root: Path) -> None:
    """Then it is the first by name, as without any note."""
    with Service(root, NAMES[1:]) as service:
        assert service.default() == "films"
    note = root / "data" / ".default"
    for content in (b"nowhere\n", b"\xff\xff", b""):
        note.write_bytes(content)
        with Service(root) as service:
            assert service.default() == "films"
        assert note.read_text() == "films\n"


def test_chosen_default_wins_and_nobody_answers_in_its_place(root: Path) -> None:
    """The setting wins over folders and the note; a catalog of this name is the default or none."""
    with Service(root, ("films", "shows"), default="shows") as service:
        assert service.default() == "shows"
        service.delete("shows")
        assert service.default() == 404
    with Service(root, default="shows") as service:
        assert service.default() == 404
    with Service(root, ("books", "shows"), default="shows") as service:
        assert service.default() == "shows"


def test_chosen_default_of_folders_has_to_be_one_of_them(root: Path) -> None:
    """Where catalogs never change, another name is refused at the start."""
    settings = Settings(directories=[root / "films"], default_catalog="fims")
    with pytest.raises(ServiceError, match="'fims' is none of those served: films"):
        catalogs_of(settings, lambda: None)


def test_first_upload_is_the_default(root: Path) -> None:
    """What is uploaded into an empty service answers, also after others came and a restart."""
    with Service(root) as service:
        for name in ("zebra", "ant"):
            body = f'{{"id": "{name}", "name": "all {name}"}}\n'
            service.client.post(
                "/v1/catalogs",
                params={"name": name},
                content=body,
                headers={"content-type": "application/x-ndjson"},
            )
            while service.client.get(f"/v1/catalogs/{name}").json()["state"] != "ready":
                time.sleep(0.02)
        assert service.default() == "zebra"
    with Service(root) as service:
        assert service.default() == "zebra"


def test_workers_have_the_default_of_the_writer(root: Path) -> None:
    """A worker takes it when it loads, and when it changes."""
    data_dir, models = root / "data", DummyModels()
    with Service(root, ("films", "shows", "books")) as service:
        loader = reader_loader(data_dir, [], models, lambda: True)
        worker = Catalogs(loader)
        chosen = Followed(loader, lambda: None, partial(update, data_dir, models), "books")
        for catalogs in (worker, chosen):
            catalogs.start()
            catalogs.wait()
        assert next(item.name for item in worker.all()) == "films"
        service.delete("films")
        for catalogs in (worker, chosen):
            update(data_dir, models, catalogs)
        found = worker.get(None)
        assert found is not None
        assert found.name == service.default()
        assert next(item.name for item in chosen.all()) == "books"
        worker.close()
        chosen.close()
