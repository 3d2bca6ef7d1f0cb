"""A small service for tests: the dummy encoder and exact search, without torch or FAISS."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fastapi.testclient import TestClient

from api.app import create_app
from api.catalogs import Catalog, Catalogs
from er_engine.encoder.dummy import DummyEncoder
from er_engine.errors import QueryError
from er_engine.options import NO_OPTIONS, ResolveOptions
from er_engine.search import ExactSearcher
from er_engine.types import Candidate, Entity, Hypothesis, Resolution, SurfaceForm

TITLES = (
    Entity("tv1", "Chip and Potato", "tv"),
    Entity("tv2", "Schitt's Creek", "tv"),
    Entity("f1", "Breaking Away", "film"),
)
PEOPLE = (Entity("p1", "Arnold Schwarzenegger"), Entity("p2", "Janice Oneill"))


class DummyResolver:
    """Ranks the entities by the dummy encoder's score for the spelling."""

    def __init__(self, entities: Sequence[Entity]) -> None:
        self._entities = entities
        self._encoder = DummyEncoder()
        self._searcher = ExactSearcher(
            self._encoder.encode([_form(entity.name) for entity in entities])
        )

    def resolve(
        self,
        n_best: Sequence[Hypothesis],
        k: int = 5,
        type: str | None = None,  # noqa: A002
        options: ResolveOptions = NO_OPTIONS,
    ) -> Resolution:
        """See `Resolver.resolve`; "explode" and "refuse" fail in the two ways there are."""
        if n_best[0].text == "explode":
            raise RuntimeError("secret detail")
        if n_best[0].text == "refuse":
            raise QueryError("these words can't be resolved")
        queries = self._encoder.encode([_form(item.text) for item in n_best])
        scores, rows = self._searcher.search(queries, k=len(self._entities))
        best: dict[int, float] = {}
        for row, score in zip(rows.ravel().tolist(), scores.ravel().tolist(), strict=True):
            best[row] = max(score, best.get(row, -1.0))
        candidates = [
            Candidate(self._entities[row], score, max(score, 0.0), self._entities[row].name)
            for row, score in sorted(best.items(), key=lambda item: (-item[1], item[0]))
            if type is None or self._entities[row].type == type
        ]
        return Resolution("match" if candidates else "no_match", 0.02, tuple(candidates[:k]))


def _form(text: str) -> SurfaceForm:
    return SurfaceForm(text, text.lower(), ())


def loaded_catalogs() -> list[Catalog]:
    """The two catalogs of the stand-in service, `titles` first."""
    return [
        Catalog("titles", len(TITLES), DummyResolver(TITLES)),
        Catalog("people", len(PEOPLE), DummyResolver(PEOPLE)),
    ]


@contextmanager
def running_service() -> Iterator[TestClient]:
    """A client of a service that has loaded."""
    catalogs = Catalogs(loaded_catalogs)
    with TestClient(create_app(catalogs), raise_server_exceptions=False) as client:
        catalogs.wait()
        yield client


@contextmanager
def loading_service() -> Iterator[tuple[TestClient, threading.Event, Catalogs]]:
    """A client of a service that loads until the event is set."""
    go_on = threading.Event()

    def load() -> list[Catalog]:
        go_on.wait(timeout=30)
        return loaded_catalogs()

    catalogs = Catalogs(load)
    with TestClient(create_app(catalogs), raise_server_exceptions=False) as client:
        try:
            yield client, go_on, catalogs
        finally:
            go_on.set()
