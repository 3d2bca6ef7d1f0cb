"""Parts of names, and the vectors that are kept for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from er_engine.encoder.sound_vectors import SoundVectors
from er_engine.memory_index import index_in_memory
from er_engine.model import Model, load_model
from er_engine.phonemes.default import default_g2p
from er_engine.phonemes.inventory import join_words
from er_engine.phonemes.similarity import sound_ids
from er_engine.rerank.comparison import entity_scores
from er_engine.rerank.fusion import pair_scores
from er_engine.rerank.partial import LEAST_MARGIN, said_parts, with_parts
from er_engine.rerank.settings import RerankSettings
from er_engine.resolver import Resolver
from er_engine.search import FloatArray
from er_engine.surface_forms import text_forms
from er_engine.types import Entity, Hypothesis

NAMES = (
    "Livia Bergstrom", "Oliver Zimmermann", "Ruth Nakamura", "Marek Novotny", "Abdul Karim Haddad",
)  # fmt: skip
SURNAMES = ("Osei", "Quintero", "Vandermeer", "Ito", "Wolff", "Castellanos", "Petrov", "Byrne")


def tower(ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> FloatArray:
    """Count phonemes: unit vectors that know no order."""
    counts = np.stack([np.bincount(row[row > 0], minlength=256) for row in ids])
    return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), dtype=np.float32)


def resolver(more: tuple[str, ...] = (), *, parts: bool) -> Resolver:
    """The packaged model on a few names and `more`, with or without parts of names."""
    model: Model = load_model()
    entities = [Entity(id=f"p{place}", name=name) for place, name in enumerate(NAMES + more)]
    index = index_in_memory(entities, model)
    return Resolver(index, model if parts else replace(model, sound_vectors=None))


def scores(found: Resolver, *heard: str, more: tuple[str, ...] = ()) -> dict[str, float]:
    """The score of each candidate, by name."""
    comparison = found.compare([Hypothesis(text) for text in heard])
    values = entity_scores(comparison, found.model.settings.rerank)
    names = [(NAMES + more)[row] for row in comparison.entity_rows]
    return dict(zip(names, values.tolist(), strict=True))


def test_partial_mention_is_near_its_name() -> None:
    """One misheard word of a name scores more than without its parts, and more than strangers."""
    after = scores(resolver(parts=True), "zimmer man")
    before = scores(resolver(parts=False), "zimmer man")
    name = "Oliver Zimmermann"
    assert after[name] > before[name] + 0.1
    assert max(after, key=after.__getitem__) == name


def test_names_with_the_part_that_was_said_tie() -> None:
    """Whatever else is in a name, and however many have the part, all score the same."""
    more = ("Livia Ng", "Bartholomew Livia", "Livia Fitzgerald", *(f"Livia {n}" for n in SURNAMES))
    found = scores(resolver(more, parts=True), "livia", "olivia", more=more)
    with_part = [value for name, value in found.items() if "Livia" in name]
    assert len(with_part) == len(more) + 1
    assert max(with_part) - min(with_part) < 1e-6


def test_spelling_of_the_part_decides_between_homophones() -> None:
    """Of parts that sound the same, the one that is spelled as it was heard comes first."""
    more = ("Jon Okonkwo", "John Fitzgerald")
    for heard, right in (("jon", "Jon Okonkwo"), ("john", "John Fitzgerald")):
        found = scores(resolver(more, parts=True), heard, more=more)
        assert max(found, key=found.__getitem__) == right


def test_whole_name_wins_against_a_part() -> None:
    """A name that is heard whole stays at 1, and a longer one with it as a part is behind."""
    more = ("Livia Bergstrom Haddad",)
    found = scores(resolver(more, parts=True), "livia bergstrom", more=more)
    assert found.pop("Livia Bergstrom") > 0.99
    assert max(found.values()) <= 1 - LEAST_MARGIN


def test_part_counts_less_among_names_as_short() -> None:
    """What may be the whole of other names is less likely a part of this one."""
    name = "Oliver Zimmermann"
    among_long = scores(resolver(parts=True), "zimmer man")[name]
    short = ("Simon Ammann", "Simmer", "Ann Simms", "Tim Ammon")
    among_short = scores(resolver(short, parts=True), "zimmer man", more=short)[name]
    assert among_short < among_long


def test_no_pair_scores_less_than_before() -> None:
    """Parts only raise scores."""
    heard = [Hypothesis("nakamora"), Hypothesis("abdul")]
    without, found = resolver(parts=False), resolver(parts=True)
    settings = found.model.settings.rerank
    before = pair_scores(without.compare(heard).features, settings)
    after = pair_scores(found.compare(heard).features, settings)
    assert np.all(after >= before - 1e-6)
    assert np.any(after > before + 0.1)


def test_only_short_names_have_parts() -> None:
    """Each word is a part of two or three, and so are two together of three; of four none is."""
    words = [(sound, "ɪ") for sound in ("l", "b", "k", "n")]
    texts = ["li", "bi", "ki", "ni"]
    found = [
        [part.text for part in said_parts(join_words(words[:count]), " ".join(texts[:count]))]
        for count in range(1, 5)
    ]
    assert found == [[], ["li", "bi"], ["li", "bi", "ki", "li bi", "bi ki"], []]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Jacob the Sixth", ["jacob", "sixth", "the sixth"]),
        ("Bank of America", ["bank", "america", "of america"]),
        ("DTC", []),
        ("Will Do", ["will", "do"]),
        ("Or Sasson", ["or", "sasson"]),
    ],
)
def test_links_and_letters_stand_for_no_name(name: str, parts: list[str]) -> None:
    """Neither "the" nor one letter of an initialism is what people say for a name."""
    form = text_forms([name], default_g2p("en"))[0][0]
    assert [part.text for part in said_parts(form.pronunciation, form.spoken)] == parts


def test_single_words_have_no_parts() -> None:
    """Where no name has two words, the comparison is the same object."""
    model = load_model()
    index = index_in_memory([Entity(id="a", name="Fringe"), Entity(id="b", name="Lost")], model)
    comparison = Resolver(index, model).compare([Hypothesis("friend")])
    forms = index.forms(comparison.form_rows)
    assert model.sound_vectors is not None
    again = with_parts(comparison, forms, RerankSettings(), model.sound_vectors, model.costs)
    assert again is comparison


def test_parts_that_can_raise_nothing_are_not_encoded() -> None:
    """Beside names as near as an equal part would be, no vector of a part is asked for."""
    found = resolver(parts=False)
    comparison = found.compare([Hypothesis("zimmer man")])
    forms = found.index.forms(comparison.form_rows)
    costs = found.model.costs

    def refuse(ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> FloatArray:
        raise AssertionError(f"{len(ids)} parts were encoded")

    with pytest.raises(AssertionError, match="were encoded"):
        with_parts(comparison, forms, RerankSettings(), SoundVectors(refuse), costs)
    comparison.features[:] = 1
    again = with_parts(comparison, forms, RerankSettings(), SoundVectors(refuse), costs)
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
