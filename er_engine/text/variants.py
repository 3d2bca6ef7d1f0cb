"""Spoken variants of a whole text, from the readings of its tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from er_engine.text.abbreviations import ALWAYS
from er_engine.text.initialisms import SPELLED
from er_engine.text.other_languages import rules_for
from er_engine.text.tokens import Token, clean, tokenise
from er_engine.text.words import Context

MAX_VARIANTS = 6
# Longer texts get their first form only: nobody says them whole, and the work stays linear.
LONGEST_WITH_VARIANTS = 1000
_LONGEST_CACHED = 200

_PLAIN = re.compile(r"[a-z]+(?:'[a-z]+)*(?: [a-z]+(?:'[a-z]+)*)*")
_MAYBE_READ = re.compile(
    r"\b(?:[bcdfghjklmnpqrstvwxz]{2,}|w|"
    + "|".join(sorted({*ALWAYS, *SPELLED, "st", "ave"}))
    + r")\b"
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SUBTITLE = re.compile(r"(?<=\S)(?:\s*:\s+|\s+-\s+|\s+:)(?=.*\w)", re.DOTALL)
_SHORTEST_MAIN_TITLE = 4


def spoken_forms(text: str, lang: str = "en") -> tuple[str, ...]:
    """Return the distinct ways to say `text`, the most common first; at most `MAX_VARIANTS`.

    A form is lower case, in words separated by one space, with apostrophes only inside words and
    no other punctuation. English forms have no digits. Scripts other than Latin stay as they are.

    Args:
        text: a name, a title or a transcript.
        lang: language code such as `en`, `de` or `en-GB`. Languages other than English get their
            numbers from num2words where it knows them (digits stay where it doesn't), and no
            abbreviations.

    Returns:
        An empty tuple only where nothing can be said: punctuation, symbols, nothing.
    """
    if lang[:2] == "en" and _PLAIN.fullmatch(text) and not _MAYBE_READ.search(text):
        return (text,)
    language = re.split(r"[-_]", lang.lower())[0]
    return _cached(text, language) if len(text) <= _LONGEST_CACHED else _forms(text, language)


def normalise(text: str, lang: str = "en") -> str:
    """Return the most common spoken form of `text`, or "" where nothing can be said."""
    forms = spoken_forms(text, lang)
    return forms[0] if forms else ""


@lru_cache(maxsize=16384)
def _cached(text: str, lang: str) -> tuple[str, ...]:
    return _forms(text, lang)


def _forms(text: str, lang: str) -> tuple[str, ...]:
    cleaned = clean(text)
    readings = _readings(cleaned, lang)
    if len(cleaned) > LONGEST_WITH_VARIANTS:
        first = _join([options[0] for options in readings])
        return (first,) if first else ()
    shorter = (_first(part, lang) for part in _shorter_texts(cleaned))
    full = _combinations(readings)
    forms = dict.fromkeys(
        form for form in (*islice(full, 1), *shorter, *islice(full, MAX_VARIANTS)) if form
    )
    return tuple(forms)[:MAX_VARIANTS]


def _first(cleaned: str, lang: str) -> str:
    return _join([options[0] for options in _readings(cleaned, lang)])


def _readings(cleaned: str, lang: str) -> list[tuple[str, ...]]:
    tokens: Sequence[Token] = tokenise(cleaned)
    context = Context(tokens, cleaned.isupper())
    rules = rules_for(lang)
    readings = []
    position = 0
    while position < len(tokens):
        for rule in rules:
            reading = rule(context, position)
            if reading is not None:
                break
        else:
            raise AssertionError(f"no rule reads {tokens[position]}")
        position += reading[0]
        readings.append(reading[1])
    return readings


def _combinations(readings: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """All first readings; then each other reading alone; then all second readings together.

    That is linear in the number of readings, where all combinations would be exponential.
    """
    first = [options[0] for options in readings]
    yield _join(first)
    open_positions = [i for i, options in enumerate(readings) if len(options) > 1]
    most = max((len(options) for options in readings), default=0)
    for rank in range(1, most):
        for i in open_positions:
            if rank < len(readings[i]):
                yield _join([*first[:i], readings[i][rank], *first[i + 1 :]])
    if len(open_positions) > 1:
        yield _join([options[min(1, len(options) - 1)] for options in readings])


def _join(words: Sequence[str]) -> str:
    return " ".join(word for word in words if word)


def _shorter_texts(cleaned: str) -> Iterator[str]:
    """The text without its brackets, and the title before a subtitle."""
    bare = _BRACKETS.sub(" ", cleaned) if "(" in cleaned or "[" in cleaned else cleaned
    if bare != cleaned:
        yield bare
    main = _SUBTITLE.split(bare, maxsplit=1)[0]
    if main != bare and sum(map(str.isalnum, main)) >= _SHORTEST_MAIN_TITLE:
        yield main
