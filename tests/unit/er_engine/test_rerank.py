"""Reranking: grouping, fusion, similarities, decisions and the settings files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from er_engine.errors import EncoderError
from er_engine.rerank.comparison import (
    Comparison,
    best_pair,
    describe_pair,
    entity_scores,
    hypothesis_scores,
    mean_sounds,
)
from er_engine.rerank.decide import decide, lead, no_match_probability, probabilities
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
from er_engine.rerank.ranking import rank
from er_engine.rerank.settings import (
    FEATURES,
    LONG,
    CalibrationSettings,
    ModelSettings,
    RerankSettings,
)
from er_engine.text import spoken_forms
from er_engine.types import SurfaceForm

scores_2d = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 5), st.integers(1, 6)),
    elements=st.floats(-1, 1, width=32),
)
descending = st.lists(st.floats(-1, 1.5, width=32), min_size=1, max_size=8).map(
    lambda values: np.array(sorted(values, reverse=True), dtype=np.float32)
)
calibrations = st.builds(
    CalibrationSettings,
    bias=st.floats(-50, 50),
    score=st.floats(-50, 50),
    margin=st.floats(-50, 50),
    sharpness=st.floats(0, 500),
    length_power=st.floats(0, 2),
    no_match_share=st.floats(0.01, 0.99),
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


@settings(max_examples=80, deadline=None)
@given(descending, calibrations, st.floats(1, 100))
def test_probabilities_add_up_to_one(
    scores: np.ndarray, fitted: CalibrationSettings, sounds: float
) -> None:
    """With that of no match; each in 0 to 1 and in the order of the scores."""
    nothing = no_match_probability(scores, fitted)
    found = probabilities(scores, nothing, fitted, sounds)
    assert 0 <= nothing <= 1
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()
    assert float(found.sum()) + nothing == pytest.approx(1.0, abs=1e-5)
    assert (np.diff(found) <= 0).all()


def test_no_match_probability_is_the_logistic_of_score_and_margin() -> None:
    """By the formula; a candidate alone leads by its whole score; none at all is no match."""
    fitted = CalibrationSettings(bias=1.0, score=-2.0, margin=-4.0)
    two = np.array([0.9, 0.4], dtype=np.float32)
    assert no_match_probability(two, fitted) == pytest.approx(1 / (1 + np.exp(-(1 - 1.8 - 2.0))))
    assert no_match_probability(two[:1], fitted) == pytest.approx(
        1 / (1 + np.exp(-(1 - 1.8 - 3.6)))
    )
    assert no_match_probability(two[:0], fitted) == 1.0
    assert probabilities(two[:0], 1.0, fitted).shape == (0,)


def test_the_same_lead_is_surer_the_more_was_heard() -> None:
    """Up to a length from which on it is the plain softmax; without the power length is nothing."""
    fitted = CalibrationSettings(sharpness=20.0, length_power=0.8)
    scores = np.array([0.9, 0.8], dtype=np.float32)
    first = [float(probabilities(scores, 0.0, fitted, n)[0]) for n in (3, 8, LONG, 3 * LONG)]
    assert 0.5 < first[0] < first[1] < first[2] == first[3]
    assert first[2] == pytest.approx(1 / (1 + np.exp(-20.0 * 0.1)))
    assert first[1] == pytest.approx(1 / (1 + np.exp(-20.0 * 0.1 * (8 / LONG) ** 0.8)))
    plain = replace(fitted, length_power=0.0)
    assert float(probabilities(scores, 0.0, plain, 3)[0]) == pytest.approx(first[2])


@given(descending, calibrations, st.floats(0.01, 0.99))
def test_another_share_of_no_match_multiplies_the_odds(
    scores: np.ndarray, fitted: CalibrationSettings, share: float
) -> None:
    """By the ratio of the odds of the shares, whatever the evidence; and back again."""
    moved = fitted.with_share(share)
    before, after = (no_match_probability(scores, s) for s in (fitted, moved))
    if 1e-6 < before < 1 - 1e-6 and 1e-6 < after < 1 - 1e-6:
        was = fitted.no_match_share
        ratio = share / (1 - share) / (was / (1 - was))
        assert after / (1 - after) == pytest.approx(before / (1 - before) * ratio, rel=1e-4)
    assert moved.no_match_share == share
    assert moved.with_share(fitted.no_match_share).bias == pytest.approx(fitted.bias, abs=1e-9)


def test_entities_of_one_name_do_not_make_it_less_likely() -> None:
    """The lead is over the next name, not over the next entity of the same one."""
    fitted = CalibrationSettings(bias=1.0, score=-2.0, margin=-4.0)
    one, twins = ([0.9, 0.4], [0.9, 0.9, 0.89999, 0.4])
    alone, several = (
        no_match_probability(np.array(s, dtype=np.float32), fitted) for s in (one, twins)
    )
    assert several == pytest.approx(alone)
    assert lead(np.array([0.7, 0.7], dtype=np.float32)) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("found", "nothing", "decision"),
    [
        ([0.9, 0.05], 0.05, "match"),
        ([0.5, 0.5], 0.0, "match"),
        ([0.45, 0.45], 0.1, "ambiguous"),
        ([0.3, 0.1], 0.6, "no_match"),
        ([], 0.0, "no_match"),
    ],
)
def test_decision_follows_the_thresholds(found: list[float], nothing: float, decision: str) -> None:
    """No match above one threshold, a match from the other on, else ambiguous."""
    assert decide(np.array(found, dtype=np.float32), nothing, CalibrationSettings()) == decision


def test_a_ranking_is_less_sure_of_its_order_where_little_was_heard() -> None:
    """That nothing fits does not depend on it; a prior moves scores by what it is then worth."""
    fitted = CalibrationSettings(sharpness=20.0, length_power=1.0)
    scores = np.array([0.7, 0.6], dtype=np.float32)
    none = np.zeros(2, dtype=np.float32)
    short, long = (
        rank(scores, none, np.arange(2), none, fitted, sounds=sounds) for sounds in (4.0, LONG)
    )
    assert short.nothing == long.nothing
    assert short.probabilities[0] < long.probabilities[0]
    boosts = np.array([0.0, 1.0], dtype=np.float32)
    moved = rank(scores, none, np.arange(2), boosts, fitted, sounds=4.0)
    assert moved.order.tolist() == [1, 0]
    assert moved.priors.tolist() == pytest.approx([1 / fitted.sharpness_for(4.0), 0.0])


def test_popularity_decides_what_differs_in_the_last_bit_only() -> None:
    """Rounding of a sum is no reason to prefer an entity; a real difference is."""
    scores = np.array([0.7, 0.6999999, 0.6], dtype=np.float32)
    popularity = np.array([1.0, 2.0, 3.0], dtype=np.float32)
    none = np.zeros(3, dtype=np.float32)
    ranking = rank(scores, popularity, np.arange(3), none, CalibrationSettings())
    assert ranking.order.tolist() == [1, 0, 2]
    assert ranking.scores[0] == ranking.scores[1] > ranking.scores[2]


numbers = st.floats(-1e6, 1e6)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(FEATURES), numbers), numbers, calibrations)
def test_settings_come_back_from_their_files(
    tmp_path_factory: pytest.TempPathFactory,
    weights: dict[str, float],
    share: float,
    fitted: CalibrationSettings,
) -> None:
    """Every number exactly."""
    folder = tmp_path_factory.mktemp("settings")
    made = ModelSettings(RerankSettings(weights, best_share=share), fitted)
    made.save(folder)
    assert ModelSettings.load(folder) == made


def test_default_settings_come_back(tmp_path: Path) -> None:
    """What is written first when training; weights are in the order of the features."""
    ModelSettings().save(tmp_path)
    assert ModelSettings.load(tmp_path) == ModelSettings()
    written = json.loads((tmp_path / "rerank.json").read_text())
    assert weight_vector(RerankSettings()).tolist() == pytest.approx(
        [written["weights"][name] for name in FEATURES]
    )
    assert weight_vector(RerankSettings({"text": 1.0})).tolist() == [
        0,
        1,
        *[0] * (len(FEATURES) - 2),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rerank", '{"weights": {"smell": 1}}', r"rerank\.json: unknown features \['smell'\]"),
        (
            "rerank",
            '{"weights": {"text": "much"}}',
            r"rerank\.json: text = 'much' must be a finite",
        ),
        ("rerank", '{"weights": {"text": NaN}}', r"rerank\.json: text = nan must be a finite"),
        ("rerank", '{"weights": [1]}', r"rerank\.json: weights = \[1\] must be an object"),
        ("rerank", '{"best_share": null}', r"rerank\.json: best_share = None must be a finite"),
        ("rerank", '{"colour": 1}', r"rerank\.json: .*colour"),
        ("rerank", "[1, 2]", r"rerank\.json: "),
        ("calibration", '{"bias": "low"}', r"calibration\.json: bias = 'low' must be a finite"),
        (
            "calibration",
            '{"no_match_share": 1.0}',
            r"no_match_share = 1\.0 must be between 0 and 1",
        ),
        ("calibration", "{", r"calibration\.json: .*damaged or of another version"),
        ("calibration", None, r"calibration\.json is missing"),
    ],
)
def test_wrong_settings_are_refused(
    tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    """An EncoderError names the file and what is wrong in it."""
    ModelSettings().save(tmp_path)
    path = tmp_path / f"{name}.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(EncoderError, match=message):
        ModelSettings.load(tmp_path)


def test_settings_are_checked_when_made_in_code() -> None:
    """A typing mistake does not wait for the first query."""
    with pytest.raises(ValueError, match="unknown features"):
        RerankSettings({"vectors": 1.0})
    with pytest.raises(ValueError, match="sharpness = inf must be a finite number"):
        replace(CalibrationSettings(), sharpness=float("inf"))
