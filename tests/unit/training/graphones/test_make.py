"""Graphones are found, counted and stored."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.phonemes.graphone_search import readings
from er_engine.phonemes.graphones import PHONEMES
from training.graphones.aligning import learn
from training.graphones.lattices import N_GRAPHONES, lattices, spell
from training.graphones.make import aligned, make_model, read_entries, write_model
from training.graphones.ngrams import END, START, estimate, grow, prune

_ONSETS = {"b": "B", "d": "D", "sh": "SH", "ph": "F", "x": "K S", "m": "M"}
_VOWELS = {"a": "AE", "ee": "IY", "o": "OW"}
_SOUNDS = _ONSETS | _VOWELS
_LINES = [
    f"{''.join(parts)} {' '.join(_SOUNDS[part] for part in parts)}"
    for parts in itertools.product(_ONSETS, _VOWELS, _ONSETS, _VOWELS)
]
_GRAPHONES = st.lists(st.lists(st.integers(2, 6), min_size=1, max_size=6), min_size=1, max_size=20)


def test_entries_are_words_of_letters_with_each_of_their_readings() -> None:
    """Marks of further readings are dropped, words with other characters left out."""
    found = read_entries(["read R EH D", "read(2) R IY D", "o'neil OW N IY L", "a.m. EY EH M"])
    assert [word for word, _ in found] == ["read", "read"]
    assert [PHONEMES[sound] for sound in found[1][1]] == ["R", "IY", "D"]


def test_letters_are_aligned_with_their_sounds() -> None:
    """Digraphs and letters for two sounds are found in regular spellings."""
    entries = read_entries(_LINES)
    path = aligned(entries)[[word for word, _ in entries].index("pheexa")]
    spelled = [spell(graphone) for graphone in path]
    assert ["".join(chr(97 + letter) for letter in letters) for letters, _ in spelled] == [
        "ph",
        "ee",
        "x",
        "a",
    ]
    assert [len(sounds) for _, sounds in spelled] == [1, 1, 2, 1]


def test_paths_spell_their_entries() -> None:
    """The letters and sounds of each path, joined, are the word and its reading."""
    entries = read_entries(_LINES)
    for (word, sounds), path in zip(entries, aligned(entries, rounds=2), strict=True):
        parts = [spell(graphone) for graphone in path]
        assert "".join(chr(97 + letter) for letters, _ in parts for letter in letters) == word
        assert tuple(sound for _, heard in parts for sound in heard) == sounds


def test_unseen_words_are_read_by_their_parts() -> None:
    """A word left out of the lines is read right."""
    entries = [entry for entry in read_entries(_LINES) if entry[0] != "sheepha"]
    model = make_model(entries, order=4, threshold=0.0)
    sounds = readings(model, ["sheepha"])[0][0][0]
    assert [PHONEMES[sound] for sound in sounds] == ["SH", "IY", "F", "AE"]


def test_the_same_entries_give_the_same_file(tmp_path: Path) -> None:
    """Bytes are equal, times are not stored."""
    for name in ("one.npz", "two.npz"):
        write_model(make_model(read_entries(_LINES[:80]), order=3, rounds=2), tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_probabilities_of_graphones_sum_to_one() -> None:
    """Expectation maximisation gives a distribution."""
    grids = lattices([[0, 1], [0], [1, 1]], [[3, 4], [3], [4]])
    probabilities = learn(grids, rounds=3)
    assert probabilities.shape == (N_GRAPHONES,)
    assert probabilities.sum() == pytest.approx(1)


@settings(max_examples=50)
@given(_GRAPHONES, st.floats(0, 3))
def test_next_tokens_share_the_probability_before_and_after_pruning(
    words: list[list[int]], threshold: float
) -> None:
    """In every context seen and unseen tokens together have probability one."""
    used = sorted({token for word in words for token in word})
    words = [[used.index(token) + 2 for token in word] for word in words]
    whole = estimate(grow(words, len(used) + 2, 3))
    for model in (whole, prune(whole, threshold)):
        tree = model.tree
        for context in range(len(tree.parent)):
            children = np.flatnonzero(tree.parent[1:] == context) + 1
            if not len(children) or context == 0:
                continue
            seen = np.exp(model.log_probability[children]).sum()
            lower = np.exp(model.log_probability[tree.shorter[children]]).sum()
            below = 1.0 if tree.shorter[context] == 0 else None
            if below is not None:
                total = seen + np.exp(model.log_back_off[context]) * (below - lower)
                assert total == pytest.approx(1, abs=0.02)


def test_ngrams_are_counted_with_both_ends() -> None:
    """The tree has the start, the end, and what lies between."""
    tree = grow([[2, 3], [2]], 4, 3)
    by_token = {int(tree.token[node]): int(tree.count[node]) for node in range(1, 5)}
    assert by_token == {START: 2, END: 2, 2: 2, 3: 1}
    assert tree.levels[:2] == (0, 1)
