"""A service over live catalogs for tests: the dummy encoder, a spelling G2P, a real data folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.catalogs import Catalogs
from api.live_catalogs import Models, live_loader
from api.settings import Settings
from er_engine.encoder.dummy import DummyEncoder
from er_engine.model import Model
from er_engine.types import Entity
from tests.unit.index.builds import SpellingG2P, build

SHOWS = (
    Entity("tv1", "Chip and Potato", "tv", ("Chip & Potato",), {"year": 2018}),
    Entity("tv2", "Schitt's Creek", "tv", attributes={"year": 2015}),
    Entity("f1", "Breaking Away", "film"),
)
MODEL = Model(DummyEncoder(), SpellingG2P())


class DummyModels(Models):
    """The same small model for every language."""

    def __init__(self) -> None:
        super().__init__("dummy")

    def get(self, lang: str) -> Model:
        """See `Models.get`."""
        return MODEL


@contextmanager
def live_service(
    root: Path, entities: Sequence[Entity] = SHOWS, **settings: Any
) -> Iterator[TestClient]:
    """A client of a service whose only catalog is `shows`; its data folder is `root/data`."""
    if not (root / "shows").exists():
        build(root / "shows", entities)
    data_dir = root / "data"
    models = DummyModels()
    catalogs = Catalogs(live_loader(data_dir, [root / "shows"], models))
    app = create_app(catalogs, Settings(data_dir=data_dir, **settings), models)
    with TestClient(app, raise_server_exceptions=False) as client:
        catalogs.wait()
        assert catalogs.error is None
        yield client


def query(text: str, **more: Any) -> dict[str, Any]:
    """A request body with one hypothesis."""
    return {"nbest": [{"text": text}], **more}


def first_id(client: TestClient, text: str, **more: Any) -> str | None:
    """The id of the best candidate, None if there is none."""
    answer = client.post("/v1/catalogs/shows/resolve", json=query(text, **more)).json()
    return answer["candidates"][0]["id"] if answer["candidates"] else None
