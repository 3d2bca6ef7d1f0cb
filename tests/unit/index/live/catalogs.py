"""Small live catalogs for tests, and how they compare with a fresh build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from er_engine.encoder.dummy import DummyEncoder
from er_engine.memory_index import index_in_memory
from er_engine.model import Model
from er_engine.resolver import Resolver
from er_engine.search import MISSING_ROW, CatalogIndex
from er_engine.types import Entity, Hypothesis, Resolution
from index import faiss_build
from index.faiss_searcher import FaissSearcher
from index.live.catalog import LiveCatalog
from index.live.creating import import_index
from index.live.following import FollowingCatalog
from tests.unit.index.builds import ENTITIES, SpellingG2P, build

NAME = "tv"
# An entity that the small catalog does not have.
NEW = Entity("n1", "Alpha Bravo", "person")
MODEL = Model(DummyEncoder(), SpellingG2P())
_ROUNDING = 2e-6
QUERIES = (
    "ship and potato",
    "chip",
    "shits creek",
    "alpha bravo delta",
    "potato",
    "new name",
    "potato from nineteen eighty six",
    "the zoe hanks western chip",
    "tom hanks and alpha brien two thousand one",
)


def new_catalog(data_dir: Path, entities: Sequence[Entity] = ENTITIES, name: str = NAME) -> Path:
    """Import a small catalog; return the folder of all catalogs."""
    build(data_dir.parent / f"built-{name}", entities)
    import_index(data_dir.parent / f"built-{name}", data_dir, name)
    return data_dir


def open_catalog(data_dir: Path, name: str = NAME, **options: object) -> LiveCatalog:
    """Open it as the writer, and wait until it is ready."""
    catalog = LiveCatalog.open(data_dir, name, MODEL, **options)  # type: ignore[arg-type]
    if not catalog.ready:
        catalog.merge()
    return catalog


def ids(catalog: FollowingCatalog) -> list[str]:
    """The ids of all entities in the view, in catalog order."""
    return [entity.id for entity in catalog.view().all_entities()]


def answers(index: CatalogIndex, queries: Sequence[str] = QUERIES) -> list[Resolution]:
    """Resolve some queries."""
    resolver = Resolver(index, MODEL)
    return [resolver.resolve([Hypothesis(text)], k=100) for text in queries]


def fresh_index(entities: Sequence[Entity]) -> CatalogIndex:
    """Everything made again, by other code than that of live catalogs."""
    made = index_in_memory(entities, MODEL)
    vectors = MODEL.encoder.encode(made.all_forms)
    faiss_index = faiss_build.train(faiss_build.plan_vectors("flat", *vectors.shape), vectors)
    faiss_index.add(vectors)
    return replace(made, searcher=FaissSearcher(faiss_index))  # type: ignore[arg-type]


def assert_equals_fresh(view: CatalogIndex, entities: Sequence[Entity]) -> None:
    """The view answers like an index that is built of these entities now."""
    if not entities:
        return
    fresh = fresh_index(entities)
    vectors = MODEL.encoder.encode(fresh.forms(range(min(8, len(fresh.form_entities)))))
    scores, rows = view.searcher.search(vectors, 40)
    fresh_scores, fresh_rows = fresh.searcher.search(vectors, 40)
    np.testing.assert_array_equal(scores, fresh_scores)
    for line, fresh_line in zip(rows.tolist(), fresh_rows.tolist(), strict=True):
        assert _names(view, line) == _names(fresh, fresh_line)
    for one, other in zip(answers(view), answers(fresh), strict=True):
        assert_same_answer(one, other)


def assert_same_answer(one: Resolution, other: Resolution) -> None:
    """Both have the same decision, and the same entities with the same scores up to rounding.

    Sums of products round differently with their place in memory, so equal
    scores may change places.
    """
    assert one.decision == other.decision
    scores = _scores(one)
    assert scores.keys() == _scores(other).keys()
    for entity_id, found in _scores(other).items():
        np.testing.assert_allclose(scores[entity_id], found, atol=_ROUNDING)
    for place, candidate in enumerate(other.candidates):
        np.testing.assert_allclose(one.candidates[place].score, candidate.score, atol=_ROUNDING)


def _scores(resolution: Resolution) -> dict[str, tuple[float, float]]:
    return {item.entity.id: (item.score, item.probability) for item in resolution.candidates}


def _names(index: CatalogIndex, rows: Sequence[int]) -> list[tuple[str, str]]:
    kept = [row for row in rows if row != MISSING_ROW]
    entities = index.entities.get(index.form_entities[kept].tolist())
    return [
        (entity.id, form.text) for entity, form in zip(entities, index.forms(kept), strict=True)
    ]
