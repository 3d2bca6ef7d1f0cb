from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from er_engine.wire import MAX_BATCH, MAX_HYPOTHESES, MAX_K, MAX_TEXT_LENGTH
from tests.unit.api.standin import loading_service, running_service


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A service that has loaded."""
    with running_service() as running:
        yield running


def query(*texts: str, **more: Any) -> dict[str, Any]:
    """A request body with these hypotheses."""
    return {"nbest": [{"text": text} for text in texts], **more}


def test_one_query_gets_one_answer(client: TestClient) -> None:
    """An n-best list is answered in the documented shape, best candidate first, at most k."""
    answer = client.post("/v1/resolve", json=query("chip in potato", k=2))
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"decision", "no_match_probability", "candidates", "timings_ms"}
    assert body["decision"] == "match"
    first = body["candidates"][0]
    shape = {"id", "name", "type", "score", "probability", "surface_form", "phonemes"}
    assert set(first) == shape
    assert (first["id"], first["name"], first["type"]) == ("tv1", "Chip and Potato", "tv")
    scores = [item["score"] for item in body["candidates"]]
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)


def test_batch_gets_answers_in_order(client: TestClient) -> None:
    """A list of queries is answered by a list in the same order, each with its own k and type."""
    batch = [query("breaking a way", k=1), query("chip potato", type="film"), query("creek", k=3)]
    answers = client.post("/v1/resolve", json=batch).json()
    assert [item["candidates"][0]["id"] for item in answers] == ["f1", "f1", "tv2"]
    assert [len(item["candidates"]) for item in answers] == [1, 1, 3]


def test_every_hypothesis_counts(client: TestClient) -> None:
    """A second hypothesis that is right brings its entity to the top."""
    answer = client.post("/v1/resolve", json=query("xyz", "schitt's creek", k=1)).json()
    assert answer["candidates"][0]["id"] == "tv2"


def test_catalog_is_chosen_by_field_or_path(client: TestClient) -> None:
    """The first catalog is the default; a field or the path names another, and the path wins."""
    by_field = client.post("/v1/resolve", json=query("janice", catalog="people")).json()
    by_path = client.post("/v1/catalogs/people/resolve", json=query("janice")).json()
    both = client.post("/v1/catalogs/people/resolve", json=query("janice", catalog="titles")).json()
    assert by_field["candidates"][0]["id"] == "p2"
    assert by_field["candidates"] == by_path["candidates"] == both["candidates"]


def test_line_of_a_query_file_can_be_posted(client: TestClient) -> None:
    """Keys that a request does not have, such as those of a query file, are ignored."""
    line = query(
        "chip in potato", id="q1", entity_ids=["tv1"], reference="Chip and Potato", tags={}
    )
    assert client.post("/v1/resolve", json=line).json()["candidates"][0]["id"] == "tv1"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "nbest: Field required"),
        ({"nbest": []}, "nbest: List should have at least 1 item"),
        ([], "at least 1 item"),
        ("text", "Input should be a valid dictionary"),
        (query(""), "nbest[0].text: the text is empty"),
        (query("", " \t"), "nbest[0].text: the text is empty"),
        ([query("a"), query(" ")], "[1].nbest[0].text: the text is empty"),
        (query("a", " " * (MAX_TEXT_LENGTH + 1)), "nbest[1].text: String should have at most 1000"),
        (query(*[""] * MAX_HYPOTHESES, "a"), "nbest: List should have at most 50 items"),
        (query("a" * (MAX_TEXT_LENGTH + 1)), "nbest[0].text: String should have at most 1000"),
        (query(*["a"] * (MAX_HYPOTHESES + 1)), "nbest: List should have at most 50 items"),
        (query("a", k=0), "k: Input should be greater than or equal to 1"),
        (query("a", k=MAX_K + 1), "k: Input should be less than or equal to 100"),
        (query("a", k="many"), "k: Input should be a valid integer"),
        (query("a", type=7), "type: Input should be a valid string"),
        ({"nbest": ["text"]}, "nbest[0]: Input should be a valid dictionary"),
        ([query("a"), query("a", k=0)], "[1].k: Input should be greater"),
        ([query("a")] * (MAX_BATCH + 1), "List should have at most 64 items"),
        (query("refuse"), "these words can't be resolved"),
    ],
)
def test_bad_query_is_refused_with_its_place(client: TestClient, body: Any, said: str) -> None:
    """A wrong field is answered by 422 and one message that names the field."""
    answer = client.post("/v1/resolve", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert answer.json()["status"] == 422


@pytest.mark.parametrize("limit", [{"k": 1}, {"k": MAX_K}])
def test_limits_themselves_are_allowed(client: TestClient, limit: dict[str, int]) -> None:
    """The largest request within the limits is answered, also with k above the catalog."""
    body = query(*["a" * MAX_TEXT_LENGTH] * MAX_HYPOTHESES, **limit)
    assert client.post("/v1/resolve", json=body).status_code == 200
    assert client.post("/v1/resolve", json=[query("a")] * MAX_BATCH).status_code == 200


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "the body is not JSON"),
        (b"", "Field required"),
        (b'{"nbest": "\xff"}', "byte 12 is 0xff, which is not UTF-8; send JSON in UTF-8"),
        (b"[" * 100_000, "its JSON is nested too deeply"),
    ],
)
def test_body_that_is_no_json_is_refused(client: TestClient, content: bytes, said: str) -> None:
    """What is not JSON, or not UTF-8, gets a client error in JSON that says so."""
    answer = client.post(
        "/v1/resolve", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_json_of_another_content_type_is_told(client: TestClient, kind: str) -> None:
    """Who forgets the header, which curl then sets, is told which one is needed."""
    answer = client.post(
        "/v1/resolve", content=b'{"nbest": [{"text": "a"}]}', headers={"content-type": kind}
    )
    assert answer.status_code == 422
    assert "'Content-Type: application/json'" in answer.json()["detail"]
    assert kind in answer.json()["detail"]


@pytest.mark.parametrize("score", ["NaN", "Infinity", "-Infinity", '"high"'])
def test_score_must_be_a_number(client: TestClient, score: str) -> None:
    """Scores that are no finite number are refused."""
    content = f'{{"nbest": [{{"text": "a", "score": {score}}}]}}'
    answer = client.post(
        "/v1/resolve", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert "nbest[0].score" in answer.json()["detail"]


def test_large_body_is_refused(client: TestClient) -> None:
    """A body above one megabyte gets 413, whether its length is announced or not."""
    large = b'{"nbest": [{"text": "' + b"a" * 1_000_001 + b'"}]}'
    announced = client.post("/v1/resolve", content=large)
    streamed = client.post("/v1/resolve", content=iter([large[:600_000], large[600_000:]]))
    assert announced.status_code == streamed.status_code == 413
    assert "1,000,000 bytes" in announced.json()["detail"]


def test_unknown_catalog_is_named(client: TestClient) -> None:
    """An unknown catalog gets 404 and the names of those there are, for a whole batch."""
    by_path = client.post("/v1/catalogs/songs/resolve", json=query("a"))
    in_batch = client.post("/v1/resolve", json=[query("a"), query("a", catalog="songs")])
    for answer in (by_path, in_batch):
        assert answer.status_code == 404
        message = answer.json()["detail"]
        assert message == "no catalog 'songs'; served are: titles, people"


def test_unknown_path_and_method_answer_in_json(client: TestClient) -> None:
    """Errors of the framework have the same shape."""
    unknown = client.get("/nothing").json()
    assert (unknown["status"], "/docs" in unknown["detail"]) == (404, True)
    assert unknown["type"] == "urn:er-engine:problem:not-found"
    wrong_method = client.get("/v1/resolve")
    assert wrong_method.json()["status"] == 405
    assert "GET" in wrong_method.json()["detail"]
    assert wrong_method.headers["allow"] == "POST"


def test_bug_shows_no_traceback(client: TestClient) -> None:
    """An unexpected failure gets 500 without its details, and the service goes on."""
    answer = client.post("/v1/resolve", json=query("explode"))
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert client.post("/v1/resolve", json=query("chip")).status_code == 200


def test_health_names_the_catalogs(client: TestClient) -> None:
    """The health answer lists the catalogs, the default first, with their sizes."""
    body = client.get("/readyz").json()
    assert body["status"] == "ok"
    assert body["catalogs"] == [
        {"name": "titles", "entities": 3},
        {"name": "people", "entities": 2},
    ]


def test_unavailable_until_loaded() -> None:
    """While the catalogs load every question is answered by 503, afterwards by 200."""
    with loading_service() as (client, go_on, catalogs):
        for early in (client.get("/readyz"), client.post("/v1/resolve", json=query("chip"))):
            assert early.status_code == 503
            assert early.headers["retry-after"] == "1"
            assert early.json()["detail"] == "the catalogs are still loading"
        go_on.set()
        catalogs.wait()
        assert client.get("/readyz").status_code == 200
        assert client.post("/v1/resolve", json=query("chip")).status_code == 200


def test_openapi_examples_are_answered(client: TestClient) -> None:
    """The examples of the OpenAPI document can be sent as they are."""
    document = client.get("/openapi.json").json()
    operation = document["paths"]["/v1/resolve"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    assert set(examples) == {"one", "nbest", "filtered", "batch"}
    for example in examples.values():
        assert client.post("/v1/resolve", json=example["value"]).status_code == 200
    assert {"200", "404", "413", "422", "503"} <= set(operation["responses"])
