from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.demo import CATALOGS, MISHEARD, main


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """Sample catalogs of the names in the demo, each with two queries."""
    folder = tmp_path / "samples"
    folder.mkdir()
    for catalog in CATALOGS:
        names = [item.said for item in MISHEARD if item.catalog == catalog and item.said]
        entities = [{"id": f"e{row}", "name": name} for row, name in enumerate(names)]
        queries = [
            {"id": "right", "nbest": [{"text": names[0]}], "entity_ids": ["e0"]},
            {"id": "nothing", "nbest": [{"text": "something else"}], "entity_ids": []},
        ]
        write(folder / f"{catalog}.jsonl", entities)
        write(folder / f"{catalog}_queries.jsonl", queries)
    return folder


def write(path: Path, records: list[dict[str, object]]) -> None:
    """Write JSONL."""
    path.write_text("".join(json.dumps(item) + "\n" for item in records), encoding="utf-8")


def test_demo_shows_answers_and_error_rates(
    samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The demo prints every misheard text with its phonemes and an answer, then an evaluation."""
    options = ["--samples", str(samples), "--output", str(tmp_path / "out"), "--model", "dummy"]
    assert main(options) == 0
    first = capsys.readouterr().out
    for item in MISHEARD:
        assert item.heard in first
    assert "ʃɪpɪŋ pəteɪtoʊ" in first
    assert "Chip and Potato" in first
    assert "Error rate @1" in first
    assert "lexical is" in first
    assert main(options) == 0
    assert capsys.readouterr().out.count("built before") == len(CATALOGS)


def test_changed_catalog_is_built_again(
    samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An index that was built of another catalog is not used."""
    options = ["--samples", str(samples), "--output", str(tmp_path / "out"), "--model", "dummy"]
    main(options)
    with (samples / "books.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "new", "name": "A New Book"}\n')
    capsys.readouterr()
    assert main(options) == 0
    printed = capsys.readouterr().out
    assert printed.count("built before") == len(CATALOGS) - 1
    assert "books: 4 entities" in printed


def test_damaged_index_is_built_again(
    samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An index that can't be opened, such as one of an older version, does not stop the demo."""
    options = ["--samples", str(samples), "--output", str(tmp_path / "out"), "--model", "dummy"]
    main(options)
    (tmp_path / "out" / "books" / "entities.sqlite").unlink()
    capsys.readouterr()
    assert main(options) == 0
    assert capsys.readouterr().out.count("built before") == len(CATALOGS) - 1


def test_missing_samples_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the sample catalogs the demo says where it looked, and fails."""
    code = main(["--samples", str(tmp_path / "none"), "--model", "dummy"])
    assert code == 1
    assert f"no sample catalog at {tmp_path / 'none' / 'screen.jsonl'}" in capsys.readouterr().err
