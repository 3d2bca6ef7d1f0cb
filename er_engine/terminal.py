"""Names and transcripts on a terminal: characters that act on it are shown, not sent."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

# Controls such as ESC, and separators that start a new line.
_ACTING_CATEGORIES = ("Cc", "Zl", "Zp")
# They turn the direction of the text around them.
_ACTING_CHARACTERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def harmless(text: str, keep: str = "") -> str:
    r"""Write control characters as in Python source (ESC is `\x1b`), but those of `keep`."""
    return "".join(
        character if character in keep or not _acts(character) else _escaped(character)
        for character in text
    )


def cell(text: str, style: str = "") -> Text:
    """Make a table cell: harmless, and brackets are no markup."""
    from rich.text import Text

    return Text(harmless(text), style=style)


def _acts(character: str) -> bool:
    category = unicodedata.category(character)
    return category in _ACTING_CATEGORIES or character in _ACTING_CHARACTERS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
