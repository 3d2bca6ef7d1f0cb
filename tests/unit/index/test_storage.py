"""What is stored comes back: ragged arrays, entities, surface forms; kinds by size."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.errors import IndexFormatError
from er_engine.phonemes.inventory import SYMBOLS
from er_engine.types import Entity, SurfaceForm
from index.faiss_build import FLAT_UP_TO, MAX_TRAINING_VECTORS, plan_vectors, training_rows
from index.forms import FormReader, FormWriter
from index.ragged import RaggedReader, RaggedWriter
from index.store import EntityDatabase, write_entities

quick = settings(max_examples=40, deadline=None)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)


@quick
@given(st.lists(st.binary(max_size=9)))
def test_ragged_array_comes_back(
    tmp_path_factory: pytest.TempPathFactory, items: list[bytes]
) -> None:
    """Items of any length, empty ones included, are read by row."""
    folder = tmp_path_factory.mktemp("ragged")
    writer = RaggedWriter(folder / "data", folder / "offsets.npy")
    for item in items:
        writer.append(item)
    writer.close()
    reader = RaggedReader(folder / "data", folder / "offsets.npy")
    assert len(reader) == len(items)
    assert reader.get(list(range(len(items)))) == items
    assert reader.is_sound()


@quick
@given(
    st.lists(
        st.builds(
            Entity,
            id=texts,
            name=texts,
            type=st.none() | texts,
            aliases=st.lists(texts, max_size=2).map(tuple),
            attributes=st.dictionaries(texts, json_values, max_size=2),
            pronunciations=st.lists(texts, max_size=2).map(tuple),
            popularity=st.floats(0, 1e30),
            lang=st.none() | texts,
        ),
        max_size=5,
        unique_by=lambda entity: entity.id,
    )
)
def test_entities_come_back(
    tmp_path_factory: pytest.TempPathFactory, entities: list[Entity]
) -> None:
    """Entities are read back unchanged, and by id."""
    path = tmp_path_factory.mktemp("entities") / "entities.sqlite"
    write_entities(path, entities)
    database = EntityDatabase(path)
    assert database.get(range(len(entities))) == entities
    assert [database.row_of(entity.id) for entity in entities] == list(range(len(entities)))
    assert database.problems() == []
    database.close()


def test_entities_in_a_folder_with_an_odd_name(tmp_path: Path) -> None:
    """A path with characters that mean something in a URI opens the right file."""
    folder = tmp_path / "a?b#c%20d é"
    folder.mkdir()
    write_entities(folder / "entities.sqlite", [Entity("1", "one")])
    assert EntityDatabase(folder / "entities.sqlite").get([0])[0].name == "one"


def test_no_database(tmp_path: Path) -> None:
    """A file that is no database is told as such."""
    (tmp_path / "entities.sqlite").write_bytes(b"x" * 4096)
    with pytest.raises(IndexFormatError, match="not a database of entities"):
        EntityDatabase(tmp_path / "entities.sqlite")


phonemes = st.lists(st.sampled_from(SYMBOLS[1:]), max_size=12).map(tuple)


@quick
@given(st.lists(st.builds(SurfaceForm, texts, texts, phonemes), min_size=1, max_size=6))
def test_surface_forms_come_back(
    tmp_path_factory: pytest.TempPathFactory, forms: list[SurfaceForm]
) -> None:
    """Text, spoken form and phonemes are read back unchanged, in any order."""
    folder = tmp_path_factory.mktemp("forms")
    with FormWriter(folder) as writer:
        for row, form in enumerate(forms):
            writer.append(row // 2, form)
    reader = FormReader(folder)
    backwards = list(range(len(forms)))[::-1]
    assert reader.get(backwards) == forms[::-1]
    assert reader.entities.tolist() == [row // 2 for row in range(len(forms))]
    assert reader.problems((len(forms) + 1) // 2) == []


def test_kind_by_size() -> None:
    """Few vectors are searched exactly, many by lists; too few to train are exact after all."""
    assert plan_vectors("auto", FLAT_UP_TO, 256).kind == "flat"
    assert plan_vectors("auto", FLAT_UP_TO + 1, 256).kind == "ivf"
    assert plan_vectors("ivf", 10, 256).kind == "flat"
    assert plan_vectors("sq8", 10, 256).factory == "SQ8"
    assert plan_vectors("ivf", 1_000_000, 256).factory == "IVF2048,PQ64x4fs,Refine(SQ8)"


@pytest.mark.parametrize("n", [1, MAX_TRAINING_VECTORS, MAX_TRAINING_VECTORS + 1, 10_000_000])
def test_training_sample_is_bounded(n: int) -> None:
    """The sample is spread over all vectors and never above its limit."""
    rows = range(n)[training_rows(n)]
    assert 0 < len(rows) <= MAX_TRAINING_VECTORS
    assert rows[-1] >= n - rows.step
