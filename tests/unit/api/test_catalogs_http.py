"""Catalogs over HTTP: uploads, deletes, snapshots, and folders that never change."""

from __future__ import annotations

import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.catalogs import BuiltEntities, Catalog, Catalogs
from api.limits import WorkQueue
from api.live_catalogs import live_loader
from api.settings import Settings
from er_engine.errors import CatalogLockedError
from er_engine.resolver import Resolver
from index.live import creating
from index.live.creating import remove_catalog, restore_catalog
from index.reader import open_index
from tests.unit.api.live import MODEL, SHOWS, DummyModels, first_id, live_service, query
from tests.unit.index.builds import build

LINES = b'{"id": "a", "name": "Alpha"}\n{"id": "b", "name": "Bravo", "city": "Alton"}\n'
NDJSON = {"content-type": "application/x-ndjson"}
PATIENCE_SECONDS = 30.0


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A service with one live catalog, `shows`."""
    with live_service(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service of an index folder that never changes."""
    folder = tmp_path_factory.mktemp("fixed") / "shows"
    build(folder, SHOWS)
    opened = open_index(folder)
    catalog = Catalog(
        "shows", len(opened.entities), Resolver(opened, MODEL), BuiltEntities(opened.entities)
    )
    catalogs = Catalogs(lambda: [catalog])
    with TestClient(create_app(catalogs), raise_server_exceptions=False) as running:
        catalogs.wait()
        yield running


def upload(client: TestClient, name: str, content: bytes = LINES, **params: Any) -> Any:
    """Send a JSONL catalog."""
    return client.post(
        "/v1/catalogs", params={"name": name, **params}, content=content, headers=NDJSON
    )


