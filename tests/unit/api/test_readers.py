"""Catalogs as a worker sees them."""

from __future__ import annotations

from pathlib import Path

from api.catalogs import Catalogs
from api.readers import reader_loader, update
from er_engine.types import Entity
from index.live.creating import import_index, remove_catalog
from tests.unit.api.live import SHOWS, DummyModels
from tests.unit.index.builds import build


def test_worker_follows_catalogs_that_come_and_go(tmp_path: Path) -> None:
    """A catalog that was replaced between two looks is opened again; one that is gone is not."""
    data_dir, models = tmp_path / "data", DummyModels()
    for name, entities in (("old", SHOWS), ("new", [Entity("tv1", "Alpha")])):
        build(tmp_path / name, entities)
    import_index(tmp_path / "old", data_dir, "shows")
    catalogs = Catalogs(reader_loader(data_dir, [], models, lambda: True))
    catalogs.start()
    catalogs.wait()

    def name_of(entity_id: str) -> str:
        found = catalogs.get("shows")
        assert found is not None
        assert found.source is not None
        return found.source.get(entity_id)[0].name

    assert name_of("tv1") == "Chip and Potato"
    served = catalogs.get("shows")
    update(data_dir, models, catalogs)
    assert catalogs.get("shows") is served
    remove_catalog(data_dir, "shows")
    import_index(tmp_path / "new", data_dir, "shows")
    update(data_dir, models, catalogs)
    assert name_of("tv1") == "Alpha"
    remove_catalog(data_dir, "shows")
    update(data_dir, models, catalogs)
    assert catalogs.get("shows") is None
