"""Each recogniser's output becomes the n-best lists that are in it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from er_engine.inputs.problems import Problem
from er_engine.nbest.convert import Conversion, Options, convert
from er_engine.nbest.formats import JSON_FORMATS, NAMES
from er_engine.nbest.kaldi_costs import read_costs

SAMPLES = Path(__file__).resolve().parents[4] / "data" / "samples" / "asr"
# file: (format, {id: [(text, probability)]}); a probability is None where there is no score
EXPECTED: dict[str, tuple[str, dict[str, list[tuple[str, float | None]]]]] = {
    "google.json": (
        "google",
        {
            "google": [
                ("shipping potato", 0.8312447),
                ("chip in potato", None),
                ("chip and potato", None),
            ]
        },
    ),
    "google_batch.json": (
        "google",
        {"braking-bed": [("braking bed", 0.7120434), ("breaking bed", None)]},
    ),
    "aws.json": (
        "aws",
        {
            "screen-0007#1": [("Shirts Creek.", 0.8 * 0.5), ("Shits Creek.", 0.3 * 0.5)],
            "screen-0007#2": [("Better call saw.", 1.0 * 0.9 * 0.4)],
        },
    ),
    "azure.json": ("azure", {"azure": [("game of thrown", 0.7813), ("game of thrones", 0.6542)]}),
    "azure_batch.json": (
        "azure",
        {
            "azure_batch#1": [("the soprano's", 0.89), ("this soprano is", 0.55)],
            "azure_batch#2": [("the wire", 0.93)],
        },
    ),
    "whisper.json": ("whisper", {"whisper": [("House of the Drag-On", math.exp(-0.25 * 9))]}),
    "whisper_cpp.json": (
        "whisper-cpp",
        {"whisper_cpp": [("Better call soul", 0.9 * 0.8 * 0.5)]},
    ),
    "vosk.json": ("vosk", {"vosk": [("the so prose", 2 / 3), ("the soprano's", 1 / 3)]}),
    "nemo.jsonl": (
        "nemo",
        {
            "wire": [
                ("the why or", math.exp(-4.125)),
                ("the wire", math.exp(-4.5)),
                ("the y or", math.exp(-6.75)),
            ],
            "thrones@12.5": [("game of thorns", None)],
        },
    ),
    "sherpa_onnx.jsonl": ("sherpa-onnx", {"0001": [("CHIPPING POTATO", math.exp(-0.875))]}),
    "sherpa_onnx.log": (
        "sherpa-onnx-log",
        {"0002": [("BRAKING BAT", math.exp(-1.5))], "0003": [("HOUSE OF THE WAGON", None)]},
    ),
    "kaldi_nbest.txt": (
        "kaldi",
        {
            "spk1-utt1": [("shirts creek", None), ("shits creek", None), ("shirt's creek", None)],
            "spk1-utt2": [("game of loans", None), ("game of thrones", None)],
        },
    ),
    "nbest.tsv": (
        "tsv",
        {
            "q1": [("shipping potato", None), ("chip in potato", None)],
            "q2": [("braking bed", None)],
        },
    ),
}


def converted(tmp_path: Path, content: object, **options: Any) -> Conversion:
    """What comes of one file with this content (written as JSON where it is not a text)."""
    text = content if isinstance(content, str) else json.dumps(content)
    path = tmp_path / "heard.json"
    path.write_text(text, encoding="utf-8")
    return convert([path], Options(**options))


def texts(conversion: Conversion) -> dict[str, list[str]]:
    """The hypotheses of each query."""
    assert conversion.problems == []
    records = map(json.loads, conversion.lines)
    return {record["id"]: [part["text"] for part in record["nbest"]] for record in records}


def problem(conversion: Conversion) -> Problem:
    """The only problem; nothing else came of the file."""
    assert conversion.lines == []
    [found] = conversion.problems
    return found


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("named", [True, False])
def test_sample_of_each_recogniser(name: str, named: bool) -> None:
    """Text, order and scores are read, with the format named and without."""
    format_name, queries = EXPECTED[name]
    conversion = convert([SAMPLES / name], Options(format_name if named else None))
    assert conversion.problems == []
    assert conversion.formats == {format_name: 1}
    records = [json.loads(line) for line in conversion.lines]
    assert [record["id"] for record in records] == list(queries)
    for record, nbest in zip(records, queries.values(), strict=True):
        assert [part["text"] for part in record["nbest"]] == [text for text, _ in nbest]
        for part, (_, probability) in zip(record["nbest"], nbest, strict=True):
            if probability is None:
                assert "score" not in part
            else:
                assert part["score"] == pytest.approx(math.log(probability), abs=1e-5)


def test_every_recogniser_has_a_sample() -> None:
    """Each format that is found out by itself is in the samples, but for our own."""
    asked_for = {"queries", "kaldi-text", "text"}
    assert {format_name for format_name, _ in EXPECTED.values()} == set(NAMES) - asked_for


@pytest.mark.parametrize("name", ["google.json", "aws.json", "azure.json", "whisper.json"])
def test_json_can_stand_on_lines_of_one_file(name: str, tmp_path: Path) -> None:
    """Answers that were collected line by line, each with an id of its own, are told by the ids."""
    document = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    lines = [json.dumps({**document, "id": name_}) for name_ in ("first", "second")]
    found = texts(converted(tmp_path, "\n".join(lines)))
    assert {name_.partition("#")[0] for name_ in found} == {"first", "second"}


def test_a_list_of_answers_is_several_queries(tmp_path: Path) -> None:
    """The elements of a JSON list are named by the file and their place."""
    answers = [{"text": "shipping potato"}, {"text": "braking bed"}]
    assert texts(converted(tmp_path, answers)) == {
        "heard#1": ["shipping potato"],
        "heard#2": ["braking bed"],
    }


def test_google_leaves_out_what_is_not_final(tmp_path: Path) -> None:
    """Interim results of a stream are guesses that a later result replaces."""
    results = [
        {"alternatives": [{"transcript": "ship"}], "isFinal": False},
        {"alternatives": [{"transcript": "shipping potato"}], "is_final": True},
    ]
    assert texts(converted(tmp_path, {"results": results})) == {"heard": ["shipping potato"]}


def test_google_operation_and_its_error(tmp_path: Path) -> None:
    """A finished operation holds the answer in `response`; a failed one is told as such."""
    results = [{"alternatives": [{"transcript": "shipping potato"}]}]
    operation = {"name": "123", "done": True, "response": {"results": results}}
    assert texts(converted(tmp_path, operation)) == {"heard": ["shipping potato"]}
    failed = {"name": "123", "done": True, "error": {"code": 3, "message": "bad audio"}}
    assert problem(converted(tmp_path, failed, format="google")).field == "error"


def test_aws_without_alternatives(tmp_path: Path) -> None:
    """Without segments the transcript is all there is."""
    job = {"jobName": "job7", "results": {"transcripts": [{"transcript": "hi there"}], "items": []}}
    assert texts(converted(tmp_path, job)) == {"job7": ["hi there"]}


def test_azure_takes_the_words_before_they_are_written_for_readers(tmp_path: Path) -> None:
    """`Lexical` first, the display form only where nothing else is there."""
    nbest = [
        {"Confidence": "0.9", "Lexical": "route sixty six", "Display": "Route 66."},
        {"Confidence": "0.5", "Lexical": "", "Display": "Root 66."},
    ]
    found = texts(converted(tmp_path, {"RecognitionStatus": "Success", "NBest": nbest}))
    assert found == {"heard": ["route sixty six", "Root 66."]}
    simple = {"RecognitionStatus": "Success", "DisplayText": "Route 66."}
    assert texts(converted(tmp_path, simple)) == {"heard": ["Route 66."]}


def test_azure_says_that_nothing_was_recognised(tmp_path: Path) -> None:
    """The status of an answer without words is in the message."""
    silent = {"RecognitionStatus": "InitialSilenceTimeout", "DisplayText": "", "NBest": []}
    assert "InitialSilenceTimeout" in str(problem(converted(tmp_path, silent)))


def test_several_decodings_of_whisper_are_one_list(tmp_path: Path) -> None:
    """Beams or temperatures under `nbest` are hypotheses; without tokens there is no score."""
    outputs = [
        {"text": " shipping potato", "segments": []},
        {"segments": [{"text": " chip in", "avg_logprob": -0.2}, {"text": " potato"}]},
    ]
    conversion = converted(tmp_path, {"id": "q1", "nbest": outputs})
    assert texts(conversion) == {"q1": ["shipping potato", "chip in potato"]}
    assert "score" not in conversion.lines[0]
    assert conversion.formats == {"whisper": 1}


def test_not_a_number_is_no_score(tmp_path: Path) -> None:
    """Whisper writes NaN where it has no probability; the words are still good."""
    output = '{"text": "hi", "segments": [{"avg_logprob": NaN, "text": "hi", "tokens": [1]}]}'
    conversion = converted(tmp_path, output)
    assert texts(conversion) == {"heard": ["hi"]}
    assert "score" not in conversion.lines[0]


def test_single_result_of_vosk(tmp_path: Path) -> None:
    """Without alternatives the words' confidences make the score."""
    result = {"text": "the wire", "result": [{"word": "the", "conf": 0.5}, {"conf": 0.5}]}
    conversion = converted(tmp_path, result)
    assert conversion.formats == {"vosk": 1}
    assert json.loads(conversion.lines[0])["nbest"][0]["score"] == pytest.approx(math.log(0.25))


