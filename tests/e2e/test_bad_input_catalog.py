"""A wrong catalog is told plainly, and nothing that was there is lost."""

from __future__ import annotations

import gzip
import json
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.failing import LINES, NAMES, Command, content_of, write_catalog

BAD_FILES = {
    "empty file": ("catalog.jsonl", b"", ["empty"]),
    "only blank lines": ("catalog.jsonl", b"\n \n\n", ["no record"]),
    "malformed line": (
        "catalog.jsonl",
        b'{"id": "a", "name": "A b"}\n{"id": "b", "name": \n',
        ["catalog.jsonl, line 2", "not JSON"],
    ),
    "not an object": ("catalog.jsonl", b'["a", "b"]\n', ["line 1", "not a JSON object"]),
    "duplicate id": (
        "catalog.jsonl",
        b'{"id": "a", "name": "A b"}\n\n{"id": "a", "name": "C d"}\n',
        ["line 3, field 'id', value 'a'", "line 1 has the same id"],
    ),
    "missing id": ("catalog.jsonl", b'{"name": "A b"}\n', ["line 1, field 'id'", "missing"]),
    "missing name": ("catalog.jsonl", b'{"id": "a"}\n', ["line 1, field 'name'", "missing"]),
    "empty name": ("catalog.jsonl", b'{"id": "a", "name": " "}\n', ["field 'name'", "empty"]),
    "number as name": (
        "catalog.jsonl",
        b'{"id": "a", "name": 7}\n',
        ["field 'name', value 7", "must be a text, not a number"],
    ),
    "text as aliases": (
        "catalog.jsonl",
        b'{"id": "a", "name": "A b", "aliases": "A"}\n',
        ["field 'aliases', value 'A'", "must be a list of texts"],
    ),
    "text as popularity": (
        "catalog.jsonl",
        b'{"id": "a", "name": "A b", "popularity": "high"}\n',
        ["field 'popularity', value 'high'", "must be a number"],
    ),
    "unreadable pronunciation": (
        "catalog.jsonl",
        b'{"id": "a", "name": "A b", "pronunciations": ["??"]}\n',
        ["field 'pronunciations'"],
    ),
    "not UTF-8": (
        "catalog.jsonl",
        '{"id": "a", "name": "Amélie"}\n'.encode("latin-1"),
        ["line 1", "not UTF-8", "0xe9"],
    ),
    "million-character name": (
        "catalog.jsonl",
        b'{"id": "a", "name": "' + b"x" * 1_000_000 + b'"}\n',
        ["line 1, field 'name'", "1,000,000 characters long"],
    ),
    "CSV without header": (
        "catalog.csv",
        b"a,Chip and Potato\nb,Knight Rider\n",
        ["line 1", "header", "'id' and 'name'"],
    ),
    "CSV with a cell too many": (
        "catalog.csv",
        b"id,name\na,Chip\nb,Potatoes, hot\n",
        ["line 3", "3 cells", "2 columns"],
    ),
    "damaged gzip": (
        "catalog.jsonl.gz",
        gzip.compress("\n".join(LINES).encode(), mtime=0)[:-12],
        ["damaged gzip"],
    ),
    "no Parquet": ("catalog.parquet", b"PAR1 not really PAR1", ["catalog.parquet"]),
    "unknown kind": ("catalog.xml", b"<catalog/>", [".xml", ".jsonl"]),
}


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line."""
    return Command(capsys)


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_wrong_catalog_is_refused_and_the_old_index_stays(name, command, tmp_path):
    """The message says what is wrong and where; the index that was there is untouched."""
    file_name, content, words = BAD_FILES[name]
    index = tmp_path / "out" / "index"
    assert command.build(write_catalog(tmp_path / "good.jsonl"), index).code == 0
    before = content_of(tmp_path / "out")
    catalog = tmp_path / file_name
    catalog.write_bytes(content)
    outcome = command.build(catalog, index)
    outcome.fails_saying(*words)
    assert len(outcome.err) < 1_000
    assert content_of(tmp_path / "out") == before


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_catalog_that_is_no_file_is_refused(kind, command, tmp_path):
    """A path without a file, or to a folder, is named."""
    catalog = tmp_path / "nowhere.jsonl"
    if kind == "folder":
        catalog.mkdir()
    outcome = command.build(catalog, tmp_path / "index")
    outcome.fails_saying(str(catalog), "no such file" if kind == "missing" else "not a file")
    assert not (tmp_path / "index").exists()


def test_the_first_twenty_problems_are_listed(command, tmp_path):
    """Of 25 wrong lines 20 are listed, and how many more there are."""
    wrong = [json.dumps({"id": f"w{number}"}) for number in range(25)]
    catalog = write_catalog(tmp_path / "catalog.jsonl", [*LINES, *wrong])
    outcome = command.build(catalog, tmp_path / "index")
    outcome.fails_saying("25 records are wrong", "line 6,", "line 25,", "and 5 more", "--skip-bad")
    assert "line 26," not in outcome.err
    assert not (tmp_path / "index").exists()


def test_skip_bad_builds_the_rest_and_keeps_the_rejects(command, tmp_path):
    """Good lines are indexed; each wrong one is in the rejects file as it was, with the reason."""
    wrong = ['{"id": "w1"}', '{"id": "e1", "name": "Again"}', '{"id": "w2", "na', b"\xff\xfe"]
    catalog = write_catalog(tmp_path / "catalog.jsonl", [*LINES, *wrong])
    outcome = command.build(catalog, tmp_path / "index", "--skip-bad")
    assert outcome.code == 0, outcome.err
    rejects = [path for path in tmp_path.rglob("*") if "reject" in path.name]
    assert len(rejects) == 1
    assert rejects[0].name in (outcome.out + outcome.err).replace("\n", "")
    records = [json.loads(line) for line in rejects[0].read_text(encoding="utf-8").splitlines()]
    assert [record["line"] for record in records] == [6, 7, 8, 9]
    assert [record.get("record") for record in records] == [*wrong[:3], None]
    assert records[3]["record_base64"] == "//4K"
    assert all(record["problem"] for record in records)
    for name in NAMES:
        found = command.resolve(tmp_path / "index", name, "--json")
        assert json.loads(found.out)["candidates"][0]["name"] == name
    assert command("index", "verify", tmp_path / "index").code == 0


def test_skip_bad_needs_one_good_record(command, tmp_path):
    """With nothing but wrong lines there is no index."""
    catalog = write_catalog(tmp_path / "catalog.jsonl", ['{"id": "w1"}', "{"])
    command.build(catalog, tmp_path / "index", "--skip-bad").fails_saying("no record", "line 1")
    assert not (tmp_path / "index").exists()


def test_an_unknown_language_is_refused(command, tmp_path):
    """The message names the language."""
    catalog = write_catalog(tmp_path / "catalog.jsonl")
    outcome = command.build(catalog, tmp_path / "index", "--lang", "xx-nowhere")
    outcome.fails_saying("xx-nowhere")
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize(
    "template", ["{name", "{}", "{name!x}", "{name:>9}", "{name.real}", "no field"]
)
def test_a_wrong_template_is_refused(template, command, tmp_path):
    """The message shows the template."""
    catalog = write_catalog(tmp_path / "catalog.jsonl")
    outcome = command.build(catalog, tmp_path / "index", "--surface-form", template)
    outcome.fails_saying(template)
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize("there", ["file", "folder of something else"])
def test_an_output_that_is_no_index_is_left_alone(there, command, tmp_path):
    """A build overwrites nothing but an index."""
    output = tmp_path / "thesis"
    if there != "file":
        output.mkdir()
    precious = output if there == "file" else output / "thesis.txt"
    precious.write_text("years of work", encoding="utf-8")
    catalog = write_catalog(tmp_path / "catalog.jsonl")
    command.build(catalog, output).fails_saying(str(output))
    assert precious.read_text(encoding="utf-8") == "years of work"


@pytest.mark.parametrize("limit", [300, 5_000, 9_000])
def test_no_space_while_writing_keeps_the_old_index(limit, command, tmp_path):
    """A file that can't grow (as on a full disk) stops the build; no half of an index is left."""
    index = tmp_path / "out" / "index"
    catalog = write_catalog(tmp_path / "catalog.jsonl")
    assert command.build(catalog, index).code == 0
    before = content_of(tmp_path / "out")

    def limit_file_size() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    arguments = ["index", "build", str(catalog), "-o", str(index), "--model", "dummy"]
    done = subprocess.run(
        [sys.executable, "-B", "-m", "er_engine.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit_file_size,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {index}: "), done.stderr
    assert "; free some space, then run the same again" in done.stderr
    assert "Traceback" not in done.stderr
    assert content_of(tmp_path / "out") == before
