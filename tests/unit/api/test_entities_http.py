"""Entities over HTTP: versions, conflicts, visibility, bulk, pages, and what survives a restart."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from er_engine.types import Entity
from er_engine.wire_entities import MAX_BULK_LINES
from tests.unit.api.live import SHOWS, first_id, live_service, query
from tests.unit.index.builds import many

ENTITIES = "/v1/catalogs/shows/entities"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A service with one live catalog of its own."""
    with live_service(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service that tests change nothing of."""
    with live_service(tmp_path_factory.mktemp("unchanged")) as running:
        yield running


def put(client: TestClient, entity_id: str, name: str, **headers: str) -> Any:
    """Put an entity of this name."""
    renamed = {key.replace("_", "-"): value for key, value in headers.items()}
    return client.put(f"{ENTITIES}/{entity_id}", json={"name": name}, headers=renamed)


def test_new_entity_is_found_by_the_next_query(client: TestClient) -> None:
    """A new entity gets 201 and a version, and the next query finds it."""
    assert first_id(client, "hotel tango", min_probability=0.4) is None
    answer = put(client, "h1", "Hotel Tango")
    assert answer.status_code == 201
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
    assert answer.headers["location"] == f"{ENTITIES}/h1"
    assert first_id(client, "hotel tango") == "h1"


def test_changed_entity_is_found_by_its_new_name_only(client: TestClient) -> None:
    """A put replaces all of an entity, gets 200, and the old name is gone."""
    answer = put(client, "tv2", "Hotel Tango")
    assert answer.status_code == 200
    assert answer.json()["attributes"] == {}
    assert first_id(client, "hotel tango") == "tv2"
    assert first_id(client, "schitt's creek", min_probability=0.4) is None


def test_deleted_entity_is_found_no_more(client: TestClient) -> None:
    """After 204 no query finds the entity, and a second delete gets 404."""
    assert first_id(client, "chip and potato") == "tv1"
    assert client.delete(f"{ENTITIES}/tv1").status_code == 204
    everything = client.post("/v1/catalogs/shows/resolve", json=query("chip and potato", k=100))
    assert "tv1" not in [item["id"] for item in everything.json()["candidates"]]
    assert client.delete(f"{ENTITIES}/tv1").status_code == 404
    assert client.get(f"{ENTITIES}/tv1").status_code == 404


def test_stored_entity_is_read_as_it_was_put(client: TestClient) -> None:
    """All fields come back, unknown keys as attributes, under ids with any characters."""
    body = {
        "name": "Łódź ♥",
        "type": "city",
        "aliases": ["Lodz"],
        "attributes": {"country": "PL", "twins": ["Lyon", 3, None]},
        "pronunciations": ["W UH1 CH"],
        "popularity": 2.5,
        "lang": "pl",
        "river": "Łódka",
    }
    path = f"{ENTITIES}/a%2Fb%20%C5%82%3F"
    put_answer = client.put(path, json=body)
    assert put_answer.headers["location"].endswith("/entities/a%2Fb%20%C5%82%3F")
    read = client.get(path)
    river = body.pop("river")
    body["attributes"]["river"] = river  # type: ignore[index]
    assert read.json() == {**body, "id": "a/b ł?", "version": put_answer.json()["version"]}
    assert read.headers["etag"] == put_answer.headers["etag"]


def test_reader_with_the_version_gets_no_body(client: TestClient) -> None:
    """If-None-Match with the current version is answered by 304."""
    tag = client.get(f"{ENTITIES}/tv1").headers["etag"]
    same = client.get(f"{ENTITIES}/tv1", headers={"If-None-Match": tag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    put(client, "tv1", "Other")
    assert client.get(f"{ENTITIES}/tv1", headers={"If-None-Match": tag}).status_code == 200


def test_second_writer_is_told_of_the_conflict(client: TestClient) -> None:
    """Of two writers that read the same version the second gets 412 and the version there is."""
    tag = client.get(f"{ENTITIES}/tv1").headers["etag"]
    first = put(client, "tv1", "First", If_Match=tag)
    second = put(client, "tv1", "Second", If_Match=tag)
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.headers["content-type"] == "application/problem+json"
    assert second.headers["etag"] == first.headers["etag"]
    assert client.get(f"{ENTITIES}/tv1").json()["name"] == "First"
    again = put(client, "tv1", "Second", If_Match=second.headers["etag"])
    assert again.status_code == 200


def test_repeated_request_is_no_conflict(client: TestClient) -> None:
    """A put that came through, sent again because its answer was lost, gets the same version."""
    tag = client.get(f"{ENTITIES}/tv1").headers["etag"]
    first = put(client, "tv1", "New", If_Match=tag)
    again = put(client, "tv1", "New", If_Match=tag)
    assert (again.status_code, again.json()) == (200, first.json())


def test_delete_only_of_the_version_seen(client: TestClient) -> None:
    """A delete with an old version gets 412 and deletes nothing."""
    tag = client.get(f"{ENTITIES}/tv1").headers["etag"]
    put(client, "tv1", "New")
    assert client.delete(f"{ENTITIES}/tv1", headers={"If-Match": tag}).status_code == 412
    now = client.get(f"{ENTITIES}/tv1").headers["etag"]
    assert client.delete(f"{ENTITIES}/tv1", headers={"If-Match": now}).status_code == 204


def test_create_only(client: TestClient) -> None:
    """If-None-Match: * makes a new entity and refuses to replace one."""
    assert put(client, "n1", "New", If_None_Match="*").status_code == 201
    assert put(client, "n1", "Newer", If_None_Match="*").status_code == 412
    assert put(client, "n2", "New", If_Match="*").status_code == 412


def test_of_many_writers_one_wins(client: TestClient) -> None:
    """Of writers at the same time with the same version exactly one changes the entity."""
    tag = client.get(f"{ENTITIES}/tv1").headers["etag"]
    start = threading.Barrier(6)

    def write(number: int) -> tuple[int, str]:
        start.wait()
        name = f"Writer {number}"
        return put(client, "tv1", name, If_Match=tag).status_code, name

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(write, range(6)))
    assert sorted(status for status, _ in answers) == [200, *[412] * 5]
    winner = next(name for status, name in answers if status == 200)
    assert client.get(f"{ENTITIES}/tv1").json()["name"] == winner


def test_queries_go_on_while_many_are_written(client: TestClient) -> None:
    """Reads beside writes see the entity that was acknowledged before, every time."""
    put(client, "h1", "Hotel Tango")

    def write(number: int) -> int:
        return int(put(client, f"w{number}", f"Victor {number}").status_code)

    with ThreadPoolExecutor(4) as pool:
        written = [pool.submit(write, number) for number in range(20)]
        found = [pool.submit(first_id, client, "hotel tango") for _ in range(20)]
        assert [item.result() for item in written] == [201] * 20
        assert [item.result() for item in found] == ["h1"] * 20


def test_changes_survive_a_restart(tmp_path: Path) -> None:
    """Another service on the same data folder has what the first one acknowledged."""
    with live_service(tmp_path) as before:
        version = put(before, "h1", "Hotel Tango").json()["version"]
        assert before.delete(f"{ENTITIES}/tv1").status_code == 204
    with live_service(tmp_path) as after:
        assert first_id(after, "hotel tango") == "h1"
        assert after.get(f"{ENTITIES}/h1").json()["version"] == version
        assert after.get(f"{ENTITIES}/tv1").status_code == 404
        assert put(after, "h1", "Hotel").json()["version"] > version


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 400, "not JSON"),
        (b"[]", 400, "not a JSON object but a list"),
        (b'{"name": "a", "x": NaN}', 400, "NaN"),
        (b'{"name": "a", "name": "b"}', 400, "name"),
        (b'{"name": "\\ud800"}', 400, "surrogate"),
        (b'{"name": "\xff"}', 400, "the body"),
        (b"[" * 100_000, 400, "nested too deeply"),
        (b"{}", 422, "name: missing"),
        (b'{"name": " "}', 422, "name: empty"),
        (b'{"name": "a", "id": "other"}', 422, "id: the body has another id"),
        (b'{"name": "a", "popularity": -1}', 422, "popularity: must be from 0"),
        (b'{"name": "a", "pronunciations": ["%%"]}', 422, "pronunciations:"),
        (b'{"name": "a", "aliases": "b"}', 422, "aliases: must be a list"),
    ],
)
def test_wrong_entity_is_refused(
    unchanged: TestClient, content: bytes, status: int, said: str
) -> None:
    """What is no entity gets a problem that names the field, and changes nothing."""
    answer = unchanged.put(f"{ENTITIES}/tv1", content=content)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert unchanged.get(f"{ENTITIES}/tv1").json()["name"] == "Chip and Potato"


def bulk(client: TestClient, *lines: str) -> Any:
    """Send lines."""
    headers = {"content-type": "application/x-ndjson"}
    return client.post(ENTITIES, content="\n".join(lines).encode(), headers=headers)


def test_bulk_says_what_became_of_each_line(client: TestClient) -> None:
    """Good lines are stored, wrong ones are named with their number, unchanged ones are counted."""
    answer = bulk(
        client,
        '{"id": "h1", "name": "Hotel Tango"}',
        "",
        '{"id": "h2"}',
        "nonsense",
        '{"id": "f1", "name": "Breaking Away", "type": "film"}',
        '{"id": "h1", "name": "Hotel Uniform"}\r',
    ).json()
    assert (answer["stored"], answer["unchanged"], answer["rejected"]) == (2, 1, 2)
    said = [(line["line"], line["status"], line["id"]) for line in answer["lines"]]
    assert said == [
        (1, "stored", "h1"),
        (3, "rejected", None),
        (4, "rejected", None),
        (5, "unchanged", "f1"),
        (6, "stored", "h1"),
    ]
    assert "name: missing" in answer["lines"][1]["detail"]
    assert client.get(f"{ENTITIES}/h1").json()["name"] == "Hotel Uniform"
    assert first_id(client, "hotel uniform") == "h1"


def test_bulk_repeated_changes_nothing(client: TestClient) -> None:
    """The same lines again are all unchanged, with the same versions."""
    lines = [json.dumps({"id": e.id, "name": e.name}) for e in many(150)]
    first, again = bulk(client, *lines).json(), bulk(client, *lines).json()
    assert (first["stored"], again["unchanged"]) == (150, 150)
    versions = [[line["version"] for line in answer["lines"]] for answer in (first, again)]
    assert versions[0] == versions[1]


def test_too_many_lines_store_nothing(client: TestClient) -> None:
    """A bulk above its limit gets 413 before anything is stored."""
    answer = bulk(client, *['{"id": "x", "name": "X"}'] * (MAX_BULK_LINES + 1))
    assert answer.status_code == 413
    assert client.get(f"{ENTITIES}/x").status_code == 404
    blank = bulk(client, *[""] * MAX_BULK_LINES, '{"id": "x", "name": "X"}')
    assert blank.status_code == 413


def test_pages_have_every_entity_once(tmp_path: Path) -> None:
    """Following the cursor lists all entities by id, and the last page has none."""
    entities = many(25)
    with live_service(tmp_path, entities) as client:
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(4):
            params = {"limit": 10, **({"cursor": cursor} if cursor else {})}
            page = client.get(ENTITIES, params=params).json()
            seen += [item["id"] for item in page["entities"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert seen == sorted(entity.id for entity in entities)


def test_cursor_of_elsewhere_is_refused(unchanged: TestClient) -> None:
    """A cursor that no page gave gets 422."""
    for cursor in ("???", "_w==", "a"):
        answer = unchanged.get(ENTITIES, params={"cursor": cursor})
        assert answer.status_code == 422
        assert "cursor" in answer.json()["detail"]


def test_unicode_ids_can_be_paged_over(tmp_path: Path) -> None:
    """A cursor stands for any id."""
    entities = [Entity("é/1", "One"), Entity("ü", "Two"), Entity("\U0001f600", "Three")]
    with live_service(tmp_path, entities) as client:
        first = client.get(ENTITIES, params={"limit": 1}).json()
        second = client.get(ENTITIES, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in second["entities"]] == ["ü", "\U0001f600"]
    assert second["next_cursor"] is None


def test_unknown_catalog_gets_404(unchanged: TestClient) -> None:
    """Every operation on a catalog that is not there gets 404."""
    path = "/v1/catalogs/none/entities"
    for answer in (
        unchanged.get(path),
        unchanged.get(f"{path}/a"),
        unchanged.put(f"{path}/a", json={"name": "A"}),
        unchanged.delete(f"{path}/a"),
        unchanged.post(path, content=b"{}"),
    ):
        assert answer.status_code == 404
        assert "shows" in answer.json()["detail"]


def test_live_answers_equal_those_of_a_fresh_build(tmp_path: Path) -> None:
    """After changes the candidates and scores are those of an index built of the same entities."""
    changed = [*SHOWS[1:], Entity("h1", "Hotel Tango"), Entity("f1", "Breaking Bad", "film")]
    with live_service(tmp_path / "a") as client:
        client.delete(f"{ENTITIES}/tv1")
        put(client, "h1", "Hotel Tango")
        client.put(f"{ENTITIES}/f1", json={"name": "Breaking Bad", "type": "film"})
        live = client.post("/v1/resolve", json=query("breaking tango", k=9)).json()["candidates"]
    kept = {entity.id: entity for entity in changed}
    with live_service(tmp_path / "b", list(kept.values())) as client:
        fresh = client.post("/v1/resolve", json=query("breaking tango", k=9)).json()["candidates"]
    assert [item["id"] for item in live] == [item["id"] for item in fresh]
    assert [item["score"] for item in live] == pytest.approx([item["score"] for item in fresh])


def test_ids_that_no_address_can_name_are_refused(client: TestClient) -> None:
    """`.` and `..` are no ids, and a path that ends with a slash is not the path without it."""
    lines = (
        b'{"id": "..", "name": "Up"}\n{"id": ".", "name": "Here"}\n{"id": "a\\n", "name": "A"}\n'
    )
    answer = client.post(
        "/v1/catalogs/shows/entities",
        content=lines,
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert answer.json()["rejected"] == 3
    assert client.delete("/v1/catalogs/shows/entities/tv1%0A").status_code == 400
    assert client.get("/v1/catalogs/shows/entities/tv1").status_code == 200
    assert client.delete("/v1/catalogs/shows/").status_code == 404
    assert client.get("/v1/catalogs/shows").json()["state"] == "ready"
