"""Abbreviations of street addresses: "14 N Elm Ct" is said "fourteen north elm court".

A house number before them and a street after them tell them from initials, saints and doctors:
"7 E Street", "4 S Club" and "Elm CT" stay letters.
"""

from __future__ import annotations

from er_engine.text.abbreviations import DIRECTIONS, STREET_TYPES, UNITS
from er_engine.text.context import Context, Reading
from er_engine.text.initialisms import spell

# Where more words follow, these may be names or other words: "Ave Maria", "sq ft".
_OTHER_WORDS = frozenset({"aly", "ave", "sq", "ter"})
# These may stand before a name, too, and are read in both ways there.
_TITLES = {"st": "saint", "dr": "doctor"}
_STREETS = frozenset({*STREET_TYPES, *STREET_TYPES.values(), "way"})
# A number before these is none of a house: "24 Hours in St Tropez".
_LINKS = frozenset({"and", "at", "by", "for", "from", "in", "of", "on", "the", "to", "with"})
# Words of a street's name, its direction included.
_MOST_WORDS = 5
_WORDS = frozenset({"word", "ordinal", "letters"})


def read_address(context: Context, i: int) -> Reading | None:
    """Directions, kinds of streets and units, where what stands around them says what they are."""
    readings = _direction(context, i) or _unit(context, i) or _street_type(context, i)
    return (1, readings) if readings else None


def _direction(context: Context, i: int) -> tuple[str, ...]:
    if context.kind(i) not in {"word", "letters"}:
        return ()
    direction = DIRECTIONS.get(_letters(context, i).upper(), "")
    # "7 E Street" is the street E.
    if not direction or context.word(i + 1) in _STREETS:
        return ()
    if context.kind(i - 1) == "number":
        if _street_follows(context, i + 1):
            return (direction,)
        starts = i == 1 and context.text(i).isupper() and len(context.word(i + 1)) > 1
        return (spell(_letters(context, i).lower()), direction) if starts else ()
    after = context.word(i - 1) in _STREETS and _after_house_number(context, i - 1)
    return (direction,) if after and context.text(i).isupper() else ()


def _unit(context: Context, i: int) -> tuple[str, ...]:
    unit = UNITS.get(context.word(i), "")
    numbered = context.kind(0) == "number" and context.kind(i + 1) == "number"
    return (unit,) if unit and numbered else ()


def _street_type(context: Context, i: int) -> tuple[str, ...]:
    folded = context.word(i)
    as_letters = context.text(i).isupper() and not context.shouted
    if folded not in STREET_TYPES or as_letters or not _after_house_number(context, i):
        return ()
    ends = _street_ends(context, i + 1)
    if not ends and folded in _OTHER_WORDS:
        return ()
    title = _TITLES.get(folded, "") if not ends else ""
    return (STREET_TYPES[folded], title) if title else (STREET_TYPES[folded],)


def _letters(context: Context, i: int) -> str:
    return context.text(i).replace(".", "").replace(" ", "")


def _street_follows(context: Context, i: int) -> bool:
    """Whether a numbered street stands here, or a word for a street after some others."""
    if context.kind(i) == "ordinal":
        return True
    for place in range(i, i + _MOST_WORDS):
        if context.kind(place) not in _WORDS or context.word(place) in _LINKS:
            return False
        if context.word(place) in _STREETS:
            return True
    return False


def _after_house_number(context: Context, i: int) -> bool:
    """Whether a number stands before, with some words of a street between."""
    place = i - 1
    while place > i - 2 - _MOST_WORDS and context.kind(place) in _WORDS:
        if context.word(place) in _LINKS:
            return False
        place -= 1
    return context.kind(place) == "number" and place < i - 1


def _street_ends(context: Context, i: int) -> bool:
    """Whether no more words of a name follow."""
    follows = context.kind(i) in {"word", "letters"}
    return not follows or context.word(i) in UNITS or _letters(context, i) in DIRECTIONS
