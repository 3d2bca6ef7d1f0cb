"""Reranking: grouping, fusion, similarities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from er_engine.rerank.comparison import (
    Comparison,
    best_pair,
    describe_pair,
    entity_scores,
    hypothesis_scores,
    mean_sounds,
)
from er_engine.rerank.features import ALIGNED, leaves_words_out, similarities
from er_engine.rerank.fusion import (
    best_per_group,
    fuse_hypotheses,
    likeness_of,
    pair_scores,
    weight_vector,
)
from er_engine.rerank.ngrams import (
    index_ngrams,
    letter_buckets,
    ngram_products,
    shared_words,
    sound_buckets,
)
from er_engine.rerank.settings import (
    FEATURES,
    RerankSettings,
)
from er_engine.text import spoken_forms
from er_engine.types import SurfaceForm

scores_2d = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 5), st.integers(1, 6)),
    elements=st.floats(-1, 1, width=32),
)


@given(scores_2d, st.data())
def test_best_per_group_is_the_maximum_of_each_group(
    scores: np.ndarray, data: st.DataObject
) -> None:
    """Along either axis, whatever the sizes of the groups."""
    for axis in (0, 1):
        size = scores.shape[axis]
        steps = data.draw(st.lists(st.integers(0, 1), min_size=size - 1, max_size=size - 1))
        groups = np.cumsum([0, *steps])
        found = best_per_group(scores, groups, int(groups[-1]) + 1, axis)
        for group in range(int(groups[-1]) + 1):
            members = np.compress(groups == group, scores, axis=axis)
            np.testing.assert_array_equal(np.take(found, group, axis=axis), members.max(axis=axis))


def test_fusion_is_a_share_of_the_best_and_the_weighted_mean() -> None:
    """By hand: weights 1 and 0.5 of the ranks, 2 and 4 of the sounds."""
    scores = np.array([[0.8, 0.1], [0.2, 0.6]], dtype=np.float32)
    ranks, sounds = np.array([0, 1]), np.array([2, 4])
    fused = fuse_hypotheses(
        scores, ranks, sounds, RerankSettings(best_share=0.25, rank_decay=0.5, length_power=1.0)
    )
    mean = (2 * scores[0] + 0.5 * 4 * scores[1]) / 4
    np.testing.assert_allclose(fused, 0.25 * scores.max(axis=0) + 0.75 * mean, rtol=1e-6)
    alone = fuse_hypotheses(scores[:1], ranks[:1], sounds[:1], RerankSettings())
    np.testing.assert_allclose(alone, scores[0], rtol=1e-6)


def test_sounds_do_not_count_without_their_power() -> None:
    """A length power of 0 leaves the ranks alone."""
    scores = np.array([[0.8, 0.1], [0.2, 0.6]], dtype=np.float32)
    plain = RerankSettings(length_power=0.0)
    one, other = (
        fuse_hypotheses(scores, np.array([0, 1]), np.array(sounds), plain)
        for sounds in ([1, 1], [9, 2])
    )
    np.testing.assert_array_equal(one, other)


EVEN = RerankSettings(best_share=0.0, rank_decay=1.0, length_power=0.0)


def fused_texts(texts: list[str], scores: np.ndarray, settings: RerankSettings) -> np.ndarray:
    """Fuse the scores of hypotheses of five sounds each."""
    n = len(texts)
    return fuse_hypotheses(
        scores, np.arange(n), np.full(n, 5), settings, likeness=likeness_of(texts)
    )


def test_what_two_recognisers_heard_alike_counts_twice() -> None:
    """The same text comes twice only from two recognisers; a variant of it hardly adds to it."""
    scores = np.array([[0.9, 0.1], [0.2, 0.6]], dtype=np.float32)
    again = fused_texts(["garcia", "bloom", "garcia"], scores[[0, 1, 0]], EVEN)
    np.testing.assert_allclose(again, (2 * scores[0] + scores[1]) / 3, rtol=1e-6)
    varied = fused_texts(["garcia", "bloom", "garcias"], scores[[0, 1, 0]], EVEN)
    assert scores.mean(axis=0)[0] < varied[0] < again[0]


def test_the_odd_hypothesis_gains_on_those_that_are_alike() -> None:
    """Three of "garcia" and something are less than three pieces of evidence, more than one."""
    scores = np.array([[0, 1], [0, 1], [0, 1], [1, 0]], dtype=np.float32)
    odd, _ = fused_texts(["garcia of", "a garcia", "garcia", "bloom"], scores, EVEN)
    assert 1 / 4 < odd < 1 / 2


def test_entity_scores_read_how_alike_the_hypotheses_are() -> None:
    """The first form of each hypothesis says it; a third that is like the second adds little."""
    made = comparison()
    varied = replace(
        made,
        heard=[*made.heard, replace(made.heard[1], spoken="twos")],
        ranks=np.array([0, 2, 2, 3]),
        features=made.features[[0, 1, 2, 1]],
        places=np.array([0, 2, 2, 3]),
    )
    scores = hypothesis_scores(varied, EVEN)
    likeness = likeness_of(["one", "two", "twos"])
    weights = 1 / (likeness**EVEN.likeness_power).sum(axis=1)
    np.testing.assert_allclose(
        entity_scores(varied, EVEN), weights @ scores / weights.sum(), rtol=1e-5
    )
    assert weights[1] + weights[2] < 1.4 * weights[0]


def comparison() -> Comparison:
    """Two hypotheses (the second has two forms), three entities (the second has two forms)."""
    random = np.random.default_rng(5)
    return Comparison(
        heard=[SurfaceForm(t, t, ("b",) * n) for t, n in (("one", 2), ("two", 3), ("2", 4))],
        ranks=np.array([0, 2, 2]),
        entity_rows=np.array([4, 6, 9]),
        form_rows=np.array([10, 12, 13, 20]),
        of_entity=np.array([0, 1, 1, 2]),
        features=random.random((3, 4, len(FEATURES))).astype(np.float32),
        places=np.array([0, 2, 2]),
    )


def test_entity_scores_take_the_best_forms_and_fuse_the_hypotheses() -> None:
    """Against plain loops; ranks are the recogniser's, sounds those of each one's first form."""
    made, chosen = comparison(), RerankSettings(best_share=0.5, rank_decay=0.5, length_power=1.0)
    pairs = pair_scores(made.features, chosen)
    groups = {0: [0], 2: [1, 2]}
    columns = [[0], [1, 2], [3]]
    best = {
        rank: [max(pairs[h, c] for h in rows for c in forms) for forms in columns]
        for rank, rows in groups.items()
    }
    weights = {0: 1.0 * 2, 2: 0.25 * 3}
    wanted = [
        0.5 * max(best[0][e], best[2][e])
        + 0.5 * (weights[0] * best[0][e] + weights[2] * best[2][e]) / sum(weights.values())
        for e in range(3)
    ]
    np.testing.assert_allclose(entity_scores(made, chosen), wanted, rtol=1e-5)
    np.testing.assert_allclose(hypothesis_scores(made, chosen), list(best.values()), rtol=1e-6)


def test_how_much_was_heard_is_the_mean_over_hypotheses() -> None:
    """Of the first form of each; an empty form counts as one sound."""
    made = comparison()
    assert mean_sounds(made) == pytest.approx((2 + 3) / 2)
    made.heard[0] = SurfaceForm("", "", ())
    assert mean_sounds(made) == pytest.approx((1 + 3) / 2)


def test_best_pair_is_where_the_score_comes_from() -> None:
    """The heard form and the surface form with the highest sum, described with its parts."""
    made, chosen = comparison(), RerankSettings({"text": 1.0})
    made.features[...] = 0.0
    made.features[2, 2, 1] = 0.75
    assert best_pair(made, 1, chosen) == (2, 2)
    assert describe_pair(made, 2, 2, weight_vector(chosen)) == "heard '2': text 0.75"


def test_a_name_that_stands_among_other_words_has_a_least_score() -> None:
    """The weighted sum counts where it is higher, the floor times `name_part` where it is lower."""
    settings = RerankSettings({"text": 1.0}, name_floor=0.5)
    features = np.zeros((3, len(FEATURES)), dtype=np.float32)
    features[:, FEATURES.index("text")] = [0.3, 0.3, 0.8]
    features[:, FEATURES.index("name_part")] = [0.0, 1.0, 1.0]
    np.testing.assert_allclose(pair_scores(features, settings), [0.3, 0.5, 0.8], rtol=1e-6)


def test_a_form_that_leaves_words_of_its_name_out_is_behind_one_that_does_not() -> None:
    """In its spelling alone; accents, commas and dots are not left out, numbers have letters."""
    texts = ("Law and Order", "Law and Order: Special Victims Unit", "L.A.W. & Order")
    catalog = [SurfaceForm(text, "law and order", ("l", "ɔ")) for text in texts]
    index = index_ngrams(catalog)
    sounds = ngram_products(index.sounds, catalog[:1], sound_buckets)
    letters = ngram_products(index.letters, catalog[:1], letter_buckets)
    rows, words = np.arange(3), shared_words(index.letters, catalog[:1], catalog)
    vectors = np.ones((1, 3), dtype=np.float32)
    full, short, dotted = similarities(
        catalog[:1], catalog, vectors, sounds.scores_at(rows), letters.scores_at(rows), words
    )[0]
    np.testing.assert_array_equal(full, dotted)
    assert np.flatnonzero(full != short).tolist() == [FEATURES.index("text")]
    assert full[1] > short[1] > 0.95
    assert leaves_words_out(SurfaceForm("Fly by Night [fr]", "fly by night", ()))
    for text in ("Amélie, the 2nd", "428 Elm St.", "S.W.A.T.", "Mission: Impossible"):
        assert not leaves_words_out(SurfaceForm(text, spoken_forms(text)[0], ()))


def test_similarities_of_the_same_are_one_and_of_strangers_low() -> None:
    """Each in its column; nothing is like an empty pronunciation."""
    name = SurfaceForm("", "chip and potato", ("tʃ", "ɪ", "p", "|", "p", "ə", "t", "eɪ", "t", "oʊ"))
    other = SurfaceForm("", "goggles", ("g", "ɑ", "g", "ə", "l", "z"))
    silent = SurfaceForm("", "", ())
    catalog, heard = [name, other, silent], [name, silent]
    index = index_ngrams(catalog)
    vectors = np.array([[1, 0, 0], [0, 0, 0]], dtype=np.float32)
    sounds = ngram_products(index.sounds, heard, sound_buckets)
    letters = ngram_products(index.letters, heard, letter_buckets)
    rows = np.arange(3)
    found = similarities(
        heard,
        catalog,
        vectors,
        sounds.scores_at(rows),
        letters.scores_at(rows),
        shared_words(index.letters, heard, catalog),
    )
    assert found.shape == (2, 3, len(FEATURES))
    np.testing.assert_allclose(found[0, 0], 1.0, atol=1e-6)
    assert found[0, 1].max() < 0.5
    assert (found >= 0).all()
    assert (found <= 1 + 1e-6).all()
    assert found[1, 2, FEATURES.index("heard_part")] == 0
    assert found[1, 2, FEATURES.index("alignment")] == 0


def test_only_the_nearest_forms_are_aligned() -> None:
    """Of many forms the one that was heard is aligned, and no more than so many others."""
    vowels, ends = (
        ("a", "e", "i", "o", "u"),
        ("b", "d", "f", "g", "k", "l", "m", "n", "s", "t", "z"),
    )
    names = [
        SurfaceForm("", f"p{v}{e}{w}", ("p", v, e, w))
        for v in vowels
        for e in ends
        for w in "aeiou"
    ]
    heard = [names[137]]
    ngrams = index_ngrams(names)
    rows = np.arange(len(names))
    found = similarities(
        heard,
        names,
        np.zeros((1, len(names)), dtype=np.float32),
        ngram_products(ngrams.sounds, heard, sound_buckets).scores_at(rows),
        ngram_products(ngrams.letters, heard, letter_buckets).scores_at(rows),
        shared_words(ngrams.letters, heard, names),
    )
    aligned = found[0, :, FEATURES.index("alignment")] > 0
    assert len(names) > 5 * ALIGNED
    assert found[0, 137, FEATURES.index("alignment")] == 1
    assert 0 < np.count_nonzero(aligned) <= ALIGNED


def test_a_name_beside_many_other_words_counts_less() -> None:
    """Exact within what was heard: wholly where it is half of it, less where it is a fifth."""
    name = SurfaceForm("", "tina", ("t", "i", "n", "ə"))
    beside = ("|", "m", "ʌ", "t", "ʃ")
    heard = [
        SurfaceForm("", " ".join(["tina", *["much"] * n]), name.pronunciation + beside * n)
        for n in (0, 1, 4)
    ]
    ngrams = index_ngrams([name])
    found = similarities(
        heard,
        [name],
        np.zeros((3, 1), dtype=np.float32),
        ngram_products(ngrams.sounds, heard, sound_buckets).scores_at(np.arange(1)),
        ngram_products(ngrams.letters, heard, letter_buckets).scores_at(np.arange(1)),
        shared_words(ngrams.letters, heard, [name]),
    )
    np.testing.assert_allclose(found[:, 0, FEATURES.index("name_part")], [1, 1, 0.7], rtol=1e-5)
