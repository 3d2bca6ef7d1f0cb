"""Options of a query over HTTP: filters, context, precision, explanations and timings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from er_engine.types import Entity
from er_engine.wire import MAX_CONTEXT, MAX_FILTERS, ResolveResponse
from tests.unit.api.live import live_service, query

PEOPLE = (
    Entity("a", "Janice Oneill", "person", attributes={"city": "Alton", "floor": 3}),
    Entity("b", "Janice Oneil", "person", attributes={"city": "Derby"}),
    Entity("c", "Arnold", "person", attributes={"city": ["Derby", "Alton"]}),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service that tests change nothing of."""
    with live_service(tmp_path_factory.mktemp("people"), PEOPLE) as running:
        yield running


def ask(client: TestClient, text: str = "janice oneill", **more: Any) -> ResolveResponse:
    """Resolve; the answer has the documented shape."""
    answer = client.post("/v1/resolve", json=query(text, **more))
    assert answer.status_code == 200, answer.text
    return ResolveResponse.model_validate_json(answer.content)


def ids(answer: ResolveResponse) -> list[str]:
    """The ids, best first."""
    return [candidate.id for candidate in answer.candidates]


def test_filters_hold(client: TestClient) -> None:
    """Only entities with the attributes are found; a list takes any of its values."""
    assert ids(ask(client, attributes={"city": "Derby"})) == ["b", "c"]
    assert ids(ask(client, attributes={"city": "Alton", "floor": "3"})) == ["a"]
    assert ids(ask(client, attributes={"floor": [3, 4]})) == ["a"]
    nothing = ask(client, attributes={"city": "York"})
    assert (ids(nothing), nothing.decision, nothing.no_match_probability) == ([], "no_match", 1.0)


def test_context_lifts_an_entity(client: TestClient) -> None:
    """An entity of the context is likelier than without, and a strong boost puts it first."""
    before, after = ask(client, k=3), ask(client, k=3, context=["b", "gone"])
    likely = {item.id: item.probability for item in before.candidates}
    lifted = {item.id: item.probability for item in after.candidates}
    assert lifted["b"] > likely["b"]
    assert ids(ask(client, context=["b"], context_boost=9))[0] == "b"


def test_unlikely_candidates_are_left_out(client: TestClient) -> None:
    """`min_probability` cuts the list, and with none left nothing matches."""
    every = ask(client)
    kept = ask(client, min_probability=every.candidates[0].probability)
    assert ids(kept) == ids(every)[: len(kept.candidates)]
    none = ask(client, min_probability=1)
    assert (none.decision, none.candidates) == ("no_match", [])


def test_match_can_be_made_harder(client: TestClient) -> None:
    """`precision` is the probability that a match needs."""
    likely = ask(client, "arnold").candidates[0].probability
    assert ask(client, "arnold", precision=max(likely - 0.01, 0)).decision == "match"
    assert ask(client, "arnold", precision=min(likely + 0.01, 1)).decision != "match"


def test_no_match_can_be_expected_more_often(client: TestClient) -> None:
    """`no_match_share` takes the place of what the model supposes."""
    rare, often = (ask(client, "arnold", no_match_share=share) for share in (0.01, 0.6))
    assert rare.no_match_probability < often.no_match_probability
    assert ids(rare) == ids(often)


def test_phonemes_of_the_matched_form_are_told(client: TestClient) -> None:
    """Also without an explanation; where there is one, it names the same."""
    for candidate in ask(client, explain=True).candidates:
        assert candidate.explanation is not None
        assert candidate.phonemes == candidate.explanation.name_phonemes
    assert ask(client).candidates[0].phonemes


def test_explanation_is_complete(client: TestClient) -> None:
    """With `explain` each candidate has phonemes, their alignment, and the parts of its score."""
    for candidate in ask(client, "janis oneill", explain=True).candidates:
        details = candidate.explanation
        assert details is not None
        total = sum(part.contribution for part in details.contributions)
        assert details.pair_score == pytest.approx(total, abs=1e-4)
        heard = "".join(step[0] or "" for step in details.alignment)
        assert heard == details.heard_phonemes.replace(" ", "")
    plain = client.post("/v1/resolve", json=query("janice")).json()["candidates"]
    assert all("explanation" not in candidate for candidate in plain)


def test_stages_are_timed(client: TestClient) -> None:
    """Each answer has the milliseconds of its stages, which the total includes."""
    timings = ask(client).timings_ms
    assert timings is not None
    total = timings.pop("total")
    stages = ["queue", "hear", "encode", "retrieve", "compare", "decide"]
    assert list(timings) == stages
    assert total >= max(timings.values())


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"attributes": {"city": {}}}, "attributes.city"),
        ({"attributes": {"city": []}}, "attributes.city"),
        ({"attributes": {str(n): 1 for n in range(MAX_FILTERS + 1)}}, "attributes"),
        ({"min_probability": 2}, "min_probability"),
        ({"context": ["a"] * (MAX_CONTEXT + 1)}, "context"),
        ({"context": [7]}, "context[0]"),
        ({"context_boost": 11}, "context_boost"),
        ({"precision": -1}, "precision"),
        ({"no_match_share": 0}, "no_match_share"),
        ({"explain": "perhaps"}, "explain"),
    ],
)
def test_wrong_option_is_named(client: TestClient, wrong: dict[str, Any], field: str) -> None:
    """An option outside its limits gets 422 and the name of the field."""
    answer = client.post("/v1/resolve", json=query("janice", **wrong))
    assert answer.status_code == 422
    assert field in answer.json()["detail"]


def test_large_numbers_are_no_error_of_ours(client: TestClient) -> None:
    """A number that no float can hold is refused or compared, never a failure."""
    content = b'{"nbest": [{"text": "a"}], "attributes": {"floor": ' + b"9" * 400 + b"}}"
    answer = client.post(
        "/v1/resolve", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (200, 422)


def test_query_of_a_batch_that_nobody_can_say_is_named(client: TestClient) -> None:
    """Its place in the batch is told; a single query has no place."""
    batch = [query("arnold")] * 9 + [query("!!!")]
    answer = client.post("/v1/resolve", json=batch)
    assert (answer.status_code, answer.json()["detail"][:4]) == (422, "[9]:")
    alone = client.post("/v1/resolve", json=query("!!!"))
    assert (alone.status_code, alone.json()["detail"][:7]) == (422, "nothing")


def test_blank_hypotheses_are_ignored(client: TestClient) -> None:
    """The answer is that of the others; an explanation names the place in the list as sent."""
    texts = [{"text": text} for text in ("", " \t", "janice oneill")]
    found = ask(client, nbest=texts, explain=True).candidates
    assert [item.score for item in found] == [item.score for item in ask(client).candidates]
    assert found[0].explanation is not None
    assert found[0].explanation.hypothesis == 2
