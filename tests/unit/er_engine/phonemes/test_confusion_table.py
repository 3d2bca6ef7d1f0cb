"""The table of confusions: a file that people can read, probabilities, and alignment costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.errors import EncoderError
from er_engine.phonemes.confusion_costs import confusion_costs
from er_engine.phonemes.confusion_table import LOST, ConfusionTable, N, read_confusions
from er_engine.phonemes.inventory import SYMBOLS, ids
from er_engine.phonemes.similarity import alignment_similarities, articulatory_costs, sound_ids

P, B, S, T, EDGE = (int(number) for number in ids(["p", "b", "s", "t", "|"]))
PHONEMES = st.integers(3, N - 1)
COUNTS = st.integers(1, 10_000_000).map(lambda number: number / 100)


@st.composite
def tables(draw: st.DrawFn) -> ConfusionTable:
    """Any table that training could write."""
    sounds, inserted = np.zeros((N, N + 1)), np.zeros(N)
    heard = st.integers(3, LOST)
    for said, other, count in draw(st.lists(st.tuples(PHONEMES, heard, COUNTS), max_size=30)):
        sounds[said, other] = count
    for added, count in draw(st.lists(st.tuples(PHONEMES, COUNTS), max_size=5)):
        inserted[added] = count
    sides: list[dict[tuple[int, int], np.ndarray]] = [{}, {}]
    for side in sides:
        for key in draw(st.lists(st.tuples(st.sampled_from([EDGE, P, S]), PHONEMES), max_size=3)):
            side[key] = np.zeros(N + 1)
            side[key][draw(heard)] = draw(COUNTS)
    fates = draw(st.dictionaries(st.sampled_from(["kept", "lost", "+1"]), COUNTS))
    return ConfusionTable(sounds, inserted, draw(COUNTS), *sides, fates)


@settings(max_examples=40, deadline=None)
@given(tables())
def test_a_table_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, table: ConfusionTable
) -> None:
    """Every count comes back, and writing it again gives the same bytes."""
    folder = tmp_path_factory.mktemp("tables")
    table.save(folder / "a.tsv")
    found = read_confusions(folder / "a.tsv")
    found.save(folder / "b.tsv")
    assert (folder / "a.tsv").read_bytes() == (folder / "b.tsv").read_bytes()
    assert np.array_equal(found.sounds, table.sounds)
    assert np.array_equal(found.inserted, table.inserted)
    assert (found.gaps, found.boundaries) == (table.gaps, table.boundaries)
    for side, other in ((found.left, table.left), (found.right, table.right)):
        assert side.keys() == other.keys()
        assert all(np.array_equal(side[key], other[key]) for key in side)


@settings(max_examples=40, deadline=None)
@given(tables(), PHONEMES)
def test_probabilities_add_up_and_are_never_0(table: ConfusionTable, said: int) -> None:
    """With and without context; insertions leave room for there being none."""
    for chances in (table.outcomes[said], table.beside(EDGE, said, True), table.heard_shares):
        assert chances.sum() == pytest.approx(1)
        assert chances.min() > 0
    assert 0 < table.insertions.sum() < 1


@settings(max_examples=40, deadline=None)
@given(tables(), st.floats(0, 1))
def test_costs_are_costs(table: ConfusionTable, blend: float) -> None:
    """At least 0, exactly 0 for the same phoneme, and the same in both directions."""
    costs = confusion_costs(table, blend)
    assert costs.substitution.min() >= 0
    assert not np.diag(costs.substitution).any()
    assert np.array_equal(costs.substitution, costs.substitution.T)
    assert np.array_equal(costs.deletion, costs.insertion)
    assert costs.deletion[3:].min() > 0
    assert costs.substitution.dtype == costs.deletion.dtype == np.float32


def test_no_share_of_learned_costs_leaves_the_articulatory_ones() -> None:
    """A blend of 0 changes nothing but what accents exchange."""
    found = confusion_costs(ConfusionTable(np.zeros((N, N + 1)), np.zeros(N), 0.0), blend=0.0)
    expected = articulatory_costs()
    changed = found.substitution != expected.substitution
    assert {(SYMBOLS[a], SYMBOLS[b]) for a, b in np.argwhere(np.triu(changed)).tolist()} <= {
        ("v", "w"),
        ("w", "v"),
        ("l", "ɹ"),
        ("ɹ", "l"),
    }
    assert np.allclose(found.deletion, expected.deletion)


def test_what_accents_exchange_is_cheap_whatever_was_counted() -> None:
    """Voices without an accent never say "wodka" for vodka; those who do are understood."""
    sounds = np.diag(np.full(N, 10_000.0))
    costs = confusion_costs(ConfusionTable(np.hstack([sounds, np.zeros((N, 1))]), np.zeros(N), 0.0))
    vodka, wodka, kodka = ([sound_ids((first, "ɑ", "d", "k", "ə"))] for first in ("v", "w", "k"))
    near, _ = alignment_similarities(wodka, vodka, costs)
    far, _ = alignment_similarities(kodka, vodka, costs)
    assert near[0, 0] > far[0, 0] + 0.05


def test_what_is_often_confused_or_lost_is_cheap() -> None:
    """Counts move costs away from articulation, in the direction of what was seen."""
    sounds = np.zeros((N, N + 1))
    sounds[P, P], sounds[P, S], sounds[T, T], sounds[B, B] = 500, 500, 500, 500
    before = confusion_costs(ConfusionTable(sounds, np.zeros(N), 1_000.0))
    sounds = sounds.copy()
    sounds[T, LOST] = 500
    costs = confusion_costs(ConfusionTable(sounds, np.zeros(N), 1_000.0))
    assert costs.substitution[S, P] < articulatory_costs().substitution[S, P]
    assert costs.deletion[T] < before.deletion[T]
    assert costs.deletion[B] == before.deletion[B]


def test_a_context_counts_beside_all_contexts() -> None:
    """Lost mostly at the end of words: likelier there than elsewhere."""
    sounds, at_end = np.zeros((N, N + 1)), np.zeros(N + 1)
    sounds[T, T], sounds[T, LOST] = 900, 100
    at_end[T], at_end[LOST] = 100, 90
    table = ConfusionTable(sounds, np.zeros(N), 1_000.0, right={(EDGE, T): at_end})
    assert table.beside(EDGE, T, False)[LOST] > 2 * table.beside(P, T, False)[LOST]


HEADER = "kind\tleft\tsaid\tright\theard\tcount\tprobability"
NONE = "none\tany\t-\tany\t-\t10\t0.9"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("sound\tany\tp\tany\tb\t1", "expected 7 columns, found 6"),
        ("sound\tany\tQ\tany\tb\t1\t0.5", "'Q' is no phoneme"),
        ("sound\tany\tp\tany\tb\t-1\t0.5", "count '-1' must be a number of at least 0"),
        ("sound\tany\tp\tany\tb\tnan\t0.5", "count 'nan'"),
        ("sound\tany\tp\tany\tb\t1\t1.5", "at most 1"),
        ("sound\ts\tp\ts\tb\t1\t0.5", "a context has one side"),
        ("noise\tany\tp\tany\tb\t1\t0.5", "unknown kind 'noise'"),
        (NONE, "there twice"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    """The error has the file, the number of the line, and what is wrong with it."""
    path = tmp_path / "confusions.tsv"
    path.write_text(f"# a comment\n{HEADER}\n{NONE}\n{line}\n", encoding="utf-8")
    with pytest.raises(EncoderError, match=rf"confusions\.tsv, line 4: .*{message}"):
        read_confusions(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not complete"),
        (f"{HEADER}\n", "not complete"),
        ("kind\tsaid\n", "line 1: expected the columns"),
    ],
)
def test_a_table_that_is_no_table_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Empty, cut off, or something else."""
    path = tmp_path / "confusions.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EncoderError, match=message):
        read_confusions(path)


def test_a_missing_or_damaged_file_is_an_error_of_the_model(tmp_path: Path) -> None:
    """Both name the file."""
    with pytest.raises(EncoderError, match=r"none\.tsv is missing"):
        read_confusions(tmp_path / "none.tsv")
    (tmp_path / "bytes.tsv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EncoderError, match=r"bytes\.tsv: not UTF-8"):
        read_confusions(tmp_path / "bytes.tsv")


def test_every_symbol_can_be_a_row() -> None:
    """No phoneme is written like a mark of the table."""
    assert not {"any", "-"} & set(SYMBOLS)
