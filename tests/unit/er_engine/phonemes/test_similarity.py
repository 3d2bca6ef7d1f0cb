"""Similarities and alignments against a plain, slow dynamic programming."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.phonemes.alignment import align
from er_engine.phonemes.inventory import SYMBOLS, ids, parse_pronunciation
from er_engine.phonemes.similarity import (
    Costs,
    alignment_similarities,
    articulatory_costs,
    as_text,
    compared,
    fitting_costs,
    global_costs,
    pad,
    sound_ids,
    transposed,
)

N = len(SYMBOLS)
sequences = st.lists(st.sampled_from(SYMBOLS[3:]), max_size=9).map(tuple)
pairs = st.lists(st.tuples(sequences, sequences), min_size=1, max_size=6)


def uneven_costs() -> Costs:
    """Costs without any symmetry, as training may fit them."""
    rng = np.random.default_rng(3)
    substitution = rng.random((N, N), dtype=np.float32)
    np.fill_diagonal(substitution, 0.0)
    return Costs(substitution, rng.random(N, dtype=np.float32), rng.random(N, dtype=np.float32))


UNEVEN = uneven_costs()


def slow_cost(a: Sequence[str], b: Sequence[str], costs: Costs, free_ends: bool) -> float:
    """The textbook recurrence, one cell at a time."""
    x, y = ids(a), ids(b)
    table = np.zeros((len(x) + 1, len(y) + 1))
    for j in range(1, len(y) + 1):
        table[0, j] = 0 if free_ends else table[0, j - 1] + costs.insertion[y[j - 1]]
    for i in range(1, len(x) + 1):
        table[i, 0] = table[i - 1, 0] + costs.deletion[x[i - 1]]
        for j in range(1, len(y) + 1):
            table[i, j] = min(
                table[i - 1, j - 1] + costs.substitution[x[i - 1], y[j - 1]],
                table[i - 1, j] + costs.deletion[x[i - 1]],
                table[i, j - 1] + costs.insertion[y[j - 1]],
            )
    return float(table[-1].min() if free_ends else table[-1, -1])


@settings(deadline=None)
@given(pairs)
def test_costs_equal_the_slow_ones(cases: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
    """Batched global and fitting costs are those of the textbook, for pairs of all lengths."""
    a, a_lengths = pad([sound_ids(first) for first, _ in cases])
    b, b_lengths = pad([sound_ids(second) for _, second in cases])
    whole = global_costs(a, a_lengths, b, b_lengths, UNEVEN)
    fitting = fitting_costs(a, a_lengths, b, b_lengths, UNEVEN)
    back = global_costs(b, b_lengths, a, a_lengths, transposed(UNEVEN))
    assert whole.dtype == fitting.dtype == np.float32
    np.testing.assert_allclose(whole, [slow_cost(*c, UNEVEN, False) for c in cases], atol=1e-5)
    np.testing.assert_allclose(fitting, [slow_cost(*c, UNEVEN, True) for c in cases], atol=1e-5)
    np.testing.assert_allclose(back, whole, atol=1e-5)


@settings(deadline=None)
@given(sequences, sequences)
def test_alignment_path(a: tuple[str, ...], b: tuple[str, ...]) -> None:
    """The path spells both sequences and costs what the cheapest alignment costs."""
    path = align(a, b, UNEVEN)
    assert tuple(x for x, _ in path if x) == a
    assert tuple(y for _, y in path if y) == b
    cost = 0.0
    for x, y in path:
        if x and y:
            cost += UNEVEN.substitution[ids([x])[0], ids([y])[0]]
        else:
            cost += UNEVEN.deletion[ids([x])[0]] if x else UNEVEN.insertion[ids([y or ""])[0]]
    assert cost == pytest.approx(slow_cost(a, b, UNEVEN, False), abs=1e-4)


def test_readable_alignment() -> None:
    """Sounds that are alike stand beside each other; word boundaries are left out."""
    heard, meant = parse_pronunciation("ʃɪpɪŋ"), parse_pronunciation("tʃɪp ænd")
    assert align(heard, meant) == [
        ("ʃ", "tʃ"), ("ɪ", "ɪ"), ("p", "p"), ("ɪ", "æ"), ("ŋ", "n"), (None, "d")
    ]  # fmt: skip


@settings(deadline=None)
@given(st.lists(sequences, max_size=4), st.lists(sequences, max_size=4))
def test_all_with_all(heard: list[tuple[str, ...]], names: list[tuple[str, ...]]) -> None:
    """Similarities have the right shape and range; the same sounds are 1, empty ones 0."""
    found = alignment_similarities(*([sound_ids(s) for s in side] for side in (heard, names)))
    for similarities in found:
        assert similarities.shape == (len(heard), len(names))
        assert similarities.dtype == np.float32
        assert ((similarities >= 0) & (similarities <= 1)).all()
        for i, a in enumerate(heard):
            for j, b in enumerate(names):
                if not a or not b:
                    assert similarities[i, j] == 0
                elif a == b:
                    assert similarities[i, j] == 1


def test_partial_mentions_fit() -> None:
    """A part of a name fits fully into it, the name not into the part; less alike as a whole."""
    part, full = (sound_ids(parse_pronunciation(w)) for w in ("dʒænɪs", "dʒænɪs oʊnil"))
    whole, fitting = alignment_similarities([part, full], [full, part])
    assert fitting[0, 0] == 1.0
    assert fitting[1, 1] < 0.6
    assert 0 < whole[0, 0] < 1
    assert whole[0, 0] == pytest.approx(whole[1, 1])


def test_an_r_coloured_vowel_is_a_vowel_and_an_r() -> None:
    """However it is written, "ver sigh" is near *Versailles*; explanations show the two sounds."""
    heard, name, spelled = (parse_pronunciation(w) for w in ("vɚ saɪ", "vɛɹsaɪ", "vəɹ saɪ"))
    whole, fitting = alignment_similarities(
        [sound_ids(heard), sound_ids(spelled)], [sound_ids(name), sound_ids(heard)]
    )
    assert whole[0, 0] == whole[1, 0] > 0.85
    assert whole[1, 1] == fitting[1, 1] == 1.0
    assert compared(heard) == spelled
    assert compared(name) == name


def test_results_do_not_depend_on_the_batch() -> None:
    """A pair has the same similarity alone and beside longer ones, to the bit."""
    short = sound_ids(parse_pronunciation("tʃɪp"))
    other = sound_ids(parse_pronunciation("ʃɪpɪŋ"))
    long = sound_ids(parse_pronunciation("pəteɪtoʊ pəteɪtoʊ pəteɪtoʊ"))
    alone = alignment_similarities([short], [other])
    beside = alignment_similarities([long, short], [long, other])
    assert [float(s[0, 0]) for s in alone] == [float(s[1, 1]) for s in beside]


def test_word_boundaries_are_not_heard() -> None:
    """Where a word ends changes no similarity."""
    assert as_text(("k", "|", "a")) == as_text(("k", "a"))
    np.testing.assert_array_equal(sound_ids(("k", "|", "a")), ids(("k", "a")))


def test_shared_costs_are_read_only() -> None:
    """No caller can change the costs of all the others."""
    with pytest.raises(ValueError, match="read-only"):
        articulatory_costs().substitution[0, 0] = 1.0


def test_padding_of_nothing() -> None:
    """No sequences, or only empty ones, make arrays without columns."""
    none, lengths = pad([])
    assert none.shape == (0, 0)
    assert lengths.shape == (0,)
    assert pad([sound_ids(())])[0].shape == (1, 0)
