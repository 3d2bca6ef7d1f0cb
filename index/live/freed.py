"""Freed memory, given back to the system."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> bool:
    """Give back what was freed; False where the C library has no way to (it is not glibc).

    glibc keeps what was freed for later. After a merge that is the old main index in memory, some
    hundred MB of a catalog of 36,000 entities, which another process could use.
    """
    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return False
    return bool(trim(0))
