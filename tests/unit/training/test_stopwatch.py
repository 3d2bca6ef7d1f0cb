"""The time of a training that was stopped and resumed."""

from pathlib import Path

import pytest

from training.stopwatch import FILE, total_seconds


def test_time_before_a_stop_counts(tmp_path: Path) -> None:
    """A run that ends in an interrupt leaves its seconds to the next one."""
    (tmp_path / FILE).write_text("60.0\n", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), total_seconds(tmp_path):
        raise KeyboardInterrupt
    with total_seconds(tmp_path) as seconds:
        assert 60.0 <= seconds() < 120.0
    assert float((tmp_path / FILE).read_text(encoding="utf-8")) >= 60.0
