"""Rules that hold for every format: names, parts, repetitions, labels, what is left out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from er_engine.errors import QueryError
from er_engine.nbest.convert import Conversion, Options, convert
from er_engine.nbest.labels import read_labels
from er_engine.queries import read_queries


def write(path: Path, content: object) -> Path:
    """A file with this content: bytes, a text, or JSON."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
    return path


def records(conversion: Conversion) -> list[dict[str, object]]:
    """The lines of the query file."""
    return [json.loads(line) for line in conversion.lines]


def test_hypotheses_keep_their_order_and_come_once(tmp_path: Path) -> None:
    """Repeated and empty hypotheses go, the first of equal ones stays; scores do not reorder."""
    nbest = [
        {"text": " chip  in potato", "score": -9.0},
        {"text": "  "},
        {"text": "shipping potato", "score": -1.0},
        {"text": "chip in potato ", "score": -0.5},
    ]
    path = write(tmp_path / "a.json", {"id": "q", "nbest": nbest})
    [record] = records(convert([path], Options()))
    assert record["nbest"] == [
        {"text": "chip in potato", "score": -9.0},
        {"text": "shipping potato", "score": -1.0},
    ]


def test_parts_of_a_recording_are_joined_on_request(tmp_path: Path) -> None:
    """Ranks go together, a shorter part gives its best, and a missing score leaves none."""
    results = [
        {"alternatives": [{"transcript": "a", "confidence": 0.5}, {"transcript": "b"}]},
        {"alternatives": [{"transcript": " c", "confidence": 0.5}]},
        {"alternatives": []},
    ]
    path = write(tmp_path / "a.json", {"results": results})
    assert [record["id"] for record in records(convert([path], Options()))] == ["a#1", "a#2"]
    [record] = records(convert([path], Options(join=True)))
    assert record["id"] == "a"
    assert record["nbest"] == [
        {"text": "a c", "score": pytest.approx(2 * -0.6931471805599453)},
        {"text": "b c"},
    ]


def test_same_id_twice_is_told_with_both_places(tmp_path: Path) -> None:
    """Two files of one name can't be told apart, and nobody's query is lost silently."""
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "a.json", {"text": "hi"})
    conversion = convert([tmp_path / "x" / "a.json", tmp_path / "y" / "a.json"], Options())
    [found] = conversion.problems
    assert found.field == "id"
    assert str(tmp_path / "x" / "a.json") in found.what
    assert found.file == str(tmp_path / "y" / "a.json")


def test_one_wrong_line_leaves_the_others(tmp_path: Path) -> None:
    """Each wrong line is one problem with its number and all of its bytes."""
    good = '{"id": "q1", "nbest": ["a"]}\n'
    bad = b'{"id": "q2", "nbest": ["\xff"]}\n'
    path = write(tmp_path / "a.jsonl", good.encode() + b"\n" + bad + b'{"id": 5}\n')
    conversion = convert([path], Options())
    assert [record["id"] for record in records(conversion)] == ["q1"]
    assert [found.number for found in conversion.problems] == [3, 4]
    assert conversion.problems[0].record == bad
    assert "UTF-8" in conversion.problems[0].what


def test_damaged_first_line_does_not_take_the_others(tmp_path: Path) -> None:
    """A file of lines is known as such by its second line too."""
    path = write(tmp_path / "a.jsonl", '{"id": "q1" "nbest": []}\n{"id": "q2", "nbest": ["b"]}\n')
    conversion = convert([path], Options())
    assert [record["id"] for record in records(conversion)] == ["q2"]
    assert [found.number for found in conversion.problems] == [1]


def test_broken_document_is_told_with_line_and_column(tmp_path: Path) -> None:
    """In a document of many lines the place is told as an editor shows it."""
    path = write(tmp_path / "a.json", '{\n  "results": [\n    oops\n  ]\n}\n')
    [found] = convert([path], Options()).problems
    assert "line 3, column 5" in found.what


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        (" \n\t\n", "white space"),
        (b"\x1f\x8b damaged", "damaged gzip"),
    ],
)
def test_unreadable_file_stops(tmp_path: Path, content: str | bytes, words: str) -> None:
    """A file that holds nothing, or can't be unpacked, is an error and no problem of a line."""
    path = write(tmp_path / "a.json.gz", content)
    if isinstance(content, str):
        path = write(tmp_path / "a.json", content)
    with pytest.raises(QueryError, match=words):
        convert([path], Options())


def test_compressed_file_has_the_name_below(tmp_path: Path) -> None:
    """`q7.json.gz` is the query q7."""
    path = write(tmp_path / "q7.json.gz", gzip.compress(b'\xef\xbb\xbf{"text": "hi"}'))
    [record] = records(convert([path], Options()))
    assert record["id"] == "q7"


