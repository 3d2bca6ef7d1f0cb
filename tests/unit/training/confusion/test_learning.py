"""Learning confusions: pairs, alignments, counts, word boundaries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.phonemes.confusion_table import LOST, ConfusionTable, read_confusions
from er_engine.phonemes.inventory import WORD_BOUNDARY_ID as EDGE
from er_engine.phonemes.inventory import ids, parse_pronunciation
from tests.unit.training.tiny import SpelledWords
from training.confusion.boundaries import fates
from training.confusion.counting import empty_table, learn_confusions
from training.confusion.halves import in_training_half
from training.confusion.pairs import Pair, likeness, make_pairs, spoken
from training.confusion.viterbi import NONE, align_all
from training.examples import Utterance

SOUNDS = ("p", "b", "t", "s", "n", "ə", "i", "oʊ")
PRONUNCIATIONS = st.lists(
    st.lists(st.sampled_from(SOUNDS), min_size=1, max_size=4).map(tuple), min_size=1, max_size=3
)


def pair(said: str, heard: str, weight: float = 1.0) -> Pair:
    """Written in IPA, `|` between words."""
    return Pair(spoken(parse_pronunciation(said)), spoken(parse_pronunciation(heard)), weight)


def number(symbol: str) -> int:
    """Id of one phoneme."""
    return int(ids([symbol])[0])


def path(one: Pair, table: ConfusionTable | None = None) -> list[tuple[int, int]]:
    """The alignment of one pair, as positions said and heard, in order."""
    (aligned,) = align_all([one], table or empty_table())
    steps = [(int(step.said[0]), int(step.heard[0])) for step in aligned.steps]
    return steps[::-1]


@st.composite
def pairs(draw: st.DrawFn) -> list[Pair]:
    """A few pairs of made-up words."""
    sides = st.builds(lambda words: "|".join(map(" ".join, words)), PRONUNCIATIONS)
    weights = st.floats(0.1, 5)
    return [pair(draw(sides), draw(sides), draw(weights)) for _ in range(draw(st.integers(1, 6)))]


@settings(max_examples=30, deadline=None)
@given(pairs())
def test_the_likelihood_never_falls(found: list[Pair]) -> None:
    """Each round of aligning and counting makes data and prior together no less likely."""
    posteriors = learn_confusions(found, rounds=5).posteriors
    assert len(posteriors) == 5
    assert np.diff(posteriors).min() >= -1e-6 * abs(posteriors[0])


@settings(max_examples=30, deadline=None)
@given(pairs())
def test_alignments_take_up_neighbouring_sounds_in_order(found: list[Pair]) -> None:
    """Positions of each side rise by one, and only whole words at the ends are skipped."""
    for one in found:
        steps = path(one)
        for side, given_side in ((0, one.said), (1, one.heard)):
            places = [step[side] for step in steps if step[side] != NONE]
            assert places == list(range(places[0], places[-1] + 1)) if places else True
            if places:
                assert given_side.starts[places[0]]
                assert given_side.starts[places[-1] + 1]


@settings(max_examples=30, deadline=None)
@given(pairs(), st.integers(0, 1_000))
def test_the_order_of_pairs_is_no_matter(found: list[Pair], seed: int) -> None:
    """Counts are sums."""
    order = np.random.default_rng(seed).permutation(len(found))
    tables = [learn_confusions(group).table for group in (found, [found[i] for i in order])]
    assert np.allclose(tables[0].sounds, tables[1].sounds, atol=0.02)
    assert tables[0].gaps == pytest.approx(tables[1].gaps, abs=0.02)


def test_confusions_are_counted_where_they_happen() -> None:
    """A sound heard as another, one lost, one added; weights count."""
    found = [pair("b ə t i", "p ə t i", 2.0), pair("s i t", "s i"), pair("t i p", "t i n p")]
    table = learn_confusions([*found, *[pair("n oʊ t", "n oʊ t")] * 5]).table
    assert table.sounds[number("b"), number("p")] == 2.0
    assert table.sounds[number("t"), LOST] == 1.0
    assert table.inserted[number("n")] == 1.0
    assert table.sounds[number("n"), number("n")] == 5.0


def test_what_was_learned_changes_the_next_alignment() -> None:
    """An odd confusion that is seen again and again becomes an alignment of two sounds."""
    odd = [pair("n i p", "n i s")] * 50 + [pair("p oʊ t", "s oʊ t")] * 50
    learned = learn_confusions(odd).table
    assert learned.outcomes[number("p"), number("s")] > 0.5
    assert path(pair("p", "s"), learned) == [(0, 0)]


def test_words_left_out_are_not_lost_sounds() -> None:
    """A first name for the whole name, and a name amid other words."""
    table = learn_confusions(
        [pair("t i n ə|s oʊ b i t ə p", "t i n ə"), pair("t i n ə", "s oʊ p|t i n ə|b i t s")]
    ).table
    assert table.sounds[:, LOST].sum() == 0
    assert table.inserted.sum() == 0


def test_contexts_are_counted_when_there_are_enough() -> None:
    """A t that is lost at the ends of words only."""
    found = [pair("t i p ə t", "t i p ə")] * 120
    table = learn_confusions(found).table
    assert table.right[EDGE, number("t")][LOST] == 120
    assert table.left[EDGE, number("t")][number("t")] == 120
    assert not learn_confusions(found[:5]).table.left


@pytest.mark.parametrize(
    ("said", "heard", "expected"),
    [
        ("t i|n ə", "t i|n ə", ["kept"]),
        ("t i|n ə", "t i n ə", ["lost"]),
        ("t i n ə", "t i|n ə", ["added"]),
        ("t i|n ə s", "t i n|ə s", ["+1"]),
        ("t i s|n ə", "t i|s n ə", ["-1"]),
        ("t i|n ə|s i", "t i|n ə s i", ["kept", "lost"]),
    ],
)
def test_word_boundaries_are_kept_lost_added_or_moved(
    said: str, heard: str, expected: list[str]
) -> None:
    """By where the boundary stands among the aligned sounds."""
    one = pair(said, heard)
    matches = {a: b for a, b in path(one) if NONE not in (a, b)}
    assert fates(one, matches) == expected


def test_strangers_are_left_out_and_doubtful_pairs_count_less() -> None:
    """Of three hypotheses each counts a third, less where it sounds less like what was said."""
    heard = ("rena sobel", "dima hafel", "tim tim tim")
    found = make_pairs([Utterance("rena sobel", heard, ("rena",))], SpelledWords())
    assert found[0].weight == pytest.approx(1 / 3)
    assert len(found) == 2
    assert 0 < found[1].weight < found[0].weight


def test_likeness_is_1_for_the_same_and_for_a_long_enough_part() -> None:
    """A short sequence fits somewhere into anything, so it has to be like the whole."""
    same, part, short = (
        pair("t i n ə s oʊ", "t i n ə s oʊ"),
        pair("t i n ə s oʊ|b i t", "t i n ə s oʊ"),
        pair("t i n ə s oʊ|b i t", "t i"),
    )
    found = likeness([same, part, short])
    assert found[0] == found[1] == 1
    assert found[2] < 0.5


def test_the_training_half_is_fixed_and_about_half() -> None:
    """By a hash of the entity's id: the same on every machine."""
    half = [in_training_half(f"e{number:05}") for number in range(1_000)]
    assert 450 < sum(half) < 550
    assert half[:8] == [in_training_half(f"e{number:05}") for number in range(8)]


def test_a_learned_table_survives_its_file(tmp_path) -> None:
    """Counts are rounded when learned, not when written: a model reads what training had."""
    table = learn_confusions([pair("t i p", "t i b", 1 / 3)] * 7).table
    table.save(tmp_path / "confusions.tsv")
    found = read_confusions(tmp_path / "confusions.tsv")
    assert np.array_equal(found.outcomes, table.outcomes)
    assert found.gaps == table.gaps
