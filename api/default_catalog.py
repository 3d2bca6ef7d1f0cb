"""Which catalog answers where a query names none, also after a restart.

The operator's choice comes first (`default_catalog`), then the first index folder that is named.
Without both it is the one that was it before, whose name is kept in the data folder.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from er_engine.files import write_atomically

_log = logging.getLogger(__name__)
_FILE = ".default"


def default_of(data_dir: Path) -> str | None:
    """The name of the default catalog that was noted last; it may be gone."""
    try:
        return (data_dir / _FILE).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def note_default(data_dir: Path) -> Callable[[str], None]:
    """Return what notes a default catalog; where that fails the service goes on."""

    def note(name: str) -> None:
        if default_of(data_dir) == name:
            return
        try:
            write_atomically(data_dir / _FILE, f"{name}\n")
        except OSError as error:
            _log.warning("the default catalog %s can't be noted: %s", name, error)

    return note


def with_first(names: list[str], first: str | None) -> list[str]:
    """The same names, `first` at the front if it is one of them."""
    return sorted(names, key=lambda name: name != first)
