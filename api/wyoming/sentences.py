"""Sentences such as `play [the] {name}`: which words of a transcript are the name."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from er_engine.errors import ConfigError

NAME = "{name}"
MAX_WAYS = 256
_PIECE = re.compile(r"\{name\}|\[([^\[\](){}]+)\]|\(([^\[\](){}]+)\)|[^\s\[\](){}]+|\s+|(.)")
_EDGE = ' \t\r\n.,;:!?"“”„«»¿¡…'


@dataclass(frozen=True, slots=True)
class Sentence:
    """All the ways to say one sentence: the words before the name and those after it.

    Ways with more words come first, so that what is optional is not taken for a part of the name.
    """

    ways: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What may be the name, the likeliest first; how many words around it the sentence has."""

    names: tuple[str, ...]
    literal: int


def parse_sentence(template: str) -> Sentence:
    """Read a sentence.

    Args:
        template: words, `[optional words]`, `(one|or another)`, and once `{name}`.

    Raises:
        ConfigError: it can't be read, or has more than `MAX_WAYS` ways to be said.
    """
    choices = list(_choices(template))
    if choices.count((NAME,)) != 1:
        raise ConfigError(f"sentence {template!r}: it must have {NAME} exactly once")
    count = 1
    for options in choices:
        count *= len(options)
        if count > MAX_WAYS:
            raise ConfigError(
                f"sentence {template!r}: there are more than {MAX_WAYS} ways to say it; write "
                "several sentences"
            )
    ways = dict.fromkeys(_way(pieces) for pieces in itertools.product(*choices))
    return Sentence(tuple(sorted(ways, key=lambda way: -len(way[0]) - len(way[1]))))


def hear(sentence: Sentence, transcript: str) -> Heard | None:
    """Find the name in a transcript; None where it is another sentence.

    The words around the name must be there as written, in whatever case and with whatever
    punctuation at their edges; only the name may be misheard.
    """
    words = [word for word in (piece.strip(_EDGE) for piece in transcript.split()) if word]
    folded = [word.casefold() for word in words]
    names: list[str] = []
    literal = 0
    for before, after in sentence.ways:
        end = len(words) - len(after)
        if len(before) >= end:
            continue
        if tuple(folded[: len(before)]) == before and tuple(folded[end:]) == after:
            names.append(" ".join(words[len(before) : end]))
            literal = max(literal, len(before) + len(after))
    return Heard(tuple(dict.fromkeys(names)), literal) if names else None


def _choices(template: str) -> Iterator[tuple[str, ...]]:
    """What may stand at each place of a sentence."""
    for piece in _PIECE.finditer(template):
        optional, alternatives, odd = piece.groups()
        if odd:
            raise ConfigError(
                f"sentence {template!r}: {odd!r} at character {piece.start() + 1} does not belong "
                f"there; write words, [optional words], (one|or another) and {NAME}"
            )
        if optional is not None:
            yield (*optional.split("|"), "")
        elif alternatives is not None:
            yield tuple(alternatives.split("|"))
        elif piece[0].strip():
            yield (piece[0],)


def _way(pieces: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    at = pieces.index(NAME)
    return _words(pieces[:at]), _words(pieces[at + 1 :])


def _words(pieces: tuple[str, ...]) -> tuple[str, ...]:
    words = (word.strip(_EDGE) for piece in pieces for word in piece.split())
    return tuple(word.casefold() for word in words if word)
