"""Cleaning written text and cutting it into tokens.

After `clean`, text is NFKC without invisible characters, and every character outside ASCII is a
letter, a combining mark or one of `CURRENCY_SIGNS` and the degree sign; all quotes are ASCII, all
dashes are hyphens, all decimal digits are 0-9. The token patterns rely on that.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

CURRENCY_SIGNS = "$€£¥₹"
DEGREE = "°"

# NFKC would turn these into something that is not said: "™" into "TM", "8½" into "81/2".
_BEFORE_NFKC = {
    **dict.fromkeys(map(ord, "™℠"), None),
    **dict.fromkeys(map(ord, "´`ʹʻʼʽˈ‘’‚‛′"), "'"),
    **dict.fromkeys(map(ord, "—―"), " - "),
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
    |(?P<word>'[nN]'(?!{_LETTER})|{_LETTER}+(?:'{_LETTER}+)*'?\.?)
    |(?P<symbol>[-&+@%=#/,:;()\[\]{CURRENCY_SIGNS}{DEGREE}])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


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
        text = text.translate(_BEFORE_NFKC)
        text = unicodedata.normalize("NFKC", "".join(map(_visible, text)))
        # NFKC can bring new invisible characters and quotes, so look again.
        text = unicodedata.normalize("NFKC", "".join(map(_visible, text.translate(_BEFORE_NFKC))))
        text = "".join(map(_kept, text))
    return text.replace("`", "'").replace("_", " ")


@lru_cache(maxsize=4096)
def _visible(char: str) -> str:
    if char.isascii():
        return char
    if char in _HANGUL_FILLERS or unicodedata.category(char) == "Cf" or _is_variation(char):
        return ""
    return char


def _is_variation(char: str) -> bool:
    return char == "\u034f" or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


@lru_cache(maxsize=4096)
def _kept(char: str) -> str:
    if char.isascii() or char in CURRENCY_SIGNS or char == DEGREE:
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
    if written.startswith("'"):
        return Token(kind, written, glued)
    word = written.rstrip("'.")
    # A combining mark with no letter before it says nothing.
    while word and not word[0].isascii() and unicodedata.category(word[0])[0] == "M":
        word = word[1:].lstrip("'")
    return Token(kind, word, glued, written.endswith(".")) if word else None
