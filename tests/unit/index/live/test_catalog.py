"""Live catalogs: views, changes, versions, pages."""

from __future__ import annotations

import pytest

from er_engine.errors import (
    CatalogError,
    UnknownEntityError,
    VersionConflictError,
)
from er_engine.search import CatalogIndex, EntityStore, Searcher
from er_engine.types import Entity
from index.live.catalog import LiveCatalog
from tests.unit.index.builds import ENTITIES
from tests.unit.index.live.catalogs import (
    NEW,
    assert_equals_fresh,
    ids,
)


def test_an_imported_catalog_answers_like_the_index(catalog: LiveCatalog) -> None:
    """Importing changes nothing about the answers."""
    assert catalog.view().all_entities() == list(ENTITIES)
    assert_equals_fresh(catalog.view(), ENTITIES)


def test_a_view_keeps_the_protocols(catalog: LiveCatalog) -> None:
    """The resolver may take a view for an index."""
    catalog.upsert(NEW)
    view = catalog.view()
    assert isinstance(view, CatalogIndex)
    assert isinstance(view.searcher, Searcher)
    assert isinstance(view.entities, EntityStore)


def test_a_view_stays_as_it_is(catalog: LiveCatalog) -> None:
    """Changes and merges don't touch a view that somebody works with."""
    catalog.upsert(NEW)
    before = catalog.view()
    expected = before.all_entities()
    catalog.upsert(Entity("tv1", "Delta"))
    catalog.delete("b1")
    catalog.merge()
    assert before.all_entities() == expected
    assert before.entities.row_of("b1") is not None
    assert_equals_fresh(before, expected)


def test_versions_grow_and_are_never_used_twice(catalog: LiveCatalog) -> None:
    """A version from before a delete never fits what comes after it."""
    first = catalog.upsert(NEW)
    catalog.delete(NEW.id, if_version=first)
    second = catalog.upsert(NEW, if_version=0)
    assert catalog.sequence == second > first + 1
    with pytest.raises(VersionConflictError, match=f"version {first} was expected"):
        catalog.upsert(Entity(NEW.id, "Other"), if_version=first)
    with pytest.raises(VersionConflictError):
        catalog.delete(NEW.id, if_version=first)
    with pytest.raises(VersionConflictError, match="there is no such entity"):
        catalog.upsert(Entity("n9", "Other"), if_version=5)
    assert catalog.get(NEW.id) == (NEW, second)


def test_repeating_a_change_changes_nothing(catalog: LiveCatalog) -> None:
    """A request that is sent again after a lost answer is no conflict."""
    old = catalog.get("tv1")[1]
    changed = Entity("tv1", "Chip")
    version = catalog.upsert(changed, if_version=old)
    assert catalog.upsert(changed, if_version=old) == version == catalog.sequence


def test_what_is_not_there_cannot_be_read_or_deleted(catalog: LiveCatalog) -> None:
    """Unknown ids are named."""
    with pytest.raises(UnknownEntityError, match="'nobody'"):
        catalog.get("nobody")
    with pytest.raises(UnknownEntityError, match="'nobody'"):
        catalog.delete("nobody")
    assert catalog.sequence == len(ENTITIES)


def test_bulk_reports_each_entity(catalog: LiveCatalog) -> None:
    """A wrong entity is refused alone."""
    wrong = Entity("n2", "Bravo", pronunciations=("?!",))
    strange = Entity("n3", "\ud800")
    results = catalog.bulk([NEW, wrong, strange, Entity("n4", "Delta")])
    assert [result.version is None for result in results] == [False, True, True, False]
    assert "pronunciations" in (results[1].error or "")
    assert ids(catalog)[-2:] == ["n1", "n4"]


def test_a_single_wrong_entity_is_refused(catalog: LiveCatalog) -> None:
    """Nothing is stored of it."""
    with pytest.raises(CatalogError, match="can't be stored"):
        catalog.upsert(Entity("n3", "\ud800"))
    assert catalog.sequence == len(ENTITIES)


def test_pages_go_by_id(catalog: LiveCatalog) -> None:
    """Every entity is on exactly one page."""
    first = catalog.page(None, 3)
    rest = catalog.page(first[-1][0].id, 3)
    assert [entity.id for entity, _ in first + rest] == sorted(e.id for e in ENTITIES)
    assert all(catalog.get(entity.id) == (entity, version) for entity, version in first + rest)
    assert catalog.page(rest[-1][0].id, 3) == []
