"""Facts from the command line, with the packaged model: build a catalog with attributes, ask."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from er_engine.cli import main

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
# Of the sample catalog, to be quick.
ENTITIES = 60
ASKED = (
    ("pride and prejudice by jane austen", "Pride and Prejudice"),
    ("the jane austen novel persuasion", "Persuasion"),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the first sample books."""
    folder = tmp_path_factory.mktemp("facts")
    lines = (SAMPLES / "books.jsonl").read_text(encoding="utf-8").splitlines()[:ENTITIES]
    (folder / "books.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main(["index", "build", str(folder / "books.jsonl"), "-o", str(folder / "index")]) == 0
    return folder / "index"


@pytest.mark.parametrize(("text", "name"), ASKED)
def test_an_author_decides(
    index: Path, capsys: pytest.CaptureFixture[str], text: str, name: str
) -> None:
    """The book is found by its title and its author, far ahead of the others of that author."""
    capsys.readouterr()
    assert main(["resolve", str(index), text, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["decision"] == "match"
    assert answer["candidates"][0]["name"] == name


def test_an_author_alone_finds_his_books(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without any title, the books of the author come first."""
    capsys.readouterr()
    assert main(["resolve", str(index), "a book by jane austen", "-k", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["candidates"]
    lines = (index.parent / "books.jsonl").read_text(encoding="utf-8").splitlines()
    author_of = {book["id"]: book["attributes"]["author"] for book in map(json.loads, lines)}
    assert {author_of[candidate["id"]] for candidate in found} == {"Jane Austen"}
