"""N-gram indexes against plain dictionaries, and which n-grams are dropped."""

from __future__ import annotations

import math
import zlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.phonemes.inventory import SYMBOLS
from er_engine.rerank.ngrams import (
    BUCKETS,
    MIN_DROPPED,
    NgramIndex,
    NgramProducts,
    build_ngram_index,
    index_ngrams,
    letter_buckets,
    ngram_products,
    sound_buckets,
)
from er_engine.types import SurfaceForm

words = st.text("abcde", min_size=1, max_size=5)
spoken = st.lists(words, max_size=3).map(" ".join)
sounds = st.lists(st.sampled_from(("b", "ə", "t", "|")), max_size=6).map(tuple)
forms = st.builds(SurfaceForm, st.just(""), spoken, sounds)


def pieces_of_letters(form: SurfaceForm) -> set[int]:
    """Return the buckets of words, triples and quadruples of letters, one by one."""
    found = set()
    for word in form.spoken.split():
        marked = f"_{word}_"
        found.add(f"={word}")
        found |= {marked[i : i + 3] for i in range(len(marked) - 2)}
        found |= {marked[i : i + 4] for i in range(len(marked) - 3)}
    return {zlib.crc32(piece.encode()) % BUCKETS for piece in found}


def plain_scores(catalog: list[set[int]], heard: set[int]) -> tuple[list[float], list[float]]:
    """Return cosine and part by the formulas, with sets and dictionaries."""
    n, counts = len(catalog), Counter(bucket for found in catalog for bucket in found)
    weight = {
        b: math.log1p((n - counts[b] + 0.5) / (counts[b] + 0.5)) ** 2 for b in heard.union(*catalog)
    }
    of_heard = sum(weight[b] for b in heard)
    cosine, part = [], []
    for found in catalog:
        own, shared = sum(weight[b] for b in found), sum(weight[b] for b in found & heard)
        cosine.append(shared / math.sqrt(own * of_heard) if shared else 0.0)
        part.append(shared / min(own, of_heard) if shared else 0.0)
    return cosine, part


@settings(max_examples=40, deadline=None)
@given(st.lists(forms, min_size=1, max_size=6), forms)
def test_scores_are_those_of_plain_dictionaries(
    catalog: list[SurfaceForm], heard: SurfaceForm
) -> None:
    """Cosine and part of the TF-IDF weights, for every form of a small catalog."""
    products = ngram_products(index_ngrams(catalog).letters, [heard], letter_buckets)
    found = products.scores_at(np.arange(len(catalog)))
    sets = [set(letter_buckets(form).tolist()) for form in catalog]
    cosine, part = plain_scores(sets, set(letter_buckets(heard).tolist()))
    np.testing.assert_allclose(found.cosine[0], cosine, atol=1e-5)
    np.testing.assert_allclose(found.part[0], part, atol=1e-5)
    assert pieces_of_letters(heard) == set(letter_buckets(heard).tolist())


@settings(max_examples=40, deadline=None)
@given(st.lists(forms, min_size=1, max_size=6), st.lists(forms, min_size=1, max_size=3))
def test_scores_lie_between_0_and_1(catalog: list[SurfaceForm], heard: list[SurfaceForm]) -> None:
    """Of sounds and of letters; a form is wholly like itself where it has anything."""
    index = index_ngrams(catalog)
    for part, buckets in ((index.sounds, sound_buckets), (index.letters, letter_buckets)):
        products = ngram_products(part, [*heard, *catalog], buckets)
        found = products.scores_at(np.arange(len(catalog)))
        for scores in (found.cosine, found.part):
            assert scores.dtype == np.float32
            assert scores.shape == (len(heard) + len(catalog), len(catalog))
            assert (scores >= 0).all()
            assert (scores <= 1 + 1e-6).all()
        own = found.cosine[len(heard) :].diagonal()
        has = [bool(len(buckets(form))) for form in catalog]
        np.testing.assert_allclose(own, np.array(has, dtype=np.float32), atol=1e-5)


def test_word_boundaries_are_not_heard() -> None:
    """Sounds in a row give the same n-grams however they are cut into words."""
    one, other = (SurfaceForm("", "", tuple(s.split())) for s in ("b ə | t", "b | ə t"))
    assert sound_buckets(one).tolist() == sound_buckets(other).tolist()
    backwards = SurfaceForm("", "", ("t", "ə", "b"))
    assert sound_buckets(one).tolist() != sound_buckets(backwards).tolist()