def test_unknown_json_is_not_guessed(tmp_path: Path) -> None:
    """JSON of nobody we know asks for --format."""
    path = write(tmp_path / "a.json", {"hello": "world"})
    [found] = convert([path], Options()).problems
    assert "--format" in found.what


@pytest.mark.parametrize(("content", "name"), [("[]", "vosk"), ("no result", "sherpa-onnx-log")])
def test_file_without_any_answer_is_a_problem(tmp_path: Path, content: str, name: str) -> None:
    """A file that holds nothing of its format is not passed over."""
    [found] = convert([write(tmp_path / "a.json", content)], Options(name)).problems
    assert found.record.decode() == content
    assert name in found.what


def test_half_of_a_surrogate_pair_is_told(tmp_path: Path) -> None:
    """JSON can hold what no file in UTF-8 can."""
    path = write(tmp_path / "a.json", '{"text": "a\\ud800"}')
    [found] = convert([path], Options()).problems
    assert "\\ud800" in found.what


@pytest.mark.parametrize("depth", [400, 900, 100_000])
def test_deep_json_is_a_problem_or_a_query(tmp_path: Path, depth: int) -> None:
    """Nesting exhausts no stack, whatever is asked of the document."""
    deep = "[" * depth + "]" * depth
    for name, text in {
        "own": f'{{"nbest": ["a"], "more": {deep}}}',
        "tags": f'{{"nbest": ["a"], "tags": {deep}}}',
        "google": '{"response":' * depth + "1" + "}" * depth,
        "list": f'[{{"text": "a"}}, {deep}]',
    }.items():
        conversion = convert([write(tmp_path / f"{name}.json", text)], Options())
        assert conversion.problems or conversion.lines


def test_labels_say_what_is_right(tmp_path: Path) -> None:
    """Labels give entity ids; nothing after the tab means that nothing is right."""
    heard = write(tmp_path / "h.tsv", "q1\ta\nq2\tb\nq3\tc\n")
    labels = read_labels(write(tmp_path / "l.tsv", "q1\ttv1| tv2|tv1\r\nq2\t\nother\ttv9\n"))
    conversion = convert([heard], Options(labels=labels))
    assert [(record["id"], record["entity_ids"]) for record in records(conversion)] == [
        ("q1", ["tv1", "tv2"]),
        ("q2", []),
    ]
    [found] = conversion.problems
    assert (found.field, found.number) == ("id", 3)
    assert "q3" in str(found)


def test_labels_as_json_may_say_more(tmp_path: Path) -> None:
    """Type, reference and tags come with the label; ids may then hold any character."""
    heard = write(tmp_path / "h.tsv", "q1\ta\n")
    label = {"id": "q1", "entity_ids": ["a|b"], "type": "tv", "reference": "A", "tags": {"x": 1}}
    labels = read_labels(write(tmp_path / "l.jsonl", label))
    [record] = records(convert([heard], Options(labels=labels)))
    assert record == {**label, "nbest": [{"text": "a"}]}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("l.tsv", "q1 tv1\n", "line 1"),
        ("l.tsv", "q1\ttv1\ttv2\n", "id<TAB>"),
        ("l.tsv", "q1\ttv1\nq1\ttv2\n", "line 2, field 'id'"),
        ("l.tsv", "q1\ttv1||tv2\n", "entity_ids"),
        ("l.tsv", b"q1\t\xff\n", "UTF-8"),
        ("l.jsonl", '{"id": "q1"}\n', "entity_ids"),
        ("l.jsonl", '{"entity_ids": []}\n', "field 'id'"),
        ("l.jsonl", "[]\n", "not a JSON object"),
        ("l.tsv", "", "empty"),
    ],
)
def test_wrong_labels_stop(tmp_path: Path, name: str, content: str | bytes, words: str) -> None:
    """A wrong label would spoil a measurement, so none is left out."""
    with pytest.raises(QueryError, match=words):
        read_labels(write(tmp_path / name, content))


def test_labelled_lines_are_a_query_file(tmp_path: Path) -> None:
    """What comes out is read by the reader of query files."""
    heard = write(tmp_path / "h.tsv", "q1\tshipping potato\tchip in potato\n")
    labels = read_labels(write(tmp_path / "l.tsv", "q1\ttv1\n"))
    output = write(tmp_path / "o.jsonl", "".join(convert([heard], Options(labels=labels)).lines))
    [query] = read_queries(output)
    assert query.entity_ids == ("tv1",)
    assert [part.text for part in query.nbest] == ["shipping potato", "chip in potato"]


def test_without_labels_no_evaluation(tmp_path: Path) -> None:
    """Queries without labels are refused where answers count: nobody said that nothing is right."""
    heard = write(tmp_path / "h.tsv", "q1\tshipping potato\n")
    output = write(tmp_path / "o.jsonl", "".join(convert([heard], Options()).lines))
    with pytest.raises(QueryError, match="entity_ids"):
        read_queries(output)
