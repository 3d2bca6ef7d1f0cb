from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.catalogs import Catalog, Catalogs, catalog_names
from api.commands import listen, url_of
from er_engine.cli import main
from er_engine.errors import CatalogError, ServiceError


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_port_in_use_is_an_error(
    tmp_path: Path, taken_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A port in use ends `serve` with exit code 1 and says what to do."""
    assert main(["serve", str(tmp_path), "--port", str(taken_port)]) == 1
    said = capsys.readouterr().err
    assert f"error: can't listen on 127.0.0.1:{taken_port}" in said
    assert "choose another with --port" in said


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("no.such.host.invalid", 0)])
def test_impossible_address_is_an_error(host: str, port: int) -> None:
    """A port out of range or an unknown host is reported as an error of the service."""
    with pytest.raises(ServiceError, match="can't listen on"):
        listen(host, port)


def test_port_zero_takes_a_free_port() -> None:
    """Port 0 is replaced by a real one in the address that is printed."""
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert port > 0
        assert url_of(listening) == f"http://127.0.0.1:{port}"


def test_catalogs_are_named_after_their_folders() -> None:
    """A catalog has the name of its folder, whatever way the path is written."""
    assert catalog_names([Path("a/films"), Path("b/books/")]) == ["films", "books"]


def test_two_folders_of_one_name_are_refused() -> None:
    """Two catalogs can't have one name."""
    with pytest.raises(ServiceError, match="'films'"):
        catalog_names([Path("a/films"), Path("b/films")])


def test_missing_index_ends_the_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`serve` of a folder that is no index says so, not that it serves, and exits with 1."""
    assert main(["serve", str(tmp_path / "nothing"), "--port", "0"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "error: " in said.err
    assert "nothing" in said.err


def test_failed_load_is_kept_and_announced() -> None:
    """When loading fails the error is kept, the owner is told, and no catalog is ready."""
    told = []

    def fail() -> list[Catalog]:
        raise CatalogError("damaged")

    catalogs = Catalogs(fail, on_failure=lambda: told.append(True))
    catalogs.start()
    catalogs.wait()
    assert told == [True]
    assert not catalogs.ready
    assert str(catalogs.error) == "damaged"
