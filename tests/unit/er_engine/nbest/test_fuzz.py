"""Any content: queries that can be read, or problems and messages of ours; never anything else."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from er_engine.cli import main
from er_engine.errors import InputError
from er_engine.nbest.convert import Options, convert
from er_engine.nbest.formats import JSON_FORMATS, NAMES
from er_engine.nbest.labels import read_labels
from er_engine.queries import query_of, read_queries
from tests.unit.er_engine.test_fuzz_parsers import changes, damaged

SAMPLES = Path(__file__).resolve().parents[4] / "data" / "samples" / "asr"
LABELS_FILES = ("labels.tsv", "kaldi_acwt.txt", "kaldi_lmwt.txt")
FILES = sorted(path.name for path in SAMPLES.iterdir() if path.name not in LABELS_FILES)
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

# Keys of all formats, so that values of any kind get into the places that are looked at.
KEYS = [
    "results",
    "alternatives",
    "transcript",
    "confidence",
    "response",
    "inlineResult",
    "isFinal",
    "error",
    "segments",
    "items",
    "transcripts",
    "jobName",
    "type",
    "NBest",
    "nBest",
    "Lexical",
    "display",
    "Confidence",
    "recognizedPhrases",
    "RecognitionStatus",
    "DisplayText",
    "AudioFileResults",
    "SegmentResults",
    "text",
    "avg_logprob",
    "tokens",
    "transcription",
    "p",
    "result",
    "conf",
    "beams",
    "pred_text",
    "audio_filepath",
    "offset",
    "score",
    "ys_log_probs",
    "timestamps",
    "nbest",
    "id",
    "entity_ids",
    "tags",
    "reference",
]
keys = st.sampled_from(KEYS) | st.text(max_size=3)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["0.5", "Success", "a b", "\ud800", 1e308, -1e308, 10**400, "9" * 30])
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=25,
)


def refused(error: InputError, path: Path) -> list[str]:
    """Nothing came of the file, and the message names it."""
    assert str(path) in str(error)
    return []


def convert_content(content: bytes, format_name: str | None, *, join: bool = False) -> list[str]:
    """The lines that come of a file with this content, each a valid query with scores that are."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heard.json"
        path.write_bytes(content)
        try:
            conversion = convert([path], Options(format_name, join=join))
        except InputError as error:
            return refused(error, path)
    for problem in conversion.problems:
        assert str(problem).startswith(str(path))
        json.dumps(problem.as_record(), allow_nan=False).encode("utf-8")
    assert conversion.lines or conversion.problems
    for line in conversion.lines:
        query = query_of({"entity_ids": [], **json.loads(line)})
        assert len({part.text for part in query.nbest}) == len(query.nbest) >= 1
    assert len(conversion.ids) == len(conversion.lines)
    return conversion.lines


@pytest.mark.parametrize("format_name", [None, *(known.name for known in JSON_FORMATS)])
@given(value=values, join=st.booleans())
@QUIET
def test_any_json(format_name: str | None, value: Any, join: bool) -> None:
    """Whatever JSON is in a file, it becomes queries or problems."""
    content = json.dumps(value).encode("ascii")
    if content.strip():
        convert_content(content, format_name, join=join)


@pytest.mark.parametrize("name", FILES)
@given(steps=changes)
@QUIET
def test_damaged_samples(name: str, steps: list[tuple[float, str, bytes]]) -> None:
    """A damaged output is read or refused, never more and never less."""
    convert_content(damaged((SAMPLES / name).read_bytes(), steps), None)


@pytest.mark.parametrize("format_name", [None, *NAMES])
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode()))
@QUIET
def test_any_bytes(format_name: str | None, content: bytes) -> None:
    """Whatever is in a file, in whatever format it is said to be."""
    convert_content(content, format_name)


words = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12
) | st.sampled_from(["shipping potato", "Schitt's Creek", "É"])
scores = st.none() | st.floats(-1e6, 0, allow_nan=False)
nbests = st.lists(st.tuples(words, scores), min_size=1, max_size=6, unique_by=lambda part: part[0])


