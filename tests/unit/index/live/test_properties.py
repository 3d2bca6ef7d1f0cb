"""Any order of changes, merges and restarts, held against a dictionary and a fresh build."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from er_engine.types import Entity
from tests.unit.index.builds import ENTITIES
from tests.unit.index.live.catalogs import NAME, assert_equals_fresh, new_catalog, open_catalog

NAMES = st.sampled_from(("Potato", "Chip", "Alpha Bravo", "Delta Chip", "Schitt's Creek", "♥", "Ó"))
IDS = st.sampled_from(("tv1", "tv2", "b1", "b2", "b3", "n1", "n2", "n3"))
ENTITY = st.builds(
    Entity,
    IDS,
    NAMES,
    st.sampled_from((None, "tv", "book")),
    st.lists(NAMES, max_size=2).map(tuple),
    attributes=st.sampled_from(
        (
            {},
            {"year": 1986},
            {"year": 2001, "author": "Zoé Hanks", "genres": ["Western", "Comedy"]},
            {"year": 1986, "cast": ["Tom Hanks", "Will O'Brien"]},
        )
    ),
    popularity=st.sampled_from((0.0, 1.5)),
)


class LiveCatalogMachine(RuleBasedStateMachine):
    """The catalog always holds what the changes so far say, in the order of last changes."""

    @initialize()
    def create(self) -> None:
        """Import a small catalog."""
        self.folder = Path(tempfile.mkdtemp())
        self.data_dir = new_catalog(self.folder / "data")
        self.catalog = open_catalog(self.data_dir)
        self.reader = type(self.catalog).open_reader(self.data_dir, NAME, self.catalog.model)
        self.expected = {entity.id: entity for entity in ENTITIES}

    @rule(entity=ENTITY)
    def upsert(self, entity: Entity) -> None:
        """Put one entity."""
        version = self.catalog.upsert(entity)
        assert self.catalog.get(entity.id) == (entity, version)
        self._put(entity)

    @rule(entities=st.lists(ENTITY, max_size=4))
    def bulk(self, entities: list[Entity]) -> None:
        """Put several."""
        assert all(result.error is None for result in self.catalog.bulk(entities))
        for entity in entities:
            self._put(entity)

    @precondition(lambda self: self.expected)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """Delete one that is there."""
        entity_id = data.draw(st.sampled_from(sorted(self.expected)))
        self.catalog.delete(entity_id)
        del self.expected[entity_id]

    @rule()
    def merge(self) -> None:
        """Make new main vectors."""
        self.catalog.merge()

    @rule()
    def restart(self) -> None:
        """Close and open again."""
        self.catalog.close()
        self.catalog = open_catalog(self.data_dir)

    @invariant()
    def view_is_right(self) -> None:
        """Writer and reader answer like a fresh build."""
        if not hasattr(self, "catalog"):
            return
        entities = list(self.expected.values())
        assert self.catalog.view().all_entities() == entities
        assert self.reader.view().all_entities() == entities
        assert list(self.catalog.entities()) == entities
        assert_equals_fresh(self.catalog.view(), entities)

    def teardown(self) -> None:
        """Remove the folder."""
        if hasattr(self, "catalog"):
            self.reader.close()
            self.catalog.close()
            shutil.rmtree(self.folder)

    def _put(self, entity: Entity) -> None:
        if self.expected.get(entity.id) != entity:
            # A changed entity moves to the end.
            self.expected.pop(entity.id, None)
            self.expected[entity.id] = entity


TestLiveCatalog = LiveCatalogMachine.TestCase
TestLiveCatalog.settings = settings(
    max_examples=6,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
