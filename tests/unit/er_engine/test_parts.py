"""Partial mentions beside words of a name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.phonemes.inventory import parse_pronunciation
from er_engine.phonemes.similarity import alignment_similarities, articulatory_costs, sound_ids
from er_engine.rerank.parts import MAX_LONG_NAME, part_similarities

sounds = st.text(alphabet="pbtkmnsaiuə", min_size=1, max_size=6)
names = st.lists(sounds, min_size=1, max_size=14).map(" ".join)


def compare(heard: list[str], spoken: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the similarities to whole names, and to names or their parts."""
    ids = [sound_ids(parse_pronunciation(text)) for text in heard]
    pronunciations = [parse_pronunciation(text) for text in spoken]
    costs = articulatory_costs()
    whole, _ = alignment_similarities(ids, [sound_ids(p) for p in pronunciations], costs)
    return whole, part_similarities(ids, pronunciations, whole, costs)


def test_one_word_of_a_name_is_fully_alike() -> None:
    """A first or a last name alone is like the name as if it were whole; a stranger stays one."""
    whole, parts = compare(["lɪviə", "bɝɡ"], ["lɪviə bɝɡmən", "sɛvɪlə"])
    assert parts[0, 0] == 1.0
    assert whole[0, 0] < 0.7
    assert parts[1, 0] > whole[1, 0]
    assert parts[0, 1] == whole[0, 1]


def test_first_two_words_of_three_are_fully_alike() -> None:
    """So are the last two."""
    _, parts = compare(["tɪm bɝtən", "bɝtən ləndən"], ["tɪm bɝtən ləndən"])
    assert parts.tolist() == [[1.0], [1.0]]


def test_beginning_and_end_of_a_long_name_are_fully_alike() -> None:
    """Words from where a name of seven begins or ends are like the name; a middle is not."""
    name = "həri pɑtə ənd ðə hæf blʌd prɪns"
    _, parts = compare(["hæf blʌd prɪns", "həri pɑtə ənd ðə", "ənd ðə hæf"], [name])
    assert parts[:2].tolist() == [[1.0], [1.0]]
    assert parts[2, 0] < 1.0


@settings(max_examples=60, deadline=None)
@given(st.lists(sounds, min_size=1, max_size=3), st.lists(names, min_size=1, max_size=4))
def test_a_part_never_lowers_the_similarity(heard: list[str], spoken: list[str]) -> None:
    """At least that of the whole, at most 1; equal where the name is a single word."""
    whole, parts = compare(heard, spoken)
    assert (parts >= whole).all()
    assert parts.max() <= 1
    for column, name in enumerate(spoken):
        if " " not in name or name.count(" ") >= MAX_LONG_NAME:
            assert parts[:, column] == pytest.approx(whole[:, column])
