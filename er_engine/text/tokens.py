"""Cleaning written text and cutting it into tokens.

After `clean`, text is NFKC without invisible characters, and every character outside ASCII is a
letter, a combining mark or one of `CURRENCY_SIGNS` and the degree sign; all quotes are ASCII, all
dashes are hyphens, all decimal digits are 0-9. The token patterns rely on that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, groupby, islice

CURRENCY_SIGNS = "$€£¥₹"
DEGREE = "°"

# NFKC would turn these into something that is not said: "™" into "TM", "8½" into "81/2".
_BEFORE_NFKC = {
    **dict.fromkeys(map(ord, "™℠"), None),
    **dict.fromkeys(map(ord, "´`ʹʻʼʽˈ‘’‚‛′"), "'"),
    **dict.fromkeys(map(ord, "—―"), " - "),
    ord("№"): "No. ",
    ord("×"): " x ",
    # Case-folding does this, too, but too late to be seen as letters.
    ord("ß"): "ss",
    ord("ẞ"): "SS",
    **{ord(c): f" {unicodedata.normalize('NFKC', c)} " for c in "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"},
}
_DASHES = "‐‑‒–−﹣－"
_HANGUL_FILLERS = "\u115f\u1160\u3164\uffa0"

_LETTER = rf"(?:[A-Za-z]|[^\x00-\x7f{CURRENCY_SIGNS[1:]}{DEGREE}])"
_NUMBER = r"\d+(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)+|\d+|\.\d+"
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<letters>(?:{_LETTER}\.[ ]?){{2,}}(?:{_LETTER}(?!{_LETTER}|['.]))?
        |{_LETTER}(?:\*{_LETTER})+(?!{_LETTER}))
    |(?P<money>[{CURRENCY_SIGNS}][ ]?(?:{_NUMBER}))
    |(?P<phone>(?<!\d)(?:\d{{3}}[-.])?\d{{3}}[-.]\d{{4}}(?!\d))
    |(?P<plural>'?\d+(?:,\d{{3}})*'?s(?!{_LETTER}))
    |(?P<ordinal>\d+(?:,\d{{3}})*(?:st|nd|rd|th)(?!{_LETTER}))
    |(?P<parts>\d+(?:[:/⁄]\d+)+(?![\d/]))
    |(?P<number>{_NUMBER})
    |(?P<word>'n'(?!{_LETTER})|'n(?!{_LETTER}|')|(?<!{_LETTER})n'(?!{_LETTER})|{_LETTER}+(?:'{_LETTER}+)*'?\.?)
    |(?P<symbol>[-&+@%=#/,:;()\[\]{CURRENCY_SIGNS}{DEGREE}])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


_DOLLAR_AS_LETTER = re.compile(r"(?<=[A-Za-z])\$(?=[A-Za-z])")
_MARK_AS_LETTER = re.compile(r"(?<=\b[A-Za-z])!(?=[a-z])")
_INNER_N = re.compile(r"(?<=[A-Za-z])'[nN]'(?=[A-Za-z])")
# Unicode's stream-safe text allows as many.
_MOST_MARKS = 30


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of cleaned text, in its written case.

    `kind` is a group name of the token pattern: letters, money, phone, plural, ordinal, parts,
    number, word or symbol. `glued` says that no space stands before it, `dotted` that a word was
    followed by a full stop (which `text` leaves out).
    """

    kind: str
    text: str
    glued: bool = False
    dotted: bool = False


def clean(text: str) -> str:
    """Return `text` as the module docstring says; linear in its length."""
    if not text.isascii():
        # NFKC can bring new quotes, dashes and invisible characters, hence once before, once after.
        for _ in range(2):
            text = _map_characters(text.translate(_BEFORE_NFKC), _visible)
            text = unicodedata.normalize("NFKC", _limit_marks(text))
        text = _map_characters(text.translate(_BEFORE_NFKC), _kept)
    text = text.replace("`", "'").replace("_", " ")
    if "$" in text:
        text = _DOLLAR_AS_LETTER.sub("s", text)
    if "!" in text:
        text = _MARK_AS_LETTER.sub("i", text)
    return _INNER_N.sub(" 'n' ", text) if "'" in text else text


def _map_characters(text: str, mapped: Callable[[str], str]) -> str:
    return text.translate({ord(char): mapped(char) for char in set(text) if not char.isascii()})


def _limit_marks(text: str) -> str:
    """Cut absurd runs of combining marks, for which NFKC takes quadratic time."""
    if len(text) < 1000:
        return text
    runs = groupby(text, key=lambda char: unicodedata.combining(char) > 0)
    kept = (islice(run, _MOST_MARKS) if marks else run for marks, run in runs)
    return "".join(chain.from_iterable(kept))


def _visible(char: str) -> str:
    invisible = char in _HANGUL_FILLERS or unicodedata.category(char) == "Cf"
    return "" if invisible or _is_variation(char) else char


def _is_variation(char: str) -> bool:
    return char == "\u034f" or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _kept(char: str) -> str:
    if char in CURRENCY_SIGNS or char == DEGREE:
        return char
    if char in _DASHES:
        return "-"
    if char == "⁄":
        return "/"
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    return char if category[0] in "LM" or category == "Nl" else " "


def fold(word: str) -> str:
    """Return `word` case-folded, in NFKC: equal for every way to write its letters."""
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFKC", word.casefold())
    return unicodedata.normalize("NFKC", folded.casefold())


def tokenise(text: str) -> list[Token]:
    """Cut cleaned text into tokens; spaces and unspeakable characters are left out."""
    tokens: list[Token] = []
    glued = False
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind == "space" or kind == "other":
            glued = kind == "other" and glued
            continue
        token = _token(kind, match.group(), glued)
        if token is not None:
            tokens.append(token)
        glued = not match.group().endswith(" ")
    return tokens


def _token(kind: str, written: str, glued: bool) -> Token | None:
    if kind != "word":
        return Token(kind, written.strip(), glued)
    if written.lower() in {"'n'", "'n", "n'"}:
        return Token(kind, "'n'", glued)
    word = written.rstrip("'.")
    # A combining mark with no letter before it says nothing.
    while word and not word[0].isascii() and unicodedata.category(word[0])[0] == "M":
        word = word[1:].lstrip("'")
    return Token(kind, word, glued, written.endswith(".")) if word else None
