"""Every command of the README is run as it is written, in a copy of what it needs."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from er_engine.catalog import read_catalog
from er_engine.queries import read_queries
from er_engine.wire import ResolveRequest, ResolveResponse
from tests.e2e.serving import serving

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
SERVE = "er-engine serve "
# What `.ci/run` runs itself, and what takes minutes and needs a package of the system.
ELSEWHERE = ("make demo", "make test", "er-engine simulate ")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Step:
    """One command line or Python example, and how it ended."""

    text: str
    exit_code: int
    output: str


def is_run_here(language: str, text: str) -> bool:
    """Whether the blocks of the README that are neither served nor shapes of data include this."""
    return language in ("sh", "python") and SERVE not in text and "curl" not in text


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the README's commands read; the environment is the running one."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "data" / "samples", folder / "data" / "samples")
    shutil.copytree(ROOT / "training" / "configs", folder / "training" / "configs")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "out").mkdir()
    return folder


@pytest.fixture(scope="module")
def steps(workspace: Path) -> list[Step]:
    """The blocks of the README, run in order."""
    return [
        run(language, text, workspace) for language, text in BLOCKS if is_run_here(language, text)
    ]


def run(language: str, text: str, workspace: Path) -> Step:
    """Run one block; each block of commands starts with the environment active."""
    if language == "python":
        command = [sys.executable, "-c", text]
    else:
        command = ["bash", "-euo", "pipefail", "-c", f". .venv/bin/activate\n{text}"]
    done = subprocess.run(
        command,
        cwd=workspace,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Step(text, done.returncode, done.stdout)


def test_commands_of_the_readme_work(steps: list[Step]) -> None:
    """Each block of commands and of Python ends well."""
    failed = [step for step in steps if step.exit_code != 0]
    assert not failed, "\n\n".join(f"{step.text}\n{step.output}" for step in failed)


def test_commands_say_what_the_readme_says(steps: list[Step]) -> None:
    """Resolving "shipping potato" with the packaged model names the right show."""
    resolved = [step for step in steps if "resolve out/screen " in step.text]
    from_python = [step for step in steps if "Resolver(" in step.text]
    assert resolved
    assert from_python
    for step in [*resolved, *from_python]:
        assert "Chip and Potato" in step.output


def test_every_task_is_run_or_named() -> None:
    """No block of commands escapes: what is not run here is served below or run by CI itself."""
    for language, text in BLOCKS:
        if language == "" or "make" in text:
            assert all(line.startswith(ELSEWHERE) for line in text.splitlines() if line), text
        else:
            assert language in ("sh", "python", "json", "mermaid"), text


@pytest.fixture(scope="module")
def address(workspace: Path, steps: list[Step]) -> Iterator[str]:
    """The service as the README starts it, on a free port; the index was built by the steps."""
    assert steps
    line = next(text for language, text in BLOCKS if language == "sh" and SERVE in text)
    arguments = shlex.split(line)[2:]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving([word.replace("8000", str(port)) for word in arguments], workspace) as url:
        yield url


def test_requests_of_the_readme_are_answered(address: str) -> None:
    """The README's curl calls get answers of the documented shape."""
    block = next(text for _, text in BLOCKS if "curl" in text)
    answers = [curl(line, address) for line in block.splitlines()]
    first = ResolveResponse.model_validate(answers[0].json())
    assert first.candidates[0].name == "Chip and Potato"
    assert answers[1].json()["status"] == "ok"


def curl(line: str, address: str) -> httpx.Response:
    """Do what curl does with `-s`, `-H` and `-d`."""
    words = shlex.split(line)
    assert words[:2] == ["curl", "-s"]
    url = words[2].replace("http://127.0.0.1:8000", address)
    options = dict(zip(words[3::2], words[4::2], strict=True))
    if "-d" not in options:
        return httpx.get(url, timeout=60)
    name, _, value = options["-H"].partition(": ")
    return httpx.post(url, headers={name: value}, content=options["-d"], timeout=60)


def test_data_of_the_readme_can_be_read(tmp_path: Path) -> None:
    """The README's catalog line, query line and answer are what the readers take."""
    catalog, answer, query = [text for language, text in BLOCKS if language == "json"]
    (tmp_path / "catalog.jsonl").write_text(catalog, encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text(query, encoding="utf-8")
    entities = read_catalog(tmp_path / "catalog.jsonl").entities
    assert [item.name for item in entities] == ["Chip and Potato"]
    queries = read_queries(tmp_path / "queries.jsonl")
    assert len(queries[0].nbest) == 2
    assert ResolveResponse.model_validate_json(answer).candidates[0].id == entities[0].id
    assert ResolveRequest.model_validate(json.loads(query)).hypotheses() == queries[0].nbest
