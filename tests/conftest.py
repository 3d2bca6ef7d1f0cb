"""Property-based tests draw the same examples in every run.

A change must not fail by an example that it has nothing to do with. To look for new ones:
HYPOTHESIS_PROFILE=explore python -m pytest tests
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.register_profile("explore", print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