def test_predictions_of_several_models_are_hypotheses(tmp_path: Path) -> None:
    """NeMo appends `pred_text_MODEL`; each is one hypothesis, in the file's order."""
    line = {"audio_filepath": "a/x.wav", "pred_text_large": "one", "pred_text_small": "two"}
    assert texts(converted(tmp_path, line)) == {"x": ["one", "two"]}


def test_kaldi_lists_are_in_order_of_rank(tmp_path: Path) -> None:
    """Tables are sorted as text, so rank 10 stands before rank 2 in the file."""
    lines = "".join(f"utt-{rank} words {rank}\n" for rank in (1, 10, 2, 3))
    found = texts(converted(tmp_path, lines))
    assert found == {"utt": ["words 1", "words 2", "words 3", "words 10"]}


def test_kaldi_text_has_whole_keys(tmp_path: Path) -> None:
    """A table of first hypotheses is not cut at a number that belongs to the key."""
    found = texts(converted(tmp_path, "spk-1 hi there\nspk-2 you\n", format="kaldi-text"))
    assert found == {"spk-1": ["hi there"], "spk-2": ["you"]}


def test_kaldi_costs_become_scores() -> None:
    """Costs are scaled and added; the score is ln of the share of the list."""
    costs = read_costs([(SAMPLES / "kaldi_acwt.txt", 0.1), (SAMPLES / "kaldi_lmwt.txt", 1.0)])
    conversion = convert([SAMPLES / "kaldi_nbest.txt"], Options("kaldi", costs=costs))
    first, second = (json.loads(line)["nbest"] for line in conversion.lines)
    total = 1 + 1 + math.exp(-1)
    expected = [math.log(share / total) for share in (1, 1, math.exp(-1))]
    assert [part["score"] for part in first] == pytest.approx(expected)
    assert [part["score"] for part in second] == pytest.approx([math.log(0.5)] * 2)


