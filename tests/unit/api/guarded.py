"""A service of the stand-in catalogs with settings of its own, and keys for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.catalogs import Catalogs
from api.keys import Scope, new_key, read_keys, write_keys
from api.settings import Settings
from tests.unit.api.standin import loaded_catalogs

QUERY = {"nbest": [{"text": "chip in potato"}], "k": 1}


@contextmanager
def service(**settings: Any) -> Iterator[TestClient]:
    """A client of a service with these settings that has loaded."""
    with service_of(make_app(**settings)) as client:
        yield client


def make_app(**settings: Any) -> FastAPI:
    """An app of the stand-in catalogs with these settings."""
    return create_app(Catalogs(loaded_catalogs), Settings(**settings))


@contextmanager
def service_of(app: FastAPI) -> Iterator[TestClient]:
    """A client of this app that has loaded."""
    with TestClient(app, raise_server_exceptions=False) as client:
        app.state.catalogs.wait()
        yield client


def add_key(file: Path, scope: Scope) -> str:
    """Add a key to a file; return what its owner sends."""
    key, text = new_key(f"a {scope} key", scope, "2026-01-01T00:00:00+00:00")
    write_keys(file, [*(read_keys(file) if file.exists() else []), key])
    return text


def bearer(key: str) -> dict[str, str]:
    """The header that presents a key."""
    return {"Authorization": f"Bearer {key}"}
