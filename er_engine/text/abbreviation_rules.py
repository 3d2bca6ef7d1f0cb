"""English abbreviations read in their context (the tables are in `abbreviations`)."""

from __future__ import annotations

from er_engine.text import abbreviations as table
from er_engine.text.context import Context, Reading
from er_engine.text.initialisms import spell
from er_engine.text.romans import roman_value


def read_abbreviation(context: Context, i: int) -> Reading | None:
    """Dr, St, Vol, CA, w/ and others, by what stands around them."""
    folded = context.word(i)
    if not folded:
        return None
    two_tokens = _pair(context, i, folded)
    if two_tokens:
        return 2, two_tokens
    for read in _BY_CONTEXT:
        readings = read(context, i, folded)
        if readings:
            return 1, readings
    return None


def _pair(context: Context, i: int, folded: str) -> tuple[str, ...]:
    following = context.token(i + 1)
    if folded == "w" and following.text == "/" and following.glued:
        return ("with",)
    if folded == "ph" and following.text in {"D", "d"} and following.glued:
        return ("p h d",)
    return ()


def _always(context: Context, i: int, folded: str) -> tuple[str, ...]:
    initialism = context.text(i) == "MS" and not context.tokens[i].dotted
    return table.ALWAYS.get(folded, ()) if not initialism else ()


def _dotted(context: Context, i: int, folded: str) -> tuple[str, ...]:
    if not context.tokens[i].dotted or (i == 0 and folded in table.NEVER_FIRST):
        return ()
    return table.DOTTED.get(folded, ())


def _state(context: Context, i: int, folded: str) -> tuple[str, ...]:
    """US states after a comma or before a zip code: "Los Angeles, CA 90001"."""
    written = context.text(i)
    if written not in table.STATES or i == 0:
        return ()
    zip_follows = context.kind(i + 1) == "number" and len(context.text(i + 1)) == 5
    if zip_follows or (context.text(i - 1) == "," and context.ends(i + 1) and i > 1):
        return tuple(dict.fromkeys((table.STATES[written], spell(folded))))
    return ()


def _saint_or_street(context: Context, i: int, folded: str) -> tuple[str, ...]:
    if folded != "st":
        return ()
    if _last(context, i) or context.kind(i - 1) == "ordinal":
        return ("saint",) if _first(context, i) else ("street", "saint")
    return ("saint",) if _first(context, i) else ("saint", "street")


def _doctor_or_drive(context: Context, i: int, folded: str) -> tuple[str, ...]:
    if folded != "dr":
        return ()
    after_a_street = _last(context, i) and not _first(context, i)
    return ("drive", "doctor") if after_a_street else ("doctor",)


def _feet_or_featuring(context: Context, i: int, folded: str) -> tuple[str, ...]:
    if folded != "ft":
        return ()
    if context.kind(i - 1) == "number":
        return ("feet", "foot")
    return ("fort",) if _first(context, i) else ("featuring", "fort")


def _street_ending(context: Context, i: int, folded: str) -> tuple[str, ...]:
    if not _last(context, i) or _first(context, i):
        return ()
    if folded in table.STREET_ENDINGS:
        return (table.STREET_ENDINGS[folded],)
    # "Oak Ct", but not "Hartford CT", "chest ct" or "20 Pl".
    capitalised = context.text(i).istitle() and context.word(i - 1)
    if folded in table.CAPITALISED_ENDINGS and capitalised:
        return table.STREET_TYPES[folded], spell(folded)
    return ()


def _mount(context: Context, i: int, folded: str) -> tuple[str, ...]:
    """Mt before anything that is said: what is read must read the same again."""
    if folded != "mt" or context.text(i) == "MT":
        return ()
    said = any(
        token.kind != "symbol" or token.text in table.SYMBOLS for token in context.tokens[i + 1 :]
    )
    return ("mount",) if said else ()


def _company(context: Context, i: int, folded: str) -> tuple[str, ...]:
    """Co after "and" at the end, or before Inc and Ltd."""
    if folded != "co" or context.token(i + 1).glued:
        return ()
    after_and = context.text(i - 1) == "&" or context.word(i - 1) == "and"
    if (after_and and context.ends(i + 1)) or (i > 0 and context.word(i + 1) in {"inc", "ltd"}):
        return table.DOTTED["co"]
    return ()


def _before_number(context: Context, i: int, folded: str) -> tuple[str, ...]:
    readings = table.BEFORE_NUMBER.get(folded, ())
    if context.kind(i + 1) != "number" and not roman_value(context.text(i + 1)):
        return ()
    needs_dot = folded in table.WORDS_WITHOUT_DOT
    return readings if context.tokens[i].dotted or not needs_dot else ()


def _month(context: Context, i: int, folded: str) -> tuple[str, ...]:
    number_follows = context.kind(i + 1) in {"number", "ordinal"}
    if folded in table.MONTHS and number_follows and context.text(i)[0].isupper():
        return (table.MONTHS[folded],)
    return ()


def _versus(context: Context, i: int, folded: str) -> tuple[str, ...]:
    """A small v between names: "Batman v Superman", "roe v. wade"."""
    if context.text(i) != "v" or not context.word(i - 1) or not context.word(i + 1):
        return ()
    capitalised = context.text(i - 1)[0].isupper() and context.text(i + 1)[0].isupper()
    return ("versus", "v") if capitalised or context.tokens[i].dotted else ()


def _and_in_the_middle(context: Context, i: int, folded: str) -> tuple[str, ...]:
    """'n' means "and"; a bare n between words may."""
    if folded == "'n'":
        return ("and", "n")
    between = len(context.word(i - 1)) > 1 and len(context.word(i + 1)) > 1
    return ("n", "and") if folded == "n" and between and not context.tokens[i].dotted else ()


def _morning(context: Context, i: int, folded: str) -> tuple[str, ...]:
    after_hour = context.kind(i - 1) in {"number", "parts"}
    return ("a m",) if folded == "am" and after_hour else ()


def _first(context: Context, i: int) -> bool:
    return i == 0 or context.kind(i - 1) == "symbol"


def _last(context: Context, i: int) -> bool:
    return context.kind(i + 1) != "word"


_BY_CONTEXT = (
    _state,
    _always,
    _saint_or_street,
    _doctor_or_drive,
    _feet_or_featuring,
    _street_ending,
    _mount,
    _company,
    _before_number,
    _month,
    _versus,
    _and_in_the_middle,
    _morning,
    _dotted,
)