@pytest.mark.parametrize("symbol", SYMBOLS[3:6])
def test_a_single_sound_has_ngrams(symbol: str) -> None:
    """Its ends are marked, so that even the shortest name can be found."""
    assert len(sound_buckets(SurfaceForm("", "", (symbol,)))) == 3


def test_a_partial_mention_scores_as_a_part() -> None:
    """A word of a longer name: all of what was heard is in it."""
    catalog = [SurfaceForm("", text, ()) for text in ("janice oneill", "janet oneal", "bob")]
    heard = [SurfaceForm("", "janice", ())]
    products = ngram_products(index_ngrams(catalog).letters, heard, letter_buckets)
    found = products.scores_at(np.arange(3))
    assert found.part[0, 0] == pytest.approx(1.0, abs=1e-6)
    assert found.cosine[0, 0] < 0.9
    assert found.part[0].argmax() == 0
    assert found.cosine[0, 2] == found.part[0, 2] == 0.0


def common(n_forms: int, having: int) -> NgramIndex:
    """Return an index in which bucket 7 belongs to the first forms, and each has its own."""
    own = [np.array([1_000 + row], dtype=np.int32) for row in range(n_forms)]
    shared = [np.array([7, *b], dtype=np.int32) if row < having else b for row, b in enumerate(own)]
    return build_ngram_index(shared, n_forms)


@pytest.mark.parametrize(
    ("n_forms", "having", "dropped"),
    [
        (1_500, MIN_DROPPED, False),
        (1_500, MIN_DROPPED + 1, True),
        (8_000, 1_600, False),
        (8_000, 1_601, True),
    ],
)
def test_ngrams_of_too_many_forms_are_dropped(n_forms: int, having: int, dropped: bool) -> None:
    """Above a share of all forms, and never below a count: no postings and no weight."""
    index = common(n_forms, having)
    assert int(index.starts[8] - index.starts[7]) == (0 if dropped else having)
    assert bool(index.rarity[7] == 0) == dropped
    dot, length = index.dot(np.array([7], dtype=np.int32))
    assert (length == 0) == dropped
    assert int((dot > 0).sum()) == (0 if dropped else having)
    products = ngram_products(index, [SurfaceForm("", "", ())], lambda _: np.array([7], np.int32))
    scores = products.scores_at(np.arange(n_forms))
    assert np.isfinite(scores.cosine).all()
    assert bool(scores.cosine.any()) == (not dropped)


def test_postings_are_by_bucket_and_row() -> None:
    """Starts ascend to the number of postings; rows ascend inside each bucket."""
    index = build_ngram_index(
        [np.array(b, np.int32) for b in ([3, 5], [5], [0, 3, BUCKETS - 1])], 3
    )
    assert index.starts[0] == 0
    assert index.starts[-1] == len(index.rows) == 6
    postings = {
        b: index.rows[index.starts[b] : index.starts[b + 1]].tolist()
        for b in (0, 3, 5, BUCKETS - 1)
    }
    assert postings == {0: [2], 3: [0, 2], 5: [0, 1], BUCKETS - 1: [2]}


def test_scores_at_rows() -> None:
    """Only these columns, in the order asked for; all are 0 for what has no n-grams."""
    lengths = np.array([1, 0, 2], dtype=np.float32)
    products = np.array([[1, 0, 4], [0, 0, 0]], dtype=np.float32)
    scores = NgramProducts(products, np.array([2, 0], np.float32), lengths)
    found = scores.scores_at(np.array([2, 1, 0]))
    assert found.cosine.tolist() == [[1, 0, 0.5], [0, 0, 0]]
    assert found.part.tolist() == [[1, 0, 1], [0, 0, 0]]


@settings(max_examples=40, deadline=None)
@given(st.lists(forms, min_size=1, max_size=6), st.lists(forms, min_size=1, max_size=3))
def test_strengths_are_those_of_the_scores(
    catalog: list[SurfaceForm], heard: list[SurfaceForm]
) -> None:
    """The cosine and half of the part, for every form, one heard form after the other."""
    products = ngram_products(index_ngrams(catalog).sounds, heard, sound_buckets)
    scores = products.scores_at(np.arange(len(catalog)))
    expected = scores.cosine + scores.part / 2
    np.testing.assert_allclose(list(products.strengths()), expected, atol=1e-5)
