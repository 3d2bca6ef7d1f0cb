"""The client against the service: every method does what it says."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from er_engine.client import AsyncClient, Client, request_of
from er_engine.errors import NotFoundError, QueryError, RequestError, VersionConflictError
from er_engine.options import ResolveOptions
from er_engine.queries import read_queries
from er_engine.types import Entity, Hypothesis
from er_engine.wire_feedback import AliasChoice
from tests.unit.api.live import live_service
from tests.unit.er_engine.client.standin import KINDS, EitherClient
from tests.unit.index.builds import many


def forwarded_to(service: TestClient) -> httpx.MockTransport:
    """A handler that asks a service in this process."""

    def handler(request: httpx.Request) -> httpx.Response:
        answer = service.request(
            request.method,
            request.url.raw_path.decode(),
            content=request.content,
            headers=dict(request.headers) | {"host": "testserver"},
        )
        return httpx.Response(
            answer.status_code, content=answer.content, headers=dict(answer.headers)
        )

    return handler  # type: ignore[return-value]


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EitherClient]:
    """A client of a service with the live catalog `shows`."""
    with live_service(tmp_path) as service:
        yield EitherClient(request.param, forwarded_to(service), catalog="shows")  # type: ignore[arg-type]


def test_queries(client: EitherClient) -> None:
    """A text, an n-best list and many queries are resolved, with options."""
    assert client("resolve", "schitt's creek").candidates[0].id == "tv2"
    nbest = ["xyz", Hypothesis("breaking away", -2.0)]
    options = ResolveOptions(attributes={"year": (2015, 2018)}, explain=True)
    assert client("resolve", nbest, k=1, type="film").candidates[0].id == "f1"
    filtered = client("resolve", nbest, options=options)
    assert {item.id for item in filtered.candidates} == {"tv1", "tv2"}
    assert filtered.candidates[0].explanation.contributions
    assert filtered.timings_ms["total"] > 0
    answers = client("resolve_many", [request_of("chip potato", k=1)] * 70)
    assert [item.candidates[0].id for item in answers] == ["tv1"] * 70


def test_entities(client: EitherClient) -> None:
    """Entities are put, read, listed and deleted; versions keep writers apart."""
    stored = client("put", Entity("h/1", "Hotel Tango", aliases=("HT",), attributes={"x": 1}))
    assert client("get", "h/1") == stored
    assert (stored.aliases, stored.attributes) == (["HT"], {"x": 1})
    newer = client("put", Entity("h/1", "Hotel Uniform"), if_version=stored.version)
    with pytest.raises(VersionConflictError):
        client("put", Entity("h/1", "Hotel Victor"), if_version=stored.version)
    with pytest.raises(VersionConflictError):
        client("put", Entity("h/1", "Hotel Victor"), if_version=0)
    assert [item.id for item in client("entities")] == ["f1", "h/1", "tv1", "tv2"]
    client("delete", "h/1", if_version=newer.version)
    with pytest.raises(NotFoundError):
        client("get", "h/1")


def test_what_was_read_is_put_only_over_itself(client: EitherClient) -> None:
    """An entity from the service carries its version, alone and among many."""
    read = client("get", "tv1")
    first = client("put", read.model_copy(update={"name": "Hotel"}))
    assert (first.name, first.attributes) == ("Hotel", read.attributes)
    with pytest.raises(VersionConflictError):
        client("put", read.model_copy(update={"name": "Tango"}))
    other = client("get", "tv2").model_copy(update={"name": "Sierra"})
    result = client("put_many", [read, other, Entity("new", "Kilo")])
    assert [line.status for line in result.lines] == ["rejected", "stored", "stored"]


def test_methods_of_both_clients_are_the_same() -> None:
    """They have the same names, parameters and words, and say what they return."""
    names = [name for name in vars(Client) if not name.startswith("_")]
    assert names == [name for name in vars(AsyncClient) if not name.startswith("_")]
    for name in names:
        one, other = getattr(Client, name), getattr(AsyncClient, name)
        assert inspect.getdoc(one)
        assert inspect.getdoc(one) == inspect.getdoc(other)
        assert inspect.signature(one).parameters == inspect.signature(other).parameters
    assert str(inspect.signature(Client.get)) == (
        "(self, entity_id: 'str', *, catalog: 'str | None' = None) -> 'WireEntity'"
    )


def test_many_entities(client: EitherClient) -> None:
    """Many entities go in parts, with one result; all can be listed."""
    result = client("put_many", [*many(1_200), Entity("bad", " ")])
    assert (result.stored, result.rejected) == (1_200, 1)
    assert [line.line for line in result.lines] == list(range(1, 1_202))
    assert len(client("entities")) == 1_203


def test_catalogs(client: EitherClient, tmp_path: Path) -> None:
    """A file becomes a catalog, which is listed, snapshotted and deleted."""
    path = tmp_path / "words.csv"
    path.write_text("id,name\na,Alpha\n", encoding="utf-8")
    client("create_catalog", "words", path, surface_forms=["the {name}"])
    assert client("wait_for", "words").entities == 1
    assert [item.name for item in client("catalogs")] == ["shows", "words"]
    assert client("snapshot", "words").entities == 1
    client("delete_catalog", "words")
    with pytest.raises(NotFoundError):
        client("describe", "words")


def test_catalog_that_fails_is_told(client: EitherClient, tmp_path: Path) -> None:
    """Waiting for a catalog that can't be made ends with the reason."""
    path = tmp_path / "words.jsonl"
    path.write_text("nonsense\n", encoding="utf-8")
    client("create_catalog", "words", path)
    with pytest.raises(RequestError, match=r"words\.jsonl, line 1"):
        client("wait_for", "words")


