"""A live catalog whose model was exchanged."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from er_engine.encoder.dummy import DummyEncoder
from er_engine.errors import (
    StorageError,
)
from er_engine.model import Model
from er_engine.search import FloatArray
from er_engine.types import SurfaceForm
from index.live.catalog import LiveCatalog
from tests.unit.index.builds import ENTITIES, SpellingG2P
from tests.unit.index.live.catalogs import (
    NAME,
    NEW,
    open_catalog,
)


def test_another_encoder_makes_all_vectors_again(data_dir: Path) -> None:
    """Nothing is answered before; versions stay."""
    open_catalog(data_dir).close()
    other = Model(DummyEncoder(32), SpellingG2P())
    catalog = LiveCatalog.open(data_dir, NAME, other)
    try:
        catalog.wait()
        view = catalog.view()
        assert view.searcher.dimension == 32
        assert view.all_entities() == list(ENTITIES)
        assert catalog.sequence == len(ENTITIES)
        vectors = other.encoder.encode(view.forms(np.arange(3)))
        assert view.searcher.search(vectors, 1)[0] == pytest.approx(1.0)
    finally:
        catalog.close()


class WaitingEncoder(DummyEncoder):
    """Waits before it encodes in the background."""

    def __init__(self) -> None:
        super().__init__(32)
        self.go = threading.Event()

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """See `Encoder.encode`."""
        if threading.current_thread() is not threading.main_thread():
            self.go.wait(60)
        return super().encode(forms, batch_size)


def test_no_snapshot_of_vectors_of_two_encoders(data_dir: Path, tmp_path: Path) -> None:
    """While a catalog is encoded again there is no snapshot that claims one encoder for all."""
    open_catalog(data_dir).close()
    encoder = WaitingEncoder()
    catalog = LiveCatalog.open(data_dir, NAME, Model(encoder, SpellingG2P()))
    try:
        catalog.upsert(NEW)
        with pytest.raises(StorageError, match="more than one encoder"):
            catalog.snapshot(tmp_path / "snapshot")
        encoder.go.set()
        assert catalog.wait(60)
        assert catalog.snapshot(tmp_path / "snapshot").entities == len(ENTITIES) + 1
    finally:
        encoder.go.set()
        catalog.close()
