"""Drawing confusions from a table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from er_engine.phonemes.confusion_table import LOST, ConfusionTable, N
from er_engine.phonemes.inventory import WORD_BOUNDARY_ID as EDGE
from er_engine.phonemes.inventory import from_arpabet, ids
from training.confusion.sampling import ConfusionSampler

NAME = ids(from_arpabet(["CH", "IH", "P", "AH", "N", "D", "P", "AH", "T", "EY", "T", "OW"]))
P, B, T, N_SOUND = (int(number) for number in ids(["p", "b", "t", "n"]))


def counted() -> ConfusionTable:
    """Everything is mostly heard as said; p often as b, and t is lost at the ends of words."""
    sounds = np.zeros((N, N + 1))
    np.fill_diagonal(sounds, 1_000.0)
    sounds[P, B] = 500.0
    at_end = np.zeros(N + 1)
    at_end[T], at_end[LOST] = 100.0, 900.0
    inserted = np.zeros(N)
    inserted[N_SOUND] = 500.0
    return ConfusionTable(sounds, inserted, 20_000.0, right={(EDGE, T): at_end})


TABLE = counted()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(3, N - 1), min_size=1, max_size=40),
    st.floats(0, 1),
    st.integers(0, 1_000),
)
def test_drawn_sounds_are_of_the_inventory(sounds: list[int], rate: float, seed: int) -> None:
    """Whatever goes in, at least one phoneme comes out; the input is left alone."""
    said = np.array(sounds, dtype=np.uint8)
    heard = ConfusionSampler(TABLE, rate).confuse(said, np.random.default_rng(seed))
    assert heard.dtype == np.uint8
    assert len(heard) >= 1
    assert heard.min() >= 3
    assert heard.max() < N
    assert said.tolist() == sounds


def test_no_rate_changes_nothing() -> None:
    """A rate of 0 gives the same sounds back."""
    sampler, random = ConfusionSampler(TABLE, 0.0), np.random.default_rng(1)
    assert all(sampler.confuse(NAME, random).tolist() == NAME.tolist() for _ in range(20))


@pytest.mark.parametrize("rate", [0.1, 0.2])
def test_about_the_asked_share_is_changed(rate: float) -> None:
    """Over many draws and phonemes as frequent as they were counted, edits come near the rate."""
    sampler, random = ConfusionSampler(TABLE, rate), np.random.default_rng(2)
    said = random.permutation(np.arange(3, N)).astype(np.uint8)
    edits = [
        Levenshtein.distance(said.tobytes(), sampler.confuse(said, random).tobytes())
        for _ in range(200)
    ]
    assert np.mean(edits) / len(said) == pytest.approx(rate, rel=0.15)


def test_counted_confusions_are_drawn_as_often_as_counted() -> None:
    """A p is heard as b in about a third, and otherwise nearly always as a p."""
    sampler, random = ConfusionSampler(TABLE), np.random.default_rng(3)
    heard = [sampler.confuse(NAME[2:3], random).tolist() for _ in range(1_500)]
    single = [sounds[0] for sounds in heard if len(sounds) == 1]
    assert single.count(B) / len(single) == pytest.approx(1 / 3, abs=0.05)
    assert single.count(P) / len(single) == pytest.approx(2 / 3, abs=0.05)


def test_contexts_count() -> None:
    """A t is lost at the end, and kept inside."""
    sampler, random = ConfusionSampler(TABLE), np.random.default_rng(4)
    first, last = (
        sum(T in sampler.confuse(ids(said), random) for _ in range(300))
        for said in (["t", "i"], ["i", "t"])
    )
    assert first > 280
    assert last < 220


def test_the_same_generator_draws_the_same() -> None:
    """Draws depend on the generator alone."""
    sampler = ConfusionSampler(TABLE, 0.4)
    first, second = (sampler.confuse(NAME, np.random.default_rng(9)).tolist() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("rate", "temperature"), [(-0.1, 1.0), (1.1, 1.0), (0.5, 0.0)])
def test_impossible_settings_are_refused(rate: float, temperature: float) -> None:
    """Shares are from 0 to 1, a temperature is above 0."""
    with pytest.raises(ValueError, match="rate must be"):
        ConfusionSampler(TABLE, rate, temperature)
