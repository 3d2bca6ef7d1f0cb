"""The service as a process: from index folders to answers over HTTP, without a trained model."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from er_engine.cli import main
from tests.e2e.serving import serving

CATALOGS = {
    "shows": (
        '{"id": "s1", "name": "Chip and Potato", "type": "tv"}',
        '{"id": "s2", "name": "Lost"}',
    ),
    "people": ('{"id": "p1", "name": "Janice Oneill"}',),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two indexes, built with the dummy encoder."""
    root = tmp_path_factory.mktemp("service")
    for name, lines in CATALOGS.items():
        catalog = root / f"{name}.jsonl"
        catalog.write_text("\n".join(lines) + "\n", encoding="utf-8")
        assert (
            main(["index", "build", str(catalog), "-o", str(root / name), "--model", "dummy"]) == 0
        )
    return root


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The service of both indexes."""
    # Many ask at once, however slow the machine is.
    patient = ["--max-wait-seconds", "60"]
    with serving(["shows", "people", "--port", "0", "--model", "dummy", *patient], folder) as url:
        yield url


def test_service_answers_from_real_indexes(address: str) -> None:
    """A query is answered from the first catalog, or from the one it names."""
    query = {"nbest": [{"text": "chip potato", "score": -2.0}, {"text": "janice"}], "k": 1}
    first = httpx.post(f"{address}/v1/resolve", json=query).json()
    other = httpx.post(f"{address}/v1/catalogs/people/resolve", json=query).json()
    assert [item["id"] for item in first["candidates"]] == ["s1"]
    assert [item["id"] for item in other["candidates"]] == ["p1"]


def test_service_answers_many_clients(address: str) -> None:
    """Requests that come at once all get the answer that each would get alone."""
    from concurrent.futures import ThreadPoolExecutor

    def ask(text: str) -> str:
        body = {"nbest": [{"text": text}], "k": 1}
        answer = httpx.post(f"{address}/v1/resolve", json=body, timeout=60).json()
        return str(answer["candidates"][0]["id"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, ["chip potato", "lost"] * 16)) == ["s1", "s2"] * 16


@pytest.mark.parametrize("text", ["!!!", "♥", " "])
def test_query_that_nobody_can_say_is_refused(address: str, text: str) -> None:
    """A query of symbols alone gets a client error with a message."""
    answer = httpx.post(f"{address}/v1/resolve", json={"nbest": [{"text": text}]})
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_second_service_is_told_that_the_port_is_taken(folder: Path) -> None:
    """A port in use ends the command with exit code 1 and a message, without a traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "er_engine.cli", "serve", "shows", "--port", port],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: can't listen on 127.0.0.1:")
    assert "Traceback" not in done.stderr


def test_damaged_model_ends_the_service(folder: Path) -> None:
    """A model that can't be loaded ends the command with its message."""
    other = folder / "other"
    other.mkdir(exist_ok=True)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "er_engine.cli",
            "serve",
            "shows",
            "--port",
            "0",
            "--model",
            "other",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
