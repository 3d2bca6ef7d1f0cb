"""Progress: lines for logs, and a sign of life where nothing else is said."""

from __future__ import annotations

import pytest

from training.progress import Progress


def test_a_line_has_the_seconds_since_the_start(capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to standard error; a quiet one says nothing."""
    Progress().say("step 1")
    captured = capsys.readouterr()
    assert captured.err.endswith("s] step 1\n")
    assert captured.out == ""
    Progress(quiet=True).say("step 1")
    assert capsys.readouterr().err == ""


def test_what_is_said_again_waits_for_a_pause(capsys: pytest.CaptureFixture[str]) -> None:
    """Right after the start or another line there is nothing new to say."""
    Progress(pause=3600.0).say_again("step 1")
    assert capsys.readouterr().err == ""
    Progress(pause=0.0).say_again("step 1")
    assert "step 1" in capsys.readouterr().err
    Progress(quiet=True, pause=0.0).say_again("step 1")
    assert capsys.readouterr().err == ""


def test_items_are_tracked_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal there is one line at the start, with the number of steps."""
    assert list(Progress().track([1, 2], "counting")) == [1, 2]
    assert "counting: 2 steps" in capsys.readouterr().err
