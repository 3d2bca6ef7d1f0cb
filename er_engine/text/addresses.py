"""Abbreviations of street addresses: "14 N Elm Ct" is said "fourteen north elm court".

A house number before them tells them from initials and names: "E Street" and "Elm CT" stay letters.
"""

from __future__ import annotations

from er_engine.text.context import Context, Reading

DIRECTIONS = {
    "N": "north",
    "S": "south",
    "E": "east",
    "W": "west",
    "NE": "northeast",
    "NW": "northwest",
    "SE": "southeast",
    "SW": "southwest",
}
# These may also stand before a name ("St James", "Dr King"), unless nothing more of one follows.
_BEFORE_NAMES = {"st": "street", "dr": "drive"}
_TYPES = {
    "aly": "alley",
    "ave": "avenue",
    "blvd": "boulevard",
    "cir": "circle",
    "cres": "crescent",
    "ct": "court",
    "expy": "expressway",
    "fwy": "freeway",
    "hwy": "highway",
    "ln": "lane",
    "pkwy": "parkway",
    "pl": "place",
    "plz": "plaza",
    "rd": "road",
    "sq": "square",
    "ter": "terrace",
    "trl": "trail",
}
_UNITS = {"apt": "apartment", "ste": "suite"}
_STREETS = {*_TYPES, *_TYPES.values(), *_BEFORE_NAMES, *_BEFORE_NAMES.values(), "way"}
# Words of a street's name, its direction included.
_MOST_WORDS = 5


def read_address(context: Context, i: int) -> Reading | None:
    """Directions, kinds of streets and units, where a house number says what they are."""
    direction = _direction(context, i)
    if direction:
        return 1, (direction,)
    folded = context.word(i)
    written_as_letters = context.text(i).isupper() and not context.shouted
    if folded in _UNITS and context.kind(0) == "number" and context.kind(i + 1) == "number":
        return 1, (_UNITS[folded],)
    if not folded or written_as_letters or not _after_house_number(context, i):
        return None
    if folded in _TYPES:
        return 1, (_TYPES[folded],)
    if folded in _BEFORE_NAMES and _street_ends(context, i + 1):
        return 1, (_BEFORE_NAMES[folded],)
    return None


def _direction(context: Context, i: int) -> str:
    letters = context.text(i).replace(".", "").replace(" ", "")
    direction = DIRECTIONS.get(letters, "")
    if not direction or context.kind(i) not in {"word", "letters"}:
        return ""
    # "7 E Street" is the street E.
    before = context.kind(i - 1) == "number" and context.word(i + 1) not in _STREETS
    if before and context.kind(i + 1) in {"word", "ordinal"}:
        return direction
    after = context.word(i - 1) in _STREETS and context.kind(i + 1) != "word"
    return direction if after and _after_house_number(context, i - 1) else ""


def _after_house_number(context: Context, i: int) -> bool:
    """Whether a number stands before, with some words of a street between."""
    place = i - 1
    while place > i - 2 - _MOST_WORDS and context.kind(place) in {"word", "ordinal", "letters"}:
        place -= 1
    return context.kind(place) == "number" and place < i - 1


def _street_ends(context: Context, i: int) -> bool:
    """Whether no more words of a name follow."""
    follows = context.kind(i) in {"word", "letters"}
    letters = context.text(i).replace(".", "").replace(" ", "")
    return not follows or context.word(i) in _UNITS or letters in DIRECTIONS
