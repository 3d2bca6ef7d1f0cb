"""Query files: what is read and kept, and how wrong lines are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.errors import QueryError
from er_engine.queries import read_queries, write_queries
from er_engine.types import Hypothesis, Query

GOOD = {"id": "q1", "nbest": [{"text": "shipping potato"}], "entity_ids": ["tv1"]}


def write(path: Path, *records: Any) -> Path:
    """Write JSONL; the path comes back."""
    rows = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("".join(f"{row}\n" for row in rows))
    return path


def test_every_field_is_read(tmp_path: Path) -> None:
    """Optional fields are read; unknown keys of query and hypothesis are kept."""
    record = {
        **GOOD,
        "nbest": [{"text": "shipping potato", "score": -3.1, "source": "asr1"}],
        "type": "tv",
        "reference": "chip and potato",
        "tags": {"voice": "slt", "snr_db": 28},
        "speaker": 7,
    }
    assert read_queries(write(tmp_path / "q.jsonl", record)) == [
        Query(
            id="q1",
            nbest=(Hypothesis("shipping potato", -3.1, {"source": "asr1"}),),
            entity_ids=("tv1",),
            type="tv",
            reference="chip and potato",
            tags={"voice": "slt", "snr_db": 28},
            extra={"speaker": 7},
        )
    ]


def test_written_record_is_the_one_read(tmp_path: Path) -> None:
    """Reading and writing changes no key and no value, a list of tags included."""
    records = [
        {**GOOD, "nbest": [{"text": "a", "score": 0.0, "source": "x"}], "tags": ["noisy", "far"]},
        {"id": "q2", "nbest": [{"text": "b"}], "entity_ids": [], "tags": {"n": 1}, "extra": [None]},
    ]
    queries = read_queries(write(tmp_path / "q.jsonl", *records))
    write_queries(tmp_path / "again.jsonl", queries)
    written = (tmp_path / "again.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in written] == records


def test_blank_hypotheses_beside_others_are_kept_and_not_heard(tmp_path: Path) -> None:
    """They keep their places in the list, also when it is written again."""
    record = {**GOOD, "nbest": [{"text": "", "score": -1.0}, {"text": "chip"}, {"text": " "}]}
    [query] = read_queries(write(tmp_path / "q.jsonl", record))
    assert [hypothesis.text for hypothesis in query.nbest] == ["", "chip", " "]
    assert query.heard == (Hypothesis("chip"),)
    write_queries(tmp_path / "again.jsonl", [query])
    assert read_queries(tmp_path / "again.jsonl") == [query]


WRONG_LINES = {
    "not json": ("{", "not JSON"),
    "no id": ({**GOOD, "id": None}, "field 'id': missing"),
    "number id": ({**GOOD, "id": 4}, "field 'id', value 4: must be a text"),
    "no nbest": ({"id": "q", "entity_ids": []}, "field 'nbest': missing"),
    "empty nbest": ({**GOOD, "nbest": []}, "field 'nbest', value .*a query has at least one"),
    "nbest text": ({**GOOD, "nbest": "a"}, "must be a list, not a text"),
    "hypothesis text": ({**GOOD, "nbest": ["a"]}, r"field 'nbest\[0\]', value 'a': must be an obj"),
    "no text": ({**GOOD, "nbest": [{"score": 1}]}, r"field 'nbest\[0\]\.text': missing"),
    "empty text": ({**GOOD, "nbest": [{"text": ""}]}, r"'nbest\[0\]\.text'.*empty"),
    "empty texts": ({**GOOD, "nbest": [{"text": " "}, {"text": ""}]}, r"\[0\]\.text'.*empty"),
    "null text": (
        {**GOOD, "nbest": [{"text": "a"}, {"text": None}]},
        r"'nbest\[1\]\.text': missing",
    ),
    "long blank": (
        {**GOOD, "nbest": [{"text": "a"}, {"text": " " * 10_001}]},
        r"'nbest\[1\]\.text'.*10,001 characters long",
    ),
    "text score": ({**GOOD, "nbest": [{"text": "a", "score": "1"}]}, "must be a number"),
    "long text": ({**GOOD, "nbest": [{"text": "x" * 10_001}]}, "10,001 characters long"),
    "many": ({**GOOD, "nbest": [{"text": "a"}] * 1_001}, "1,001 hypotheses; at most 1,000"),
    "no entity ids": ({"id": "q", "nbest": [{"text": "a"}]}, r"write \[\] where nothing"),
    "tags": ({**GOOD, "tags": 3}, "must be an object, or a list of texts"),
    "nan": ('{"id": "q", "nbest": [{"text": "a", "score": NaN}], "entity_ids": []}', "NaN"),
}


@pytest.mark.parametrize("case", WRONG_LINES)
def test_wrong_line_is_told(tmp_path: Path, case: str) -> None:
    """A wrong line stops with file, line, field and reason."""
    record, message = WRONG_LINES[case]
    path = write(tmp_path / "q.jsonl", {**GOOD, "id": "q0"}, record)
    with pytest.raises(QueryError, match=message) as caught:
        read_queries(path)
    assert f"{path}, line 2" in str(caught.value)


def test_duplicate_id_names_both_lines(tmp_path: Path) -> None:
    """The second use of an id names the first."""
    with pytest.raises(QueryError, match="line 2, field 'id', value 'q1': line 1 has the same id"):
        read_queries(write(tmp_path / "q.jsonl", GOOD, GOOD))


def test_wrong_files(tmp_path: Path) -> None:
    """A missing, empty or blank file and another kind of file are told."""
    with pytest.raises(QueryError, match="no such file"):
        read_queries(tmp_path / "none.jsonl")
    with pytest.raises(QueryError, match="unknown kind of file"):
        read_queries(write(tmp_path / "q.csv", GOOD))
    with pytest.raises(QueryError, match="the file is empty"):
        read_queries(write(tmp_path / "empty.jsonl"))
    with pytest.raises(QueryError, match="there is no query in it"):
        read_queries(write(tmp_path / "blank.jsonl", "", " "))


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda text: bool(text.strip())
)
extras = st.dictionaries(texts.map("x-".__add__), st.none() | st.integers() | texts, max_size=2)
scores = st.none() | st.floats(allow_nan=False, allow_infinity=False)
queries = st.builds(
    Query,
    id=texts,
    nbest=st.lists(st.builds(Hypothesis, texts, scores, extras), min_size=1, max_size=3).map(tuple),
    entity_ids=st.lists(texts, max_size=3).map(tuple),
    type=st.none() | texts,
    reference=st.none() | texts,
    tags=st.dictionaries(texts, st.booleans() | st.integers() | texts, max_size=3),
    extra=extras,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(queries, min_size=1, max_size=4, unique_by=lambda query: query.id))
def test_written_queries_are_read_back(tmp_path_factory: pytest.TempPathFactory, some: Any) -> None:
    """What write_queries writes, read_queries gives back unchanged."""
    path = tmp_path_factory.mktemp("queries") / "q.jsonl.gz"
    write_queries(path, some)
    assert read_queries(path) == some
