"""Word lists that are kept as text: lists/business.txt and lists/nicknames.txt."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

LISTS = Path(__file__).parent / "lists"


@functools.cache
def business() -> Mapping[str, tuple[str, ...]]:
    """Lists by name; a word that is there twice is drawn twice as often."""
    lines = (LISTS / "business.txt").read_text().splitlines()
    pairs = (line.split(": ", 1) for line in lines)
    return {name: tuple(words.split("|")) for name, words in pairs}


@functools.cache
def nicknames() -> Mapping[str, str]:
    """Nickname by first name."""
    lines = (LISTS / "nicknames.txt").read_text().splitlines()
    return dict(line.split("|") for line in lines)
