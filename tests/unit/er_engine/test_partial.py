"""Vectors of parts of names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from er_engine.encoder.sound_vectors import SoundVectors
from er_engine.memory_index import index_in_memory
from er_engine.model import Model, load_model
from er_engine.phonemes.similarity import sound_ids
from er_engine.rerank.comparison import Comparison
from er_engine.rerank.part_vectors import LEAST_MARGIN, with_part_vectors
from er_engine.rerank.settings import RerankSettings
from er_engine.resolver import Resolver
from er_engine.search import FloatArray
from er_engine.types import Entity, Hypothesis

NAMES = (
    "Livia Bergstrom", "Oliver Zimmermann", "Ruth Nakamura", "Marek Novotny", "Abdul Karim Haddad",
)  # fmt: skip


def tower(ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> FloatArray:
    """Count phonemes: unit vectors that know no order."""
    counts = np.stack([np.bincount(row[row > 0], minlength=256) for row in ids])
    return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), dtype=np.float32)


def resolver(more: tuple[str, ...] = (), *, parts: bool) -> Resolver:
    """The packaged model on a few names and `more`, with or without vectors of parts."""
    model: Model = load_model()
    entities = [Entity(id=f"p{place}", name=name) for place, name in enumerate(NAMES + more)]
    index = index_in_memory(entities, model)
    return Resolver(index, model if parts else replace(model, sound_vectors=None))


def best_vectors(comparison: Comparison, more: tuple[str, ...] = ()) -> dict[str, float]:
    """The best `vector` similarity of each candidate with the first hypothesis, by name."""
    best = comparison.features[comparison.ranks == 0, :, 0].max(axis=0)
    entities = [(NAMES + more)[row] for row in comparison.entity_rows]
    return {
        name: float(best[comparison.of_entity == place].max())
        for place, name in enumerate(entities)
    }


def test_partial_mention_is_near_its_name() -> None:
    """One misheard word of a name is nearer to it, by its vector, than without its parts."""
    heard = [Hypothesis("zimmer man")]
    after = best_vectors(resolver(parts=True).compare(heard))
    before = best_vectors(resolver(parts=False).compare(heard))
    name = "Oliver Zimmermann"
    assert after[name] > before[name] + 0.1
    assert max(after, key=after.__getitem__) == name


def test_whole_name_wins_against_a_part() -> None:
    """A name that is heard whole stays at 1, and a part of another one is behind by the margin."""
    vectors = best_vectors(resolver(parts=True).compare([Hypothesis("livia bergstrom")]))
    assert vectors.pop("Livia Bergstrom") > 0.99
    assert max(vectors.values()) <= 1 - LEAST_MARGIN


def test_part_counts_less_among_names_as_short() -> None:
    """What may be the whole of other names is less likely a part of this one."""
    name = "Oliver Zimmermann"
    heard = [Hypothesis("zimmer man")]
    among_long = best_vectors(resolver(parts=True).compare(heard))[name]
    short = ("Simon Ammann", "Simmer", "Ann Simms", "Tim Ammon")
    among_short = best_vectors(resolver(short, parts=True).compare(heard), short)[name]
    assert among_short < among_long


def test_nothing_but_the_vector_is_raised() -> None:
    """Other similarities stay, and the vector's never falls."""
    heard = [Hypothesis("nakamora"), Hypothesis("abdul")]
    before = resolver(parts=False).compare(heard)
    after = resolver(parts=True).compare(heard)
    assert np.array_equal(before.features[..., 1:], after.features[..., 1:])
    assert np.all(after.features[..., 0] >= before.features[..., 0] - 1e-6)


def test_single_words_have_no_parts() -> None:
    """Where no name has two words, the comparison is the same object."""
    model = load_model()
    index = index_in_memory([Entity(id="a", name="Fringe"), Entity(id="b", name="Lost")], model)
    comparison = Resolver(index, model).compare([Hypothesis("friend")])
    forms = index.forms(comparison.form_rows)
    assert model.sound_vectors is not None
    again = with_part_vectors(comparison, forms, RerankSettings(), model.sound_vectors)
    assert again is comparison


def test_parts_that_can_raise_nothing_are_not_encoded() -> None:
    """Beside names as near as an equal part would be, no vector of a part is asked for."""
    model = resolver(parts=False)
    comparison = model.compare([Hypothesis("zimmer man")])
    forms = model.index.forms(comparison.form_rows)

    def refuse(ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> FloatArray:
        raise AssertionError(f"{len(ids)} parts were encoded")

    with pytest.raises(AssertionError, match="were encoded"):
        with_part_vectors(comparison, forms, RerankSettings(), SoundVectors(refuse))
    comparison.features[..., 0] = 1 - LEAST_MARGIN
    again = with_part_vectors(comparison, forms, RerankSettings(), SoundVectors(refuse))
    assert again is comparison


@given(
    st.lists(st.binary(min_size=1, max_size=9).filter(lambda b: 0 not in b), min_size=1),
    st.integers(1, 4),
)
def test_kept_vectors_are_those_of_the_tower(rows: list[bytes], kept: int) -> None:
    """However few are kept and however often a row comes, each gets its own vector."""
    encode = SoundVectors(tower, kept)
    for _ in range(2):
        vectors = encode(rows)
        alone = np.stack([tower(np.frombuffer(row, np.uint8)[None].astype(int))[0] for row in rows])
        assert np.allclose(vectors, alone, atol=1e-6)


def test_kept_vectors_are_not_encoded_again() -> None:
    """What was encoded lately is not encoded again, and no more is kept than was asked for."""
    asked: list[int] = []

    def counting(ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> FloatArray:
        asked.append(len(ids))
        return tower(ids)

    encode = SoundVectors(counting, kept=2)
    a, b, c = (sound_ids(sounds).tobytes() for sounds in (("b", "ɛ"), ("ɹ",), ("s", "t")))
    encode([a, b])
    encode([b, a])
    assert asked == [2]
    encode([c])
    encode([a, b, c])
    assert asked == [2, 1, 1]


def test_vectors_that_were_made_elsewhere_are_kept() -> None:
    """What the encoder has just made of a hypothesis is not made again for its parts."""

    def refuse(ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> FloatArray:
        raise AssertionError(f"asked again for {ids}")

    encode = SoundVectors(refuse)
    vector = np.array([0.6, 0.8], dtype=np.float32)
    encode.keep({b"\x05\x06": vector})
    np.testing.assert_array_equal(encode([b"\x05\x06"]), [vector])
