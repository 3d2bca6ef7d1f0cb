"""Freed memory, given back to the system."""

from __future__ import annotations

import ctypes
import gc
import time
import weakref

# Longer than a query takes.
LAST_USE_SECONDS = 1.0
_LOOK_SECONDS = 0.05


def give_back(last_user: weakref.ref[object] | None = None) -> bool:
    """Give back what was freed; False where the C library has no way to (it is not glibc).

    glibc keeps what was freed for later. After a merge that is the old main index in memory, some
    hundred MB of a catalog of 36,000 entities, which another process could use.

    Args:
        last_user: what holds it; waited for, a second at most, since a query may still use it.
    """
    end = time.monotonic() + LAST_USE_SECONDS
    while last_user is not None and last_user() is not None and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return False
    return bool(trim(0))
