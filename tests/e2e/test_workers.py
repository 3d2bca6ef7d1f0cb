"""Several processes behind one address: one writes, all see it, and each may die."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from er_engine.cli import main
from tests.e2e.serving import serving

CATALOG = '{"id": "s1", "name": "Chip and Potato"}\n{"id": "s2", "name": "Lost"}\n'
ENTITIES = "/v1/catalogs/shows/entities"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index, built with the dummy encoder."""
    root = tmp_path_factory.mktemp("workers")
    catalog = root / "shows.jsonl"
    catalog.write_text(CATALOG)
    assert (
        main(["index", "build", str(catalog), "-o", str(root / "shows"), "--model", "dummy"]) == 0
    )
    return root


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A service of a writer and two workers."""
    arguments = ["shows", "--data-dir", "data", "--workers", "2", "--model", "dummy", "--port", "0"]
    # Many are asked at once here, however slow the machine is.
    patient = ["--max-wait-seconds", "60", "--log-level", "error"]
    with serving([*arguments, *patient], folder) as url:
        yield url


def first(address: str, text: str) -> str:
    """The id of the best candidate, asked on a connection of its own."""
    body = {"nbest": [{"text": text}], "k": 1}
    answer = httpx.post(f"{address}/v1/resolve", json=body, timeout=60).raise_for_status()
    return str(answer.json()["candidates"][0]["id"])


def eventually(check: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 60
    while not check():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.2)


def test_every_worker_sees_what_was_acknowledged(address: str) -> None:
    """A change is made by the writer, and the next query of any worker finds it, or no more."""
    put = httpx.put(f"{address}{ENTITIES}/h1", json={"name": "Hotel Tango"}, timeout=60)
    assert put.status_code == 201
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: first(address, "hotel tango"), range(24))) == {"h1"}
    refused = httpx.put(
        f"{address}{ENTITIES}/h1", json={"name": "x"}, headers={"If-Match": '"1"'}, timeout=60
    )
    assert refused.status_code == 412
    assert refused.headers["content-type"] == "application/problem+json"
    assert httpx.delete(f"{address}{ENTITIES}/h1", timeout=60).status_code == 204
    with ThreadPoolExecutor(8) as pool:
        assert "h1" not in set(pool.map(lambda _: first(address, "hotel tango"), range(24)))


def test_bulk_goes_through(address: str) -> None:
    """A body without a length reaches the writer whole."""
    lines = [json.dumps({"id": f"b{n}", "name": f"Bulk number {n}"}) + "\n" for n in range(300)]
    answer = httpx.post(
        f"{address}{ENTITIES}",
        content=(line.encode() for line in lines),
        headers={"Content-Type": "application/x-ndjson"},
        timeout=60,
    )
    assert answer.json()["stored"] == 300
    found = httpx.get(f"{address}{ENTITIES}/b299", timeout=60).json()
    assert found["name"] == "Bulk number 299"


def test_new_catalog_is_served_by_all(address: str) -> None:
    """A catalog that is made of an upload is answered by every worker, and gone when deleted."""
    catalogs = f"{address}/v1/catalogs"
    made = httpx.post(
        f"{catalogs}?name=more",
        content=b'{"id": "m1", "name": "Sierra Nevada"}\n',
        headers={"Content-Type": "application/x-ndjson"},
        timeout=60,
    )
    assert made.status_code == 202
    eventually(lambda: httpx.get(f"{catalogs}/more", timeout=60).json().get("state") == "ready")
    body = {"nbest": [{"text": "sierra nevada"}]}
    for _ in range(12):
        answer = httpx.post(f"{catalogs}/more/resolve", json=body, timeout=60).json()
        assert answer["candidates"][0]["id"] == "m1"
    assert httpx.delete(f"{catalogs}/more", timeout=60).status_code == 204
    eventually(
        lambda: (
            {
                httpx.post(f"{catalogs}/more/resolve", json=body, timeout=60).status_code
                for _ in range(8)
            }
            == {404}
        )
    )


def test_upload_that_is_cut_off_frees_its_name(address: str) -> None:
    """Who loses the connection can send again at once, and it counts as no failure of ours."""
    host, _, port = address.removeprefix("http://").partition(":")
    head = f"POST /v1/catalogs?name=cut HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/csv\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"{head}Content-Length: 1000\r\n\r\nid,name\n".encode())
        eventually(lambda: _status(f"{address}/v1/catalogs/cut") == 200)
    eventually(lambda: _status(f"{address}/v1/catalogs/cut") == 404)
    text = httpx.get(f"{address}/metrics", timeout=60).text
    assert 'route="/v1/catalogs",status="499"' in text
    assert 'route="/v1/catalogs",status="500"' not in text


def test_numbers_of_all_are_added_up(address: str) -> None:
    """Whoever is asked for the numbers gives those of all processes, each request once."""

    def counted() -> float:
        text = httpx.get(f"{address}/metrics", timeout=60).text
        found = re.search(
            r'er_engine_requests_total\{method="POST",route="/v1/resolve",status="200"\} (\S+)',
            text,
        )
        assert "er_engine_side_index_entities" in text
        return float(found[1]) if found else 0.0

    before = counted()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: first(address, "lost"), range(40)))
    eventually(lambda: counted() == before + 40)


def test_second_service_on_the_folder_is_refused(address: str, folder: Path) -> None:
    """Another service on the same data folder ends with a message."""
    done = subprocess.run(
        [
            sys.executable, "-m", "er_engine.cli", "serve", "--data-dir", "data", "--workers", "2",
            "--model", "dummy", "--port", "0",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(pid)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "resource_tracker" not in line]


def shares(pids: list[int], address: str, connections: int) -> list[int]:
    """How many of so many new connections each process has."""

    def open_sockets(pid: int) -> int:
        links = [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()]
        return sum(link.startswith("socket:") for link in links)

    before = [open_sockets(pid) for pid in pids]
    with ExitStack() as stack:
        clients = [stack.enter_context(httpx.Client(timeout=60)) for _ in range(connections)]
        for client in clients:
            client.get(f"{address}/healthz").raise_for_status()
        return [open_sockets(pid) - had for pid, had in zip(pids, before, strict=True)]


@contextmanager
def numbers_are_always_there(address: str) -> Iterator[None]:
    """Ask for the numbers all the time; at the end, say whether they were ever refused."""
    ended = threading.Event()
    answers: Counter[int] = Counter()

    def ask() -> None:
        while not ended.is_set():
            answers[_status(f"{address}/metrics")] += 1
            ended.wait(0.01)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in asking:
            thread.join()
    # Nobody answers where there is no process at all.
    assert set(answers) <= {0, 200}, answers
    assert answers[200] > 20


def test_killed_processes_come_back(folder: Path, tmp_path: Path) -> None:
    """Workers share connections; killed, each is replaced, with all acknowledged and counted."""
    watch = ExitStack()
    arguments = ["serve", "shows", "--data-dir", str(tmp_path / "data"), "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "er_engine.cli", *arguments, "--model", "dummy", "--port", "0"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        address = found[0]
        watch.enter_context(numbers_are_always_there(address))
        eventually(lambda: _status(f"{address}/readyz") == 200)
        httpx.put(f"{address}{ENTITIES}/h1", json={"name": "Hotel"}, timeout=60).raise_for_status()
        killed = children(process.pid)
        assert len(killed) == 3
        # Not before both are ready.
        eventually(lambda: sorted(shares(killed, address, 16))[1] >= 6)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: _status(f"{address}{ENTITIES}/h1") == 200)
        eventually(lambda: _status(f"{address}/v1/catalogs/shows") == 200)
        replaced = children(process.pid)
        assert len(replaced) == 3
        assert not set(replaced) & set(killed)
        watch.close()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=90) == 0
        process.communicate()
    assert not [pid for pid in replaced if Path(f"/proc/{pid}").exists()]


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=10).status_code
    except httpx.TransportError:
        return 0