@given(lists=st.lists(nbests, min_size=1, max_size=4))
@QUIET
def test_round_trip_of_our_own_format(lists: list[list[tuple[str, float | None]]]) -> None:
    """Texts, order and scores of our own lines come back as they were."""
    records = [
        {
            "id": f"q{number}",
            "nbest": [
                {"text": text} if score is None else {"text": text, "score": score}
                for text, score in nbest
            ],
        }
        for number, nbest in enumerate(lists)
    ]
    content = "".join(json.dumps(record) + "\n" for record in records).encode()
    assert [json.loads(line) for line in convert_content(content, "queries")] == records


@given(nbest=nbests)
@settings(QUIET, max_examples=15)
def test_round_trip_through_each_recogniser(nbest: list[tuple[str, float | None]]) -> None:
    """The same hypotheses in the form of each service give the same texts in the same order."""
    heard = [text for text, _ in nbest]
    documents = {
        "google": {"results": [{"alternatives": [{"transcript": text} for text in heard]}]},
        "aws": {
            "results": {"segments": [{"alternatives": [{"transcript": text} for text in heard]}]}
        },
        "azure": {"NBest": [{"Lexical": text} for text in heard]},
        "vosk": {"alternatives": [{"text": text} for text in heard]},
        "nemo": {"pred_text": heard[0], "beams": nbest},
        "sherpa-onnx": {"nbest": [{"text": t, "tokens": [], "timestamps": []} for t in heard]},
        "whisper": {"nbest": [{"text": text, "segments": []} for text in heard]},
    }
    for name, document in documents.items():
        for format_name in (name, None):
            [line] = convert_content(json.dumps(document).encode(), format_name)
            assert [part["text"] for part in json.loads(line)["nbest"]] == heard


@pytest.mark.parametrize("suffix", [".tsv", ".jsonl"])
@given(content=st.binary(max_size=60), steps=changes)
@QUIET
def test_any_labels(suffix: str, content: bytes, steps: list[tuple[float, str, bytes]]) -> None:
    """A labels file is read or refused with its name."""
    good = (SAMPLES / "labels.tsv").read_bytes() if suffix == ".tsv" else b'{"id": "q", '
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"labels{suffix}"
        for some in (content, damaged(good, steps)):
            path.write_bytes(some)
            try:
                labels = read_labels(path)
            except InputError as error:
                refused(error, path)
            else:
                assert all(isinstance(label["entity_ids"], list) for label in labels.values())


@pytest.mark.parametrize("name", FILES)
@given(steps=changes, skip=st.booleans(), join=st.booleans())
@settings(QUIET, max_examples=15)
def test_command_on_damaged_samples(
    name: str, steps: list[tuple[float, str, bytes]], skip: bool, join: bool
) -> None:
    """The command ends with 0 and a query file, or with 1 and one message; nothing gets lost."""
    content = damaged((SAMPLES / name).read_bytes(), steps)
    with tempfile.TemporaryDirectory() as folder:
        path, output = Path(folder) / name, Path(folder) / "q.jsonl"
        rejects = Path(folder) / "q.jsonl.rejects.jsonl"
        path.write_bytes(content)
        options = ["--skip-bad"] * skip + ["--join"] * join
        said, complained = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
            code = main(["nbest", "convert", str(path), "-o", str(output), *options])
        assert path.read_bytes() == content
        assert code in (0, 1)
        assert output.exists() == (code == 0)
        if code == 1:
            assert "error: " in complained.getvalue()
            return
        assert said.getvalue().startswith(str(output))
        labelled = Path(folder) / "labelled.jsonl"
        lines = output.read_text(encoding="utf-8").splitlines()
        labelled.write_text(
            "".join(json.dumps({"entity_ids": [], **json.loads(line)}) + "\n" for line in lines),
            encoding="utf-8",
        )
        assert len(read_queries(labelled)) == len(lines)
        assert rejects.exists() == ("left out" in complained.getvalue())
