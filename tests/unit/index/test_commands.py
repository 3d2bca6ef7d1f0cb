"""`er-engine index`: build, inspect and verify, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from er_engine.cli import main

CATALOG = (
    '{"id": "tv1", "name": "Chip and Potato", "type": "tv", "attributes": {"city": "Bath"}}\n'
    '{"id": "tv2", "name": "[b]Creek[/b]"}\n'
)


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A catalog of two entities."""
    path = tmp_path / "catalog.jsonl"
    path.write_text(CATALOG)
    return path


def build(catalog: Path, output: Path, *more: str) -> int:
    """Run `er-engine index build` with the dummy model."""
    return main(["index", "build", str(catalog), "-o", str(output), "--model", "dummy", *more])


def test_build_inspect_verify(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An index is built, shown with phonemes and found sound."""
    index = tmp_path / "ix"
    assert build(catalog, index, "--surface-form", "{name} {city}") == 0
    assert "2 entities" in capsys.readouterr().out
    assert main(["index", "inspect", str(index)]) == 0
    shown = capsys.readouterr().out
    for expected in ("Chip and Potato", "tʃ ɪ p", "[b]Creek[/b]", "lexicon-", "dummy-64"):
        assert expected in shown
    assert main(["index", "verify", str(index)]) == 0
    assert "every hash and count is right" in capsys.readouterr().out


def test_inspect_json(catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` gives the manifest and the entities asked for."""
    build(catalog, tmp_path / "ix")
    capsys.readouterr()
    assert main(["index", "inspect", str(tmp_path / "ix"), "--json", "--entities", "1"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["manifest"]["entities"] == 2
    assert [entity["id"] for entity in shown["entities"]] == ["tv1"]
    assert shown["entities"][0]["surface_forms"][0]["phonemes"].startswith("tʃ ɪ p | ")


def test_verify_reports_damage(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A damaged index gives exit code 1 and names the file."""
    build(catalog, tmp_path / "ix")
    (tmp_path / "ix" / "popularity.npy").write_bytes(b"")
    assert main(["index", "verify", str(tmp_path / "ix")]) == 1
    assert "popularity.npy has 0 bytes" in capsys.readouterr().err


def test_wrong_line_stops_the_build(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --skip-bad nothing is built, and the line is named."""
    catalog.write_text(CATALOG + "{}\n")
    assert build(catalog, tmp_path / "ix") == 1
    assert "line 3, field 'id': missing" in capsys.readouterr().err
    assert not (tmp_path / "ix").exists()


@pytest.mark.parametrize("named", [True, False])
def test_skip_bad_writes_the_rejects(catalog: Path, tmp_path: Path, named: bool) -> None:
    """With --skip-bad the rest is built; the rejects go to a file, named or beside the index."""
    catalog.write_text(CATALOG + '{"id": "x"}\n')
    path = tmp_path / ("mine.jsonl" if named else "ix.rejects.jsonl")
    more = ["--rejects", str(path)] if named else []
    assert build(catalog, tmp_path / "ix", "--skip-bad", *more) == 0
    assert json.loads(path.read_text())["record"] == '{"id": "x"}'
    catalog.write_text(CATALOG)
    assert build(catalog, tmp_path / "ix", "--skip-bad", *more) == 0
    assert not path.exists()  # nothing was left out of the index that is there now


def test_failed_build_leaves_the_rejects_alone(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They belong to the index that is there; the problems are listed all the same."""
    path = tmp_path / "ix.rejects.jsonl"
    catalog.write_text(CATALOG + '{"id": "x"}\n')
    wrong = ("--skip-bad", "--surface-form", "{name} {ctiy}")
    assert build(catalog, tmp_path / "ix", *wrong) == 1
    said = capsys.readouterr().err
    assert "1 wrong record left out:\n" in said
    assert "line 3, field 'name': missing" in said
    assert "written to" not in said
    assert not path.exists()
    path.write_text("of an earlier build")
    assert build(catalog, tmp_path / "ix", *wrong) == 1
    catalog.write_text(CATALOG)
    assert build(catalog, tmp_path / "ix", *wrong) == 1
    assert path.read_text() == "of an earlier build"


def test_build_without_skip_bad_leaves_the_rejects_alone(catalog: Path, tmp_path: Path) -> None:
    """They may be what is built: rejects that were corrected."""
    path = tmp_path / "ix.rejects.jsonl"
    catalog.rename(path)
    assert build(path, tmp_path / "ix") == 0
    assert path.read_text() == CATALOG


@pytest.mark.parametrize(
    ("name", "said"), [("ix", "where the index will be"), ("ix/r.jsonl", "where"), ("", "a folder")]
)
def test_rejects_in_the_way_are_refused(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    """A file that can't be written beside the index is told before the build."""
    rejects = ("--rejects", str(tmp_path / name))
    assert build(catalog, tmp_path / "ix", "--skip-bad", *rejects) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "ix").exists()


def test_rejects_never_overwrite_the_catalog(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rejects file that is the catalog itself is refused, and the catalog is as it was."""
    content = CATALOG + '{"id": "x"}\n'
    catalog.write_text(content)
    assert build(catalog, tmp_path / "ix", "--skip-bad", "--rejects", str(catalog)) == 1
    assert "this file is read; name another one" in capsys.readouterr().err
    assert catalog.read_text() == content


def test_rejects_without_skip_bad_are_refused(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that nothing would be written to is not asked for in vain."""
    assert build(catalog, tmp_path / "ix", "--rejects", str(tmp_path / "r.jsonl")) == 1
    assert "without --skip-bad" in capsys.readouterr().err


def test_unknown_field_of_a_template_is_named(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A template with a field that no entity has stops the build and lists those there are."""
    assert build(catalog, tmp_path / "ix", "--surface-form", "{name} {ctiy}") == 1
    printed = capsys.readouterr().err
    assert "no entity has the field 'ctiy'; the catalog has: city, name, type" in printed
    assert not (tmp_path / "ix").exists()


def test_control_characters_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`inspect` shows an ESC in a name as an escape."""
    catalog = tmp_path / "catalog.jsonl"
    catalog.write_text(json.dumps({"id": "a", "name": "Chip \x1b[2J"}))
    build(catalog, tmp_path / "ix")
    capsys.readouterr()
    assert main(["index", "inspect", str(tmp_path / "ix")]) == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "Chip \\x1b[2J" in printed


def test_other_folder_is_refused(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`-o` onto a folder with other things fails and deletes nothing."""
    assert build(catalog, tmp_path) == 1
    assert "something else than an index" in capsys.readouterr().err
    assert catalog.read_text() == CATALOG


@pytest.mark.parametrize(
    "arguments",
    [["index"], ["index", "build", "c.jsonl"], ["index", "inspect", "ix", "--entities", "0"]],
)
def test_wrong_usage(arguments: list[str]) -> None:
    """Wrong usage gives exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
