"""Memory after a merge."""

from __future__ import annotations

import ctypes
import weakref

import pytest

from index.live.freed import give_back


def test_a_c_library_without_trim_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the C library can't give memory back, nothing happens."""

    def without_trim(_: None) -> object:
        return object()

    monkeypatch.setattr(ctypes, "CDLL", without_trim)
    assert not give_back()


def test_who_still_uses_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is given back after its last user has left, or when that takes too long."""

    class User:
        """Holds memory."""

    trimmed = []

    class Library:
        @staticmethod
        def malloc_trim(_: int) -> int:
            trimmed.append(last_user() is None)
            return 1

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library)
    users = [User()]
    last_user: weakref.ref[object] = weakref.ref(users[0])
    monkeypatch.setattr("index.live.freed.time.sleep", lambda _: users.clear())
    assert give_back(last_user)
    users.append(User())
    last_user = weakref.ref(users[0])
    monkeypatch.setattr("index.live.freed.LAST_USE_SECONDS", 0.0)
    assert give_back(last_user)
    assert trimmed == [True, False]
