"""The index in memory agrees with the one on disk, array by array."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from er_engine.encoder.dummy import DummyEncoder
from er_engine.memory_index import MemoryIndex, index_in_memory
from er_engine.model import Model
from er_engine.search import CatalogIndex
from index.builder import BuildOptions
from index.reader import open_index
from tests.unit.index.builds import ENTITIES, SpellingG2P, build

TEMPLATES = ("{name} {city}",)


def in_memory() -> MemoryIndex:
    """Index the small catalog."""
    return index_in_memory(ENTITIES, Model(DummyEncoder(), SpellingG2P()), TEMPLATES)


def test_it_is_a_catalog_index() -> None:
    """Rows, entities, types and popularity are those of the catalog."""
    made = in_memory()
    assert isinstance(made, CatalogIndex)
    assert len(made.entities) == len(ENTITIES)
    assert made.entities.get([2, 0]) == [ENTITIES[2], ENTITIES[0]]
    assert made.entities_of_type("book").tolist() == [False, False, True, False, True]
    assert not made.entities_of_type("none").any()
    assert len(made.searcher) == len(made.form_entities)
    assert (np.diff(made.form_entities) >= 0).all()


def test_it_equals_the_index_on_disk(tmp_path: Path) -> None:
    """Surface forms, entity rows, popularity, n-grams and what is found for each form."""
    build(tmp_path / "ix", options=BuildOptions(templates=TEMPLATES))
    made, opened = in_memory(), open_index(tmp_path / "ix")
    rows = np.arange(len(made.form_entities))
    assert opened.forms(rows) == made.forms(rows)
    np.testing.assert_array_equal(opened.form_entities, made.form_entities)
    np.testing.assert_array_equal(opened.popularity, made.popularity)
    assert opened.encoder_fingerprint == made.encoder_fingerprint
    for one, other in (
        (made.ngrams.sounds, opened.ngrams.sounds),
        (made.ngrams.letters, opened.ngrams.letters),
    ):
        for name in ("starts", "rows", "rarity", "lengths"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
            assert getattr(one, name).dtype == getattr(other, name).dtype
    queries = DummyEncoder().encode(made.forms(rows))
    found, wanted = opened.searcher.search(queries, 5), made.searcher.search(queries, 5)
    np.testing.assert_allclose(found[0], wanted[0], atol=1e-6)