def when_done(client: TestClient, name: str) -> dict[str, Any]:
    """What the service says of a catalog when it is no longer being made."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        info: dict[str, Any] = client.get(f"/v1/catalogs/{name}").json()
        if info["state"] != "building":
            return info
        time.sleep(0.01)
    raise AssertionError(f"{name} is still being made")


def test_upload_becomes_a_catalog(client: TestClient, tmp_path: Path) -> None:
    """An upload gets 202, is made in the background, then answers queries and takes changes."""
    answer = upload(client, "words", surface_form="{name} in {city}")
    assert (answer.status_code, answer.headers["location"]) == (202, "/v1/catalogs/words")
    info = when_done(client, "words")
    assert (info["state"], info["entities"], info["writable"]) == ("ready", 2, True)
    found = client.post("/v1/catalogs/words/resolve", json=query("bravo in alton")).json()
    assert found["candidates"][0]["surface_form"] == "Bravo in Alton"
    assert client.put("/v1/catalogs/words/entities/c", json={"name": "Kilo"}).status_code == 201
    listed = client.get("/v1/catalogs").json()["catalogs"]
    assert [(item["name"], item["default"]) for item in listed] == [
        ("shows", True),
        ("words", False),
    ]
    assert not list((tmp_path / "data" / ".uploads").iterdir())


def test_csv_can_be_uploaded(client: TestClient) -> None:
    """The content type says how a file is read."""
    answer = client.post(
        "/v1/catalogs?name=words",
        content="id,name,aliases\n1,Alpha,Alfa|Al\n",
        headers={"content-type": "text/csv; charset=utf-8"},
    )
    assert answer.status_code == 202
    assert when_done(client, "words")["state"] == "ready"
    assert client.get("/v1/catalogs/words/entities/1").json()["aliases"] == ["Alfa", "Al"]


def test_uploaded_catalog_is_there_after_a_restart(tmp_path: Path) -> None:
    """A catalog that was made of an upload is served by the next service, too."""
    with live_service(tmp_path) as client:
        upload(client, "words")
        when_done(client, "words")
    with live_service(tmp_path) as client:
        assert client.get("/v1/catalogs/words").json()["entities"] == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"id": "a"}\n', "words.jsonl, line 1, field 'name'"),
        (b"", "the file is empty"),
        (b'{"id": "a", "name": "A"}\n{"id": "a", "name": "B"}\n', "line 2"),
    ],
)
def test_wrong_upload_says_why(
    client: TestClient, tmp_path: Path, content: bytes, said: str
) -> None:
    """A file that is wrong makes no catalog; its lines are named, folders of the server are not."""
    assert upload(client, "words", content).status_code == 202
    info = when_done(client, "words")
    assert info["state"] == "failed"
    assert said in info["error"]
    assert str(tmp_path) not in info["error"]
    assert "--skip-bad" not in info["error"]
    assert client.post("/v1/catalogs/words/resolve", json=query("a")).status_code == 404
    assert upload(client, "words").status_code == 202
    assert when_done(client, "words")["state"] == "ready"


def test_failed_upload_can_be_forgotten(client: TestClient) -> None:
    """Deleting a catalog that could not be made takes it off the list."""
    upload(client, "words", b"nonsense\n")
    when_done(client, "words")
    assert client.delete("/v1/catalogs/words").status_code == 204
    assert client.get("/v1/catalogs/words").status_code == 404


def test_wrong_template_fails_the_upload(client: TestClient) -> None:
    """A surface form with a field that no entity has is named."""
    upload(client, "words", surface_form="{name} {street}")
    assert "street" in when_done(client, "words")["error"]


def test_name_in_use_is_refused(client: TestClient) -> None:
    """A catalog is never replaced by an upload."""
    answer = upload(client, "shows")
    assert answer.status_code == 409
    assert "shows" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden", "a" * 65, "ä", "a b"])
def test_name_that_is_no_folder_is_refused(
    fixed: TestClient, client: TestClient, name: str
) -> None:
    """Names that could mean something to a file system get 422."""
    assert upload(client, name).status_code == 422


def test_unknown_kind_of_file_is_refused(client: TestClient) -> None:
    """Another content type gets 415 and the list of those that are known, and leaves nothing."""
    answer = client.post(
        "/v1/catalogs?name=words", content=LINES, headers={"content-type": "application/pdf"}
    )
    assert answer.status_code == 415
    assert "text/csv" in answer.json()["detail"]
    assert upload(client, "words").status_code == 202


def test_deleted_catalog_is_gone(client: TestClient, tmp_path: Path) -> None:
    """A deleted catalog answers 404, its folder is gone, and its name is free."""
    upload(client, "words")
    when_done(client, "words")
    assert client.delete("/v1/catalogs/words").status_code == 204
    assert client.post("/v1/catalogs/words/resolve", json=query("a")).status_code == 404
    assert client.delete("/v1/catalogs/words").status_code == 404
    assert not (tmp_path / "data" / "words").exists()
    assert upload(client, "words").status_code == 202
    assert when_done(client, "words")["state"] == "ready"


def test_refused_delete_leaves_the_catalog(client: TestClient) -> None:
    """A service that is too busy to delete a catalog goes on to serve it."""
    state = client.app.state  # type: ignore[attr-defined]
    busy, state.writes = state.writes, WorkQueue(max_waiting=0)
    assert client.delete("/v1/catalogs/shows").status_code == 503
    assert first_id(client, "chip and potato") == "tv1"
    state.writes = busy
    assert client.put("/v1/catalogs/shows/entities/a", json={"name": "A"}).status_code == 201
    assert client.delete("/v1/catalogs/shows").status_code == 204


def test_upload_waits_for_a_delete_of_its_name(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is free for the service, but not yet on the disk, can be taken."""
    begun = threading.Event()

    def slowly(*arguments: Any) -> None:
        begun.set()
        time.sleep(0.3)
        remove_catalog(*arguments)

    upload(client, "words")
    when_done(client, "words")
    monkeypatch.setattr(creating, "remove_catalog", slowly)
    deleting = threading.Thread(target=client.delete, args=("/v1/catalogs/words",))
    deleting.start()
    assert begun.wait(PATIENCE_SECONDS)
    assert upload(client, "words").status_code == 202
    deleting.join()
    assert when_done(client, "words")["state"] == "ready"


