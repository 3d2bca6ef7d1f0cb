"""`er-engine nbest convert` from the command line: files in, a query file or a message out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from er_engine.cli import main
from er_engine.queries import read_queries

SAMPLES = Path(__file__).resolve().parents[4] / "data" / "samples" / "asr"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def convert(*arguments: str | Path) -> int:
    """Exit code of the command."""
    return main(["nbest", "convert", *map(str, arguments)])


def test_converts_and_says_what_came_of_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The summary counts queries, hypotheses and formats; unlabelled queries are pointed out."""
    assert convert(SAMPLES / "google.json", SAMPLES / "nbest.tsv", "-o", "q.jsonl") == 0
    out, err = capsys.readouterr()
    assert out == "q.jsonl: 3 queries, 6 hypotheses from 2 files (google 1, tsv 1)\n"
    assert "--labels" in err
    assert len(Path("q.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_labelled_queries_can_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With labels the output is a query file; labels of no query are told."""
    inputs = [SAMPLES / "google.json", SAMPLES / "nbest.tsv"]
    labels = (SAMPLES / "labels.tsv").read_text(encoding="utf-8")
    Path("labels.tsv").write_text(f"{labels}nothing\ttv3\n", encoding="utf-8")
    assert convert(*inputs, "-o", "q.jsonl.gz", "--labels", "labels.tsv") == 0
    assert [(query.id, query.entity_ids) for query in read_queries("q.jsonl.gz")] == [
        ("google", ("tv1",)),
        ("q1", ("tv1",)),
        ("q2", ("tv2",)),
    ]
    assert "1 label of no query: nothing" in capsys.readouterr().err


def test_labels_can_come_later(folder: Path) -> None:
    """What was written without labels is an input as well."""
    assert convert(SAMPLES / "nbest.tsv", "-o", "heard.jsonl") == 0
    Path("labels.tsv").write_text("q1\ttv1\nq2\t\n", encoding="utf-8")
    assert convert("heard.jsonl", "-o", "q.jsonl", "--labels", "labels.tsv") == 0
    assert [query.entity_ids for query in read_queries("q.jsonl")] == [("tv1",), ()]


def test_wrong_input_stops_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --skip-bad every problem is listed, and the output stays as it was."""
    Path("a.tsv").write_text("q1\tgood\nq2\t \nq3 x\nq4\ty\nq5\tz\n", encoding="utf-8")
    Path("q.jsonl").write_text("old", encoding="utf-8")
    assert convert("a.tsv", "-o", "q.jsonl") == 1
    err = capsys.readouterr().err
    assert "2 records" in err
    assert "a.tsv, line 2" in err
    assert "a.tsv, line 3" in err
    assert "--skip-bad" in err
    assert Path("q.jsonl").read_text(encoding="utf-8") == "old"


def test_skipped_records_are_kept_aside(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --skip-bad the rest is written, and each rejected record whole, as it was."""
    Path("a.tsv").write_bytes(b"q1\tgood\nq2\t \nq3\t\xff\n")
    assert convert("a.tsv", "-o", "q.jsonl", "--skip-bad", "--format", "tsv") == 0
    rejects = Path("q.jsonl.rejects.jsonl").read_text(encoding="utf-8").splitlines()
    first, second = map(json.loads, rejects)
    assert (first["line"], first["record"]) == (2, "q2\t ")
    assert (second["line"], second["record_base64"]) == (3, "cTMJ/wo=")
    assert "2 records left out" in capsys.readouterr().err


def test_nothing_left_is_a_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty query file helps nobody; the rejects are there all the same."""
    Path("a.tsv").write_text("q1\t \n", encoding="utf-8")
    assert convert("a.tsv", "-o", "q.jsonl", "--skip-bad", "--rejects", "r.jsonl") == 1
    assert "no utterance is left" in capsys.readouterr().err
    assert Path("r.jsonl").exists()
    assert not Path("q.jsonl").exists()


def test_folder_stands_for_its_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The files of a folder are read in order of their names, hidden ones not."""
    (folder / "heard").mkdir()
    for name in ("b.json", "a.json", ".hidden"):
        (folder / "heard" / name).write_text('{"text": "hi"}', encoding="utf-8")
    assert convert("heard", "-o", "q.jsonl") == 0
    lines = Path("q.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["a", "b"]
    (folder / "empty").mkdir()
    assert convert("empty", "-o", "q.jsonl") == 1
    assert "no file in this folder" in capsys.readouterr().err


def test_costs_of_kaldi(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Costs make scores; they belong to Kaldi's format, which has to be named."""
    costs = [f"--costs={SAMPLES / 'kaldi_acwt.txt'}@0.1", f"--costs={SAMPLES / 'kaldi_lmwt.txt'}"]
    nbest = SAMPLES / "kaldi_nbest.txt"
    assert convert(nbest, "-o", "q.jsonl", *costs) == 1
    assert "--format kaldi" in capsys.readouterr().err
    assert convert(nbest, "-o", "q.jsonl", "--format", "kaldi", *costs) == 0
    assert Path("q.jsonl").read_text(encoding="utf-8").count('"score"') == 5


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("utt-1 1.0\n", "not in each file"),
        ("utt-1\n", "line 1"),
        ("utt-1 nan\n", "field 'cost'"),
        ("utt-1 1\nutt-1 2\n", "earlier line"),
        ("", "empty"),
    ],
)
def test_wrong_costs(
    folder: Path, capsys: pytest.CaptureFixture[str], content: str, words: str
) -> None:
    """Costs of other keys, no number, or twice the same key are told with the file."""
    Path("costs").write_text(content, encoding="utf-8")
    acoustic = SAMPLES / "kaldi_acwt.txt"
    arguments = ["-o", "q.jsonl", "--format", "kaldi", f"--costs={acoustic}", "--costs=costs"]
    assert convert(SAMPLES / "kaldi_nbest.txt", *arguments) == 1
    err = capsys.readouterr().err
    assert "costs" in err
    assert words in err


def test_missing_cost_names_the_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A hypothesis without a cost would be ranked by nothing."""
    Path("costs").write_text("spk1-utt1-1 1.0\n", encoding="utf-8")
    arguments = ["-o", "q.jsonl", "--format", "kaldi", "--costs", "costs"]
    assert convert(SAMPLES / "kaldi_nbest.txt", *arguments) == 1
    assert "spk1-utt1-2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.json", "-o", "q.json"], ".jsonl"),
        (["a.json", "-o", "none/q.jsonl"], "no folder none"),
        (["a.jsonl", "-o", "a.jsonl"], "this file is read"),
        (["a.json", "-o", "l.jsonl", "--labels", "l.jsonl"], "this file is read"),
        (["a.json", "-o", "q.jsonl", "--skip-bad", "--rejects", "a.json"], "this file is read"),
        (["a.json", "-o", "q.jsonl", "--skip-bad", "--rejects", "q.jsonl"], "same file"),
        (["nowhere.json", "-o", "q.jsonl"], "no such file"),
    ],
)
def test_nothing_that_was_handed_in_is_overwritten(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """Outputs that are inputs, and folders that are not there, are found before the work."""
    for name in ("a.json", "a.jsonl", "l.jsonl"):
        (folder / name).write_text('{"id": "a", "text": "hi", "entity_ids": []}', encoding="utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert convert(*arguments) == 1
    assert words in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("costs", ["a@-1", "a@inf", "a@nan"])
def test_scale_has_to_make_sense(costs: str) -> None:
    """A scale below 0 would turn costs round: wrong usage."""
    with pytest.raises(SystemExit) as stopped:
        convert("a", "-o", "q.jsonl", "--costs", costs)
    assert stopped.value.code == 2
