"""The whole API against what its OpenAPI document promises, with made-up requests."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.catalogs import Catalogs
from api.commands import listen, url_of
from api.live_catalogs import live_loader
from api.server import make_server
from api.settings import Settings
from benchmarks import fuzz_hooks
from benchmarks.fuzz_api import fuzz_command
from tests.unit.api.live import SHOWS, DummyModels
from tests.unit.index.builds import build

EXAMPLES = 12
RUNS = 12
MIN_OPERATIONS = 20
ROOT = Path(__file__).parents[3]
DELETES_ALL = "delete_v1_catalogs__catalog__delete"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
QUIET = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """A service with a live catalog and a data folder."""
    root = tmp_path_factory.mktemp("fuzz")
    build(root / fuzz_hooks.CATALOG, SHOWS)
    models = DummyModels()
    catalogs = Catalogs(live_loader(root / "data", [root / fuzz_hooks.CATALOG], models))
    return create_app(catalogs, Settings(data_dir=root / "data"), models)


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    """Where it answers: a real server in a thread."""
    server = make_server(app, Settings())
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            app.state.catalogs.wait()
            yield url_of(listening)
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def described(address: str) -> Any:
    """Its OpenAPI document, ready to make requests from."""
    return schemathesis.openapi.from_url(f"{address}/openapi.json")


def test_every_answer_is_as_documented(described: Any) -> None:
    """No made-up request gets a server error or an answer that the document does not promise."""
    operations = [found.ok() for found in described.get_all_operations()]
    for operation in operations:
        _try(operation)
    assert len(operations) >= MIN_OPERATIONS


def _try(operation: Any) -> None:
    @QUIET
    @given(operation.as_strategy())
    def call(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    call()


def test_sequences_of_requests(address: str) -> None:
    """Nor do sequences of requests that use what earlier answers named."""
    command = fuzz_command(address, RUNS, seed=1, phases="stateful")
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "benchmarks.fuzz_hooks"}
    done = subprocess.run(
        [*command, "--exclude-operation-id", DELETES_ALL],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Stateful" in done.stdout


def test_requests_reached_the_inside(app: FastAPI, described: Any) -> None:
    """The names that requests mostly use were there all the time, and entities were changed."""
    catalog = app.state.catalogs.get(fuzz_hooks.CATALOG)
    assert catalog is not None
    assert catalog.live.sequence > len(SHOWS)
