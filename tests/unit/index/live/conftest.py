"""A live catalog for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.live.catalog import LiveCatalog
from tests.unit.index.live.catalogs import (
    new_catalog,
    open_catalog,
)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder with one catalog."""
    return new_catalog(tmp_path / "data")


@pytest.fixture
def catalog(data_dir: Path) -> Iterator[LiveCatalog]:
    """The catalog, open for writing."""
    with_lock = open_catalog(data_dir)
    yield with_lock
    with_lock.close()
