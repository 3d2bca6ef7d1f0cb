"""What the tests of the command line share."""

from pathlib import Path

import pytest

from er_engine.cli import main
from tests.e2e.failing import Command, write_catalog


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small index."""
    folder = tmp_path_factory.mktemp("queries")
    catalog = write_catalog(folder / "catalog.jsonl")
    output = folder / "index"
    assert main(["index", "build", str(catalog), "-o", str(output), "--model", "dummy"]) == 0
    return output


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line."""
    return Command(capsys)