def test_catalog_that_is_closed_is_asked_for_again(client: TestClient) -> None:
    """Who comes while a catalog is being deleted is told to come again, not that it is damaged."""
    client.app.state.catalogs.get("shows").live.close()  # type: ignore[attr-defined]
    for method, path in (("GET", "entities/tv1"), ("PUT", "entities/tv1"), ("GET", "feedback")):
        answer = client.request(method, f"/v1/catalogs/shows/{path}", json={"name": "A"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_restored_catalog_is_served_without_a_restart(client: TestClient, tmp_path: Path) -> None:
    """What is put into the data folder of a running service is found, and takes changes."""
    live = client.app.state.catalogs.get("shows").live  # type: ignore[attr-defined]
    live.backup(tmp_path / "backup")
    restore_catalog(tmp_path / "backup", tmp_path / "data", "again")
    end = time.monotonic() + PATIENCE_SECONDS
    while client.get("/v1/catalogs/again").status_code == 404 and time.monotonic() < end:
        time.sleep(0.05)
    assert when_done(client, "again")["entities"] == len(SHOWS)
    assert client.put("/v1/catalogs/again/entities/a", json={"name": "A"}).status_code == 201


def test_second_service_leaves_the_folder_alone(client: TestClient, tmp_path: Path) -> None:
    """It is refused, also where there is no catalog yet, and uploads of the first one stay."""
    assert client.delete("/v1/catalogs/shows").status_code == 204
    coming = tmp_path / "data" / ".uploads" / "words"
    coming.mkdir(parents=True)
    models = DummyModels()
    second = Catalogs(live_loader(tmp_path / "data", [], models))
    app = create_app(second, Settings(data_dir=tmp_path / "data"), models)
    with TestClient(app, raise_server_exceptions=False):
        second.wait()
        assert isinstance(second.error, CatalogLockedError)
    assert coming.is_dir()


def test_problem_in_the_background_names_no_folder(client: TestClient, tmp_path: Path) -> None:
    """Who may read a catalog is told that something is wrong; the log says what and where."""
    live = client.app.state.catalogs.get("shows").live  # type: ignore[attr-defined]
    live._worker.problem = f"{tmp_path}: no space left"
    error = client.get("/v1/catalogs/shows").json()["error"]
    assert "log" in error
    assert str(tmp_path) not in error


def test_service_without_catalogs_says_so(client: TestClient) -> None:
    """When the last catalog is deleted the service stays ready and says that there is none."""
    assert client.delete("/v1/catalogs/shows").status_code == 204
    assert client.get("/v1/catalogs").json() == {"catalogs": []}
    answer = client.post("/v1/resolve", json=query("a"))
    assert answer.status_code == 404
    assert "no default catalog" in answer.json()["detail"]


def test_snapshot_is_an_index_folder(client: TestClient, tmp_path: Path) -> None:
    """A snapshot holds what was acknowledged till then; of one state there is one snapshot."""
    client.put("/v1/catalogs/shows/entities/h1", json={"name": "Hotel Tango"})
    first = client.post("/v1/catalogs/shows/snapshot")
    assert first.status_code == 201
    assert client.post("/v1/catalogs/shows/snapshot").json() == first.json()
    client.delete("/v1/catalogs/shows/entities/h1")
    assert client.post("/v1/catalogs/shows/snapshot").json() != first.json()
    opened = open_index(tmp_path / "data" / ".snapshots" / first.json()["snapshot"])
    assert (len(opened.entities), first.json()["entities"]) == (4, 4)
    assert opened.entities.row_of("h1") is not None


def test_snapshot_is_of_this_catalog(client: TestClient, tmp_path: Path) -> None:
    """A catalog that was made anew does not get the snapshot of its predecessor."""
    names = []
    for content in (LINES, LINES.replace(b"Alpha", b"Delta")):
        upload(client, "words", content)
        when_done(client, "words")
        names.append(client.post("/v1/catalogs/words/snapshot").json()["snapshot"])
        client.delete("/v1/catalogs/words")
    found = [open_index(tmp_path / "data" / ".snapshots" / name).entities for name in names]
    assert [entities.get([0])[0].name for entities in found] == ["Alpha", "Delta"]


def test_other_users_of_the_machine_see_nothing(client: TestClient, tmp_path: Path) -> None:
    """What catalogs, uploads and snapshots hold is for the user that serves them."""
    upload(client, "words")
    when_done(client, "words")
    client.post("/v1/catalogs/words/snapshot")
    for name in ("shows", "words", ".uploads", ".snapshots"):
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o700, name


def test_old_snapshots_are_removed(tmp_path: Path) -> None:
    """As many as the settings say stay, the newest ones; those of other catalogs, too."""
    with live_service(tmp_path, keep_snapshots=2) as client:
        upload(client, "shows-1")
        when_done(client, "shows-1")
        other = client.post("/v1/catalogs/shows-1/snapshot").json()["snapshot"]
        names = []
        for number in range(4):
            client.put(f"/v1/catalogs/shows/entities/n{number}", json={"name": "Hotel Tango"})
            names.append(client.post("/v1/catalogs/shows/snapshot").json()["snapshot"])
        left = {path.name for path in (tmp_path / "data" / ".snapshots").iterdir()}
    assert left == {other, *names[-2:]}


def test_folder_that_never_changes_can_be_looked_at(fixed: TestClient) -> None:
    """Queries, pages and single entities work without a data folder."""
    assert first_id(fixed, "schitt's creek") == "tv2"
    page = fixed.get("/v1/catalogs/shows/entities", params={"limit": 2}).json()
    assert [item["id"] for item in page["entities"]] == ["f1", "tv1"]
    rest = fixed.get("/v1/catalogs/shows/entities", params={"cursor": page["next_cursor"]}).json()
    assert [item["id"] for item in rest["entities"]] == ["tv2"]
    one = fixed.get("/v1/catalogs/shows/entities/tv2")
    assert (one.json()["name"], one.headers["etag"]) == ("Schitt's Creek", '"1"')
    assert fixed.get("/v1/catalogs/shows/entities/none").status_code == 404
    info = fixed.get("/v1/catalogs/shows").json()
    assert (info["writable"], info["default"], info["state"]) == (False, True, "ready")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/shows/entities/a", {"json": {"name": "A"}}),
        ("DELETE", "/shows/entities/tv1", {}),
        ("POST", "/shows/entities", {"content": b"{}"}),
        ("POST", "/shows/snapshot", {}),
        ("POST", "/shows/feedback", {"json": {**query("a"), "entity_id": "tv1"}}),
        ("GET", "/shows/feedback", {}),
        ("GET", "/shows/proposals", {}),
        ("DELETE", "/shows", {}),
        ("POST", "?name=words", {"content": LINES, "headers": NDJSON}),
    ],
)
def test_folder_that_never_changes_refuses_changes(
    fixed: TestClient, method: str, path: str, body: dict[str, Any]
) -> None:
    """Without a data folder every change gets 409, and what to do about it."""
    answer = fixed.request(method, f"/v1/catalogs{path}", **body)
    assert answer.status_code == 409
    assert "--data-dir" in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_index_is_imported_once(tmp_path: Path) -> None:
    """What changed since an index was imported is not undone by starting again with it."""
    with live_service(tmp_path) as client:
        client.delete("/v1/catalogs/shows/entities/tv1")
    with live_service(tmp_path) as client:
        assert client.get("/v1/catalogs/shows").json()["entities"] == 2


def test_damaged_catalog_does_not_stop_the_others(tmp_path: Path) -> None:
    """A database that can't be read is listed and can be deleted; the rest is served."""
    with live_service(tmp_path) as client:
        upload(client, "words")
        when_done(client, "words")
    for path in (tmp_path / "data" / "words").glob("catalog.sqlite*"):
        path.write_bytes(b"not a database" * 1_000)
    with live_service(tmp_path) as client:
        info = client.get("/v1/catalogs/words").json()
        assert (info["state"], info["writable"]) == ("failed", False)
        assert "damaged" in info["error"]
        for answer in (
            client.post("/v1/catalogs/words/resolve", json=query("a")),
            client.get("/v1/catalogs/words/entities"),
            client.put("/v1/catalogs/words/entities/a", json={"name": "A"}),
        ):
            assert (answer.status_code, "damaged" in answer.json()["detail"]) == (503, True)
        assert first_id(client, "schitt's creek") == "tv2"
        assert client.delete("/v1/catalogs/words").status_code == 204
        assert upload(client, "words").status_code == 202
        assert when_done(client, "words")["state"] == "ready"
