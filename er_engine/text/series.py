"""Titles of a series: "Indiana Jones and the Temple of Doom" is also asked for as "temple of doom".

What follows "and the" is then a name of its own. So it is where it is long enough not to be any
series'; "the Lion, the Witch and the Wardrobe" is not asked for as its wardrobe.
"""

from __future__ import annotations

import re

_SECOND_NAME = re.compile(r"\S\s+(?:and|&)\s+(the\s+[^\s:()\[\]]+\s[^:()\[\]]*)\Z", re.IGNORECASE)
# Letters, with those of "the".
_SHORTEST = 15
# Characters: no title is longer, and what is may have any number of places to look at.
_LONGEST = 200


def second_name(title: str) -> str:
    """Return what follows "and the" in a title, with "the"; "" where that is no name of its own."""
    found = _SECOND_NAME.search(title) if len(title) <= _LONGEST else None
    name = found[1] if found else ""
    return name if sum(map(str.isalnum, name)) >= _SHORTEST else ""
