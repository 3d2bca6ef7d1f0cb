"""Spoken variants of a whole text, from the readings of its tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice

from er_engine.text.abbreviations import ALWAYS, STREET_ENDINGS
from er_engine.text.context import Context, Reading, Rule
from er_engine.text.initialisms import SPELLED
from er_engine.text.number_words import MAYBE_NUMBER, other_words
from er_engine.text.other_languages import rules_for
from er_engine.text.romans import SMALL_ROMANS
from er_engine.text.tokens import clean, tokenise

MAX_VARIANTS = 6
# Longer texts get their first form only: nobody says them whole, and the work stays linear.
LONGEST_WITH_VARIANTS = 1000
# What stands beyond this many characters (hours of speech) is left out, so that no text takes long.
LONGEST_READ = 50_000
_LONGEST_CACHED = 200

_PLAIN = re.compile(r"[a-z]+(?:'[a-z]+)*(?: [a-z]+(?:'[a-z]+)*)*")
# Words in small letters that some rule may read otherwise than as they are written.
_READ_WORDS = {*ALWAYS, *SPELLED, *SMALL_ROMANS, *STREET_ENDINGS, "co", "n", "st"}
_MAYBE_READ = re.compile(rf"\b(?:[bcdfghjklmnpqrstvwxz]{{2,}}|{'|'.join(sorted(_READ_WORDS))})\b")
_ARTICLE_LAST = re.compile(r"\A(.+), (The|An?)(?=\s*(?:[(\[]|$))", re.DOTALL)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SUBTITLE = re.compile(r"(?<=\S)(?:\s?:\s|\s-\s)(?=.*\w)", re.DOTALL)
_SHORTEST_MAIN_TITLE = 4
# "The Return" alone could be any series'; "The Curse of the Black Pearl" could not.
_SHORTEST_SUBTITLE = 12
_HYPHENATED = re.compile(r"(?<![\w'-])([A-Za-z]+)-([A-Za-z]+)(?![\w-])")
# "Wi-Fi" and "X-Men" are written in one word too, "dinner-party" is not.
_SHORT_PART = 3
_DIGIT_AS_LETTER = re.compile(r"(?<=[a-zA-Z])[013457](?=[a-z])")
_LETTERS_LIKE = dict(zip("013457", "oieasv", strict=True))


def spoken_forms(text: str, lang: str = "en") -> tuple[str, ...]:
    """Return the distinct ways to say `text`, the most common first; at most `MAX_VARIANTS`.

    A form is lower case, in words separated by one space, with apostrophes only inside words and
    no other punctuation. English forms have no digits. Scripts other than Latin stay as they are.

    Args:
        text: a name, a title or a transcript; what goes beyond `LONGEST_READ` characters is left
            out.
        lang: language code such as `en`, `de` or `en-GB`. Languages other than English get their
            numbers from num2words where it knows them (digits stay where it doesn't), and no
            abbreviations.

    Returns:
        An empty tuple only where nothing can be said: punctuation, symbols, nothing.
    """
    language = _language(lang)
    if language == "en" and _PLAIN.fullmatch(text) and not _reads_otherwise(text):
        return (text,)
    return _cached(text, language) if len(text) <= _LONGEST_CACHED else _forms(text, language)


def _reads_otherwise(text: str) -> bool:
    return bool(_MAYBE_READ.search(text) or MAYBE_NUMBER.search(text))


def normalise(text: str, lang: str = "en") -> str:
    """Return the most common spoken form of `text`, or "" where nothing can be said."""
    forms = spoken_forms(text, lang)
    return forms[0] if forms else ""


@lru_cache(maxsize=256)
def _language(lang: str) -> str:
    base = re.split(r"[-_]", lang.lower())[0]
    return "en" if base == "eng" else base


@lru_cache(maxsize=16384)
def _cached(text: str, lang: str) -> tuple[str, ...]:
    return _forms(text, lang)


def _forms(text: str, lang: str) -> tuple[str, ...]:
    cleaned = clean(text[:LONGEST_READ])
    if lang == "en":
        cleaned = _ARTICLE_LAST.sub(r"\2 \1", cleaned)
    readings = _readings(cleaned, lang)
    if len(cleaned) > LONGEST_WITH_VARIANTS:
        return tuple(form for form in [_first(readings)] if form)
    full = _combinations(readings)
    numbers = other_words(cleaned) if lang == "en" else ()
    early = (_first(_readings(part, lang)) for part in chain(numbers, _shorter_texts(cleaned)))
    late = (_first(_readings(part, lang)) for part in _respelled(cleaned))
    forms = chain(islice(full, 1), early, islice(full, MAX_VARIANTS), late)
    return tuple(dict.fromkeys(form for form in forms if form))[:MAX_VARIANTS]


def _readings(cleaned: str, lang: str) -> list[tuple[str, ...]]:
    """The readings of each token, or group of tokens, in turn."""
    tokens = tokenise(cleaned)
    several_words = sum(len(token.text) > 1 for token in tokens if token.kind == "word") > 1
    context = Context(tokens, shouted=several_words and cleaned.isupper())
    rules = rules_for(lang)
    readings = []
    position = 0
    while position < len(tokens):
        consumed, options = _read(context, position, rules)
        position += consumed
        readings.append(options)
    return readings


def _read(context: Context, position: int, rules: Sequence[Rule]) -> Reading:
    for rule in rules:
        reading = rule(context, position)
        if reading is not None:
            return reading
    raise AssertionError(f"no rule reads {context.tokens[position]}")


def _first(readings: Sequence[tuple[str, ...]]) -> str:
    return _join([options[0] for options in readings])


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
    """The text without its brackets, the title before a subtitle, and the subtitle alone."""
    bare = _BRACKETS.sub(" ", cleaned) if "(" in cleaned or "[" in cleaned else cleaned
    if bare != cleaned:
        yield bare
    parts = _SUBTITLE.split(bare, maxsplit=1)
    if len(parts) > 1 and _letters(parts[0]) >= _SHORTEST_MAIN_TITLE:
        yield parts[0]
    if len(parts) > 1 and _letters(parts[1]) >= _SHORTEST_SUBTITLE:
        yield parts[1]


def _letters(part: str) -> int:
    return sum(map(str.isalnum, part))


def _respelled(cleaned: str) -> Iterator[str]:
    """Short hyphenated words in one word ("Wi-Fi"), and digits that stand for letters (S1m0ne)."""
    joined = _HYPHENATED.sub(_join_short, cleaned) if "-" in cleaned else cleaned
    if joined != cleaned:
        yield joined
    spelled = _DIGIT_AS_LETTER.sub(lambda match: _LETTERS_LIKE[match[0]], cleaned)
    if spelled != cleaned:
        yield spelled


def _join_short(match: re.Match[str]) -> str:
    short = min(len(match[1]), len(match[2])) <= _SHORT_PART
    return match[1] + match[2].lower() if short else match[0]
