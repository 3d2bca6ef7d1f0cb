"""Memory after a merge."""

from __future__ import annotations

import ctypes

import pytest

from index.live.freed import give_back


def test_a_c_library_without_trim_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the C library can't give memory back, nothing happens."""

    def without_trim(_: None) -> object:
        return object()

    monkeypatch.setattr(ctypes, "CDLL", without_trim)
    assert not give_back()
