"""Every example of docs/http.md is run, in order, against a service as the page starts it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from er_engine.cli import main
from tests.e2e.serving import serving

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"
# A status of 400 or more ends the block.
CURL = 'curl() { command curl --fail-with-body --max-time 60 "$@"; }\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample index of the page, with the dummy encoder, in a folder of its own."""
    root = tmp_path_factory.mktemp("http_docs")
    catalog = str(ROOT / "data" / "samples" / "screen.jsonl")
    out = str(root / "out" / "screen")
    assert main(["index", "build", catalog, "-o", out, "--model", "dummy"]) == 0
    return root


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The service."""
    arguments = ["out/screen", "--data-dir", "out/data", "--port", "0", "--model", "dummy"]
    with serving(arguments, folder) as url:
        yield url


def run(command: list[str], folder: Path) -> None:
    """Run an example; it has to end well."""
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout}"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_examples_work(folder: Path, address: str) -> None:
    """All blocks of commands end well, one after the other."""
    blocks = [text for language, text in BLOCKS if language == "sh"]
    assert len(blocks) == 10
    for text in blocks:
        script = CURL + text.replace(ADDRESS, address)
        run(["bash", "-euo", "pipefail", "-c", script], folder)


def test_python_example_works(folder: Path, address: str) -> None:
    """The client's example ends well."""
    (text,) = [text for language, text in BLOCKS if language == "python"]
    run([sys.executable, "-c", text.replace(ADDRESS, address)], folder)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_javascript_example_works(folder: Path, address: str) -> None:
    """The example for browsers ends well in Node.js, too."""
    (text,) = [text for language, text in BLOCKS if language == "js"]
    run(["node", "--input-type=module", "-e", text.replace(ADDRESS, address)], folder)
