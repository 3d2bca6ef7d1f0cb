"""How many ways of reading what was heard are compared."""

from __future__ import annotations

import pytest

from er_engine.phonemes.default import default_g2p
from er_engine.phonemes.g2p import G2P
from er_engine.readings import MOST_WITH_SECOND, read_aloud

# Each may be said as a year or as a number.
YEARS = [str(year) for year in range(1984, 1994)]


@pytest.fixture(scope="module")
def g2p() -> G2P:
    """The English one."""
    return default_g2p("en")


@pytest.mark.parametrize(
    ("count", "readings"),
    [
        (1, [2]),
        (3, [2, 2, 2]),
        (4, [2, 2, 1, 1]),
        (5, [2, 1, 1, 1, 1]),
        (6, [2, 1, 1, 1, 1, 1]),
        (10, [2] + [1] * 9),
    ],
)
def test_the_best_are_read_in_two_ways_while_they_are_few(
    count: int, readings: list[int], g2p: G2P
) -> None:
    """Six readings in all, or one more than there are hypotheses."""
    found = read_aloud(YEARS[:count], g2p, "en")
    assert [len(forms) for forms in found] == readings
    assert sum(readings) <= max(MOST_WITH_SECOND, count + 1)


def test_a_second_reading_not_taken_is_left_to_the_next(g2p: G2P) -> None:
    """Words with one reading leave theirs to numbers behind them."""
    found = read_aloud(["fringe", "1984", "1985", "friends"], g2p, "en")
    assert [len(forms) for forms in found] == [1, 2, 2, 1]


def test_the_best_one_that_can_be_said_is_the_best(g2p: G2P) -> None:
    """Punctuation before it takes nothing from it."""
    found = read_aloud(["...", *YEARS[:7]], g2p, "en")
    assert [len(forms) for forms in found] == [0, 2, 1, 1, 1, 1, 1, 1]


def test_the_readings_differ_in_words_before_they_differ_in_sounds(g2p: G2P) -> None:
    """Of a number that is said in several ways no way is read twice."""
    ((first, second),) = read_aloud(["1984"], g2p, "en")
    assert first.spoken != second.spoken


def test_what_nobody_can_say_has_no_reading(g2p: G2P) -> None:
    """A hypothesis without letters and digits is there, and empty."""
    assert [len(forms) for forms in read_aloud(["...", "fringe"], g2p, "en")] == [0, 1]
