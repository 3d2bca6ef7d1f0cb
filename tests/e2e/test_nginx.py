"""The example configuration of nginx, where nginx and openssl are installed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.serving import serving

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
EXAMPLE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
QUERY = {"nbest": [{"text": "chip potato"}]}

pytestmark = pytest.mark.skipif(
    not Path(NGINX).exists() or shutil.which("openssl") is None,
    reason="nginx or openssl is not installed",
)


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def adapted(folder: Path, upstream: str, http: int, https: int) -> Path:
    """The example with the ports and folders of this test."""
    text = EXAMPLE.read_text()
    for before, after in (
        ("er-engine:8000", upstream),
        ("listen 80;", f"listen 127.0.0.1:{http};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{https} ssl;"),
        ("/etc/nginx/tls/", f"{folder}/"),
        ("/run/nginx.pid", f"{folder}/nginx.pid"),
    ):
        assert before in text, before
        text = text.replace(before, after)
    path = folder / "nginx.conf"
    path.write_text(text)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=localhost", "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return path


@contextmanager
def proxied(path: Path, folder: Path, port: int) -> Iterator[str]:
    """Run nginx with this configuration, until the block ends."""
    arguments = [NGINX, "-c", str(path), "-p", str(folder), "-e", str(folder / "error.log")]
    checked = subprocess.run([*arguments, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen([*arguments, "-g", "daemon off;"])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_service_behind_nginx(tmp_path: Path, folder_with_index: Path) -> None:
    """Through TLS: answers, its limits in the shape of all errors, its numbers only from inside."""
    http, https = free_port(), free_port()
    arguments = [
        str(folder_with_index), "--port", "0", "--model", "dummy",
        "--trusted-proxies", "127.0.0.1", "--allowed-hosts", "127.0.0.1",
    ]  # fmt: skip
    with serving(arguments, tmp_path) as address:
        path = adapted(tmp_path, address.removeprefix("http://"), http, https)
        with proxied(path, tmp_path, https) as url, httpx.Client(verify=False) as client:
            answer = client.post(f"{url}/v1/resolve", json=QUERY)
            assert answer.json()["candidates"][0]["id"] == "s1"
            assert "max-age" in answer.headers["strict-transport-security"]
            too_large = client.post(f"{url}/v1/resolve", content=b"x" * 1_100_000)
            assert too_large.status_code == 413
            assert too_large.json()["type"].endswith(":too-large")
            assert client.get(f"{url}/metrics").status_code == 200
            plain = client.get(f"http://127.0.0.1:{http}/healthz")
            assert plain.status_code == 308
            # A name that is not served is refused behind nginx, too.
            other = client.get(f"{url}/readyz", headers={"Host": "evil.example"})
            assert other.status_code == 403


@pytest.fixture
def folder_with_index(tmp_path: Path) -> Path:
    """A small index."""
    from er_engine.cli import main

    catalog = tmp_path / "shows.jsonl"
    catalog.write_text('{"id": "s1", "name": "Chip and Potato"}\n')
    built = tmp_path / "shows"
    assert main(["index", "build", str(catalog), "-o", str(built), "--model", "dummy"]) == 0
    return built


def test_nginx_says_when_the_service_is_down(tmp_path: Path) -> None:
    """Without a service behind it, nginx answers 503 in the shape of all errors."""
    http, https = free_port(), free_port()
    path = adapted(tmp_path, f"127.0.0.1:{free_port()}", http, https)
    with proxied(path, tmp_path, https) as url:
        answer = httpx.get(f"{url}/v1/catalogs", verify=False)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.json()["type"].endswith(":unavailable")
