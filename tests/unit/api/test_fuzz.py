"""The whole API against what its OpenAPI document promises, with made-up requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
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
from tests.unit.api.live import SHOWS, DummyModels
from tests.unit.index.builds import build

EXAMPLES = 12
RUNS = 12
MIN_OPERATIONS = 20
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
def described(app: FastAPI) -> Iterator[Any]:
    """Its OpenAPI document, ready to make requests from, to a real server in a thread."""
    server = make_server(app, Settings())
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            app.state.catalogs.wait()
            yield schemathesis.openapi.from_url(f"{url_of(listening)}/openapi.json")
        finally:
            server.should_exit = True
            thread.join()


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


def test_sequences_of_requests(described: Any) -> None:
    """Nor do sequences of requests that use what earlier answers named."""
    method, path = fuzz_hooks.DELETES_ALL
    machine = described.exclude(method=method, path=path).as_state_machine()

    class Checked(machine):  # type: ignore[misc, valid-type]
        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            case.validate_response(response, checks=CHECKS)

    Checked.run(settings=settings(QUIET, max_examples=RUNS, stateful_step_count=8))


def test_requests_reached_the_inside(app: FastAPI, described: Any) -> None:
    """The names that requests mostly use were there all the time, and entities were changed."""
    catalog = app.state.catalogs.get(fuzz_hooks.CATALOG)
    assert catalog is not None
    assert catalog.live.sequence > len(SHOWS)