def test_feedback(client: EitherClient, tmp_path: Path) -> None:
    """Feedback is stored, listed and exported, and its proposals are accepted or dismissed."""
    for text in ("purple gadget", "purple gadget", "green gadget", "green gadget", "red"):
        client("add_feedback", [text], "tv1", kind="rephrase", answered_id="f1")
    assert [item.nbest[0].text for item in client("feedback")][-1] == "red"
    path = tmp_path / "queries.jsonl"
    path.write_text(client("export_feedback"), encoding="utf-8")
    assert len(read_queries(path)) == 5
    assert {item.alias for item in client("proposals")} == {"purple gadget", "green gadget"}
    choice = AliasChoice(entity_id="tv1", alias="purple gadget")
    assert [item.count for item in client("accept", [choice])] == [2]
    client("dismiss", [AliasChoice(entity_id="tv1", alias="green gadget")])
    assert client("proposals") == []
    accepted = client("accept_all", 1)
    assert [(item.alias, item.new) for item in accepted] == [
        ("red", True),
        ("purple gadget", False),
    ]
    assert {item.new for item in client("accept_all", 1)} == {False}
    number = next(iter(client("feedback"))).number
    assert client("delete_feedback", number=number) == 1
    assert client("delete_feedback", before=datetime.now(UTC) - timedelta(days=1)) == 0
    assert client("delete_feedback", everything=True) == 4
    with pytest.raises(QueryError, match="time zone"):
        client("delete_feedback", before=datetime(2026, 1, 1))
    with pytest.raises(RequestError, match="exactly one"):
        client("delete_feedback")
    assert client("get", "tv1").aliases == ["Chip & Potato", "purple gadget", "red"]


@pytest.mark.parametrize("entity_id", [".", "..", "", "tv1\n"])
def test_id_that_would_leave_the_path_is_refused(client: EitherClient, entity_id: str) -> None:
    """Deleting an entity never deletes its catalog, whatever the id."""
    for call in ("get", "delete"):
        with pytest.raises(QueryError, match="can't be a part of an address"):
            client(call, entity_id)
    assert client("resolve", "schitt's creek").candidates[0].id == "tv2"
