"""A wrong or damaged index is never used."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest

from er_engine.cli import main
from er_engine.encoder.dummy import DummyEncoder
from index.layout import LAYOUT
from tests.e2e.failing import Command, write_catalog


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small index."""
    folder = tmp_path_factory.mktemp("indexes")
    catalog = write_catalog(folder / "catalog.jsonl")
    output = folder / "index"
    assert main(["index", "build", str(catalog), "-o", str(output), "--model", "dummy"]) == 0
    return output


@pytest.fixture
def index(built: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(built, tmp_path / "index"))


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line."""
    return Command(capsys)


def assert_refused(command: Command, index: Path, *words: str) -> None:
    """Neither resolve nor verify accepts the index, and both say why."""
    command.resolve(index, "knight rider").fails_saying(*words)
    command("index", "verify", index).fails_saying(*words)


@pytest.mark.parametrize("kind", ["missing", "empty", "file"])
def test_a_path_without_an_index_is_refused(kind, command, tmp_path):
    """The message names the path."""
    index = tmp_path / "somewhere"
    if kind == "empty":
        index.mkdir()
    elif kind == "file":
        index.write_text("no index", encoding="utf-8")
    assert_refused(command, index, str(index))
    command("index", "inspect", index).fails_saying(str(index))


@pytest.mark.parametrize("name", LAYOUT.data_files())
def test_one_changed_byte_is_found(name, command, index):
    """Whichever file it is in, and the message names the file."""
    path = index / name
    content = bytearray(path.read_bytes())
    if not content:
        pytest.skip("this file is empty")
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert_refused(command, index, name)


@pytest.mark.parametrize("name", LAYOUT.data_files())
def test_a_truncated_file_is_found(name, command, index):
    """Whichever file it is, and the message names the file."""
    path = index / name
    if not path.stat().st_size:
        pytest.skip("this file is empty")
    path.write_bytes(path.read_bytes()[:-1])
    assert_refused(command, index, name)


@pytest.mark.parametrize("name", LAYOUT.data_files())
def test_a_missing_file_is_found(name, command, index):
    """Whichever file it is, and the message names the file."""
    (index / name).unlink()
    assert_refused(command, index, name)


def test_one_changed_byte_of_the_manifest_is_found(command, index):
    """At any place: in a number, a name, a hash or the punctuation."""
    path = index / LAYOUT.manifest
    content = path.read_bytes()
    for place in range(0, len(content), 97):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(changed)
        command.resolve(index, "knight rider").fails_saying(str(index))


@pytest.mark.parametrize("size", [0, 1, 100, -1])
def test_a_truncated_manifest_is_found(size, command, index):
    """However little is left of it."""
    path = index / LAYOUT.manifest
    path.write_bytes(path.read_bytes()[:size])
    assert_refused(command, index, str(index))


def test_an_index_of_another_version_is_refused(command, index):
    """The message says both versions and what to do."""
    path = index / LAYOUT.manifest
    record = json.loads(path.read_text(encoding="utf-8"))
    record["format_version"] = 99
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    assert_refused(command, index, "version 99", "build the index again")


def test_an_index_of_another_encoder_is_refused(command, index, monkeypatch):
    """Vectors of two encoders can't be compared."""
    monkeypatch.setattr(DummyEncoder, "fingerprint", property(lambda _: "another"))
    command.resolve(index, "knight rider").fails_saying("encoder", "build the index again")


def test_a_missing_model_is_refused(command, index, tmp_path):
    """The message names the folder, for resolving and for building."""
    nowhere = tmp_path / "no-model"
    command("resolve", index, "knight rider", "--model", nowhere).fails_saying(str(nowhere))
    catalog = write_catalog(tmp_path / "catalog.jsonl")
    outcome = command("index", "build", catalog, "-o", tmp_path / "new", "--model", nowhere)
    outcome.fails_saying(str(nowhere))
    assert not (tmp_path / "new").exists()


def test_a_port_in_use_is_told(command, index):
    """The message names the port and how to choose another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        outcome = command("serve", index, "--port", port, "--model", "dummy")
    outcome.fails_saying(port, "in use", "--port")
