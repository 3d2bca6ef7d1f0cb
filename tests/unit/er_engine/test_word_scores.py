"""Whole words in common: what a recogniser knows it writes as it is."""

import numpy as np

from er_engine.rerank.ngrams import index_ngrams, shared_words
from er_engine.types import SurfaceForm


def form(text: str) -> SurfaceForm:
    """A form that is only written."""
    return SurfaceForm(text, text, ())


NAMES = [form(text) for text in ("harry potter", "peter", "potter", "harry styles", "the beach")]


def test_a_shared_word_counts_by_its_rarity() -> None:
    """Against a count by hand: squared rarities of common words over the lengths of both."""
    letters = index_ngrams(NAMES).letters
    scores = shared_words(letters, [form("potter")], NAMES)
    squared = np.log1p((5 - 2 + 0.5) / 2.5) ** 2  # both words are in two names
    assert scores[0, 2] == np.float32(1.0)
    np.testing.assert_allclose(scores[0, 0], squared / np.sqrt(squared * 2 * squared), rtol=1e-5)
    assert scores[0, [1, 3, 4]].tolist() == [0.0, 0.0, 0.0]


def test_words_that_the_catalog_lacks_share_nothing() -> None:
    """No words, unknown words and no names give zeros of the right shape."""
    letters = index_ngrams(NAMES).letters
    assert shared_words(letters, [form(""), form("zzz")], NAMES).max() == 0.0
    assert shared_words(letters, [form("potter")], []).shape == (1, 0)
