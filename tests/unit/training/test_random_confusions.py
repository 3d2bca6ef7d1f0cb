"""Synthetic confusions: within the inventory, plausible, and as many as asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from er_engine.phonemes.features import distance_matrix
from er_engine.phonemes.inventory import SYMBOLS, from_arpabet, ids
from er_engine.phonemes.symbols import ARPABET
from training.random_confusions import FIRST_PHONEME_ID, ConfusionMaker

ENGLISH = set(ids(from_arpabet(sorted(ARPABET))).tolist())
NAME = ids(from_arpabet(["CH", "IH", "P", "AH", "N", "D", "P", "AH", "T", "EY", "T", "OW"]))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(FIRST_PHONEME_ID, len(SYMBOLS) - 1), min_size=1, max_size=40),
    st.floats(0, 1),
    st.integers(0, 1_000),
)
def test_confusions_stay_in_the_inventory(sounds: list[int], rate: float, seed: int) -> None:
    """Whatever goes in, at least one sound comes out, each one of English or of the input."""
    given_ids = np.array(sounds, dtype=np.uint8)
    found = ConfusionMaker(rate).confuse(given_ids, np.random.default_rng(seed))
    assert found.dtype == np.uint8
    assert len(found) >= 1
    assert set(found.tolist()) <= ENGLISH | set(sounds)
    assert given_ids.tolist() == sounds


def test_no_rate_changes_nothing() -> None:
    """A rate of 0 gives the same sounds back."""
    maker = ConfusionMaker(0.0)
    random = np.random.default_rng(1)
    assert all(maker.confuse(NAME, random).tolist() == NAME.tolist() for _ in range(20))


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.4])
def test_about_the_asked_share_is_changed(rate: float) -> None:
    """Over many draws, the edits for each sound come near the rate."""
    maker, random = ConfusionMaker(rate), np.random.default_rng(3)
    edits = [
        Levenshtein.distance(NAME.tobytes(), maker.confuse(NAME, random).tobytes())
        for _ in range(1_500)
    ]
    assert np.mean(edits) / len(NAME) == pytest.approx(rate, rel=0.1)


def test_substitutes_sound_alike() -> None:
    """What replaces a sound is nearer to it than a random sound, and never the sound itself."""
    maker, random = ConfusionMaker(1.0), np.random.default_rng(4)
    sound = NAME[:1]
    heard = [maker.confuse(sound, random) for _ in range(800)]
    substitutes = np.array([h[0] for h in heard if len(h) == 1 and h[0] != sound[0]])
    distances = distance_matrix()[sound[0]]
    english = np.array(sorted(ENGLISH - {int(sound[0])}))
    assert len(substitutes) > 100
    assert distances[substitutes].mean() < 0.8 * distances[english].mean()


def test_same_generator_gives_the_same_confusion() -> None:
    """Draws depend on the generator alone."""
    first, second = (
        ConfusionMaker(0.3).confuse(NAME, np.random.default_rng(9)).tolist() for _ in range(2)
    )
    assert first == second
