"""Whole words in common: what a recogniser knows it writes as it is."""

import numpy as np

from er_engine.rerank.ngrams import index_ngrams, word_scores
from er_engine.types import SurfaceForm


def form(text: str) -> SurfaceForm:
    """A form that is only written."""
    return SurfaceForm(text, text, ())


NAMES = [form(text) for text in ("harry potter", "peter", "potter", "harry styles", "the beach")]


def test_a_shared_word_counts_by_its_rarity() -> None:
    """Against a count by hand: squared rarities of common words over the lengths of both."""
    letters = index_ngrams(NAMES).letters
    scores = word_scores(letters, [form("potter")], NAMES)
    rarity = {2: np.log1p((5 - 2 + 0.5) / 2.5) ** 2, 1: np.log1p((5 - 1 + 0.5) / 1.5) ** 2}
    assert scores.cosine[0, 2] == np.float32(1.0)
    wanted = rarity[2] / np.sqrt(rarity[2] * (rarity[2] + rarity[2]))
    np.testing.assert_allclose(scores.cosine[0, 0], wanted, rtol=1e-5)
    assert scores.cosine[0, [1, 3, 4]].tolist() == [0.0, 0.0, 0.0]


def test_a_partial_mention_has_all_of_the_shorter_side() -> None:
    """Either way round the part is 1, and nothing shared is 0."""
    letters = index_ngrams(NAMES).letters
    scores = word_scores(letters, [form("potter"), form("young harry potter")], NAMES)
    np.testing.assert_allclose(scores.part[:, 0], 1.0, rtol=1e-5)
    assert scores.part[0, 1] == 0.0


def test_words_that_the_catalog_lacks_share_nothing() -> None:
    """No words, unknown words and no names give zeros of the right shape."""
    letters = index_ngrams(NAMES).letters
    assert word_scores(letters, [form(""), form("zzz")], NAMES).cosine.max() == 0.0
    assert word_scores(letters, [form("potter")], []).part.shape == (1, 0)