def test_costs_are_not_taken_for_words() -> None:
    """A table of costs looks like an n-best list of numbers, and is refused."""
    found = problem(convert([SAMPLES / "kaldi_acwt.txt"], Options()))
    assert "--format" in found.what


def test_plain_text_has_to_be_asked_for(tmp_path: Path) -> None:
    """Any text is plain text, so it is read as such only when named."""
    content = "shipping potato | chip in potato\nbraking bed\n"
    assert "--format" in problem(converted(tmp_path, content)).what
    assert texts(converted(tmp_path, content, format="text")) == {
        "heard#1": ["shipping potato", "chip in potato"],
        "heard#2": ["braking bed"],
    }


def test_our_own_format_keeps_other_fields(tmp_path: Path) -> None:
    """What was converted before is read again as it is, entity ids and unknown keys included."""
    line = {
        "id": "q1",
        "nbest": [{"text": "a", "score": -1.5, "from": "x"}],
        "entity_ids": ["tv1"],
        "type": "tv",
        "tags": {"voice": "slt"},
        "more": [1],
    }
    conversion = converted(tmp_path, line)
    assert [json.loads(text) for text in conversion.lines] == [line]


@pytest.mark.parametrize(
    ("format_name", "document", "field"),
    [
        ("google", {"results": {"a": 1}}, "results.a"),
        ("google", {"results": [{"alternatives": [1]}]}, "results[0].alternatives[0]"),
        (
            "google",
            {"results": [{"alternatives": [{"transcript": "a", "confidence": 7}]}]},
            "results[0].alternatives[0].confidence",
        ),
        ("aws", {"results": {"transcripts": "a"}}, "results.transcripts"),
        ("azure", {"NBest": [{"Lexical": 1}]}, "nbest[0].lexical"),
        ("nemo", {"beams": [["a", "b", "c"]]}, "beams[0]"),
        ("nemo", {"beams": [["a", "b"]]}, "beams[0][1]"),
        ("nemo", {"audio_filepath": "a.wav"}, "pred_text"),
        ("sherpa-onnx", {"text": "a", "ys_log_probs": [[]]}, "ys_log_probs[0]"),
        (
            "vosk",
            {"alternatives": [{"text": "a", "confidence": True}]},
            "alternatives[0].confidence",
        ),
        ("whisper", {"text": ["a"]}, "text"),
        ("whisper", {"segments": [{"text": 1}]}, "segments[0].text"),
        ("whisper-cpp", {"transcription": [{"text": 1}]}, "transcription[0].text"),
        ("queries", {"nbest": [{"text": "a", "score": "x"}]}, "nbest[0].score"),
        ("queries", {"id": [], "nbest": ["a"]}, "id"),
        ("queries", {"id": "x" * 501, "nbest": ["a"]}, "id"),
        ("queries", {"nbest": ["a" * 10_001]}, "nbest[0].text"),
        ("queries", {"nbest": ["a"], "entity_ids": 0}, "entity_ids"),
        *((known.name, {}, None) for known in JSON_FORMATS),
    ],
)
def test_wrong_field_is_named(
    tmp_path: Path, format_name: str, document: object, field: str | None
) -> None:
    """The path of the field is in the problem, as one can look it up in the file."""
    found = problem(converted(tmp_path, document, format=format_name))
    assert found.field == field or (field is None and found.field in ("nbest", "pred_text"))
    assert str(found.number) in str(found)
