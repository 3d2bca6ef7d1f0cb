"""The study of wrong training pairs: what it injects, how it counts, what it reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.held_out import misses
from benchmarks.noisy_pairs import with_wrong_pairs
from benchmarks.noisy_report import write_report
from tests.unit.training.tiny import HEARD, make_module, make_table
from training.examples import Examples, Utterance


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_share_of_pairs_becomes_wrong(share: float) -> None:
    """So many get what was heard of another name; what was said stays, and so does the order."""
    noisy = with_wrong_pairs(HEARD, share, 3)
    assert [utterance.said for utterance in noisy] == [utterance.said for utterance in HEARD]
    assert sum(a.heard != b.heard for a, b in zip(noisy, HEARD, strict=True)) == 8 * share
    assert {utterance.heard for utterance in noisy} <= {utterance.heard for utterance in HEARD}
    assert with_wrong_pairs(HEARD, share, 3) == noisy


def test_a_hypothesis_is_right_if_a_right_name_is_alone_in_front(tmp_path: Path) -> None:
    """A name itself is found; one that sounds like another is a tie, unless both are right."""
    names = ("edo mabel", "una", "q una", "zoe hill")  # the letter q has no sound here
    told = (
        Utterance("edo mabel", ("edo mabel",), ("edo mabel",)),
        Utterance("una", ("una",), ("una",)),
        Utterance("una", ("una",), ("una", "q una")),
        Utterance("edo mabel", ("zoe hill",), ("edo mabel",)),
    )
    table = make_table(tmp_path, Examples((), names, (), ()))
    assert misses(make_module(), table, told, names) == [0, 1, 0, 1]


def test_the_report_compares_with_the_plain_loss(tmp_path: Path) -> None:
    """Errors are means over seeds; what was written by hand below stays when it is written anew."""
    path = tmp_path / "report.md"
    cells = [
        _cell("plain", 1, last="1100", best="1000"),
        _cell("plain", 2, last="1110", best="1000"),
        _cell("filter", 1, last="1000", best="1111"),
        _cell("filter", 2, last="0000", best="1111"),
    ]
    write_report(path, cells)
    text = path.read_text("utf-8")
    assert "### 20 % wrong pairs" in text
    assert "| plain | 62.5 |" in text
    assert "| early stopping | 25.0 |" in text
    assert "| filter | 12.5 |" in text
    assert "25.0, 0.0 | -50.0 |" in text
    path.write_text(f"{text}Read by hand.\n", "utf-8")
    write_report(path, cells)
    assert path.read_text("utf-8") == f"{text}Read by hand.\n"


def _cell(method: str, seed: int, **missed: str) -> dict[str, Any]:
    config = {
        "run": {"seed": seed, "steps": 3, "batch_size": 4},
        "encoder": {"width": 8, "dimension": 8},
        "loss": {"kind": "plain", "strength": 0.0},
    }
    return {
        "key": {
            "setting": "recorded",
            "method": method,
            "share": 0.2,
            "utterances": 10,
            "config": config,
        },
        "seconds": 2,
        "entities": ["a", "b", "c", "d"],
        "names": 4,
        "missed": missed,
    }
