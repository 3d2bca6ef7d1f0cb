"""One closed inventory of phonemes for every G2P, every language and every model.

What is a symbol, and what is not:

* ARPABET, eSpeak and hand-written IPA all become the symbols of `SYMBOLS`.
* Diphthongs (aɪ aʊ eɪ oʊ ɔɪ) and affricates (tʃ dʒ tɕ dʑ ʈʂ ɖʐ) are one symbol each: recognisers
  confuse them as wholes, and an edit distance should count them once. With or without a tie bar,
  `tʃ` is the affricate; write `t ʃ` with a space, or ARPABET `T SH`, for the sequence.
* `ts`, `dz` and `pf` are always sequences: English has them (`cats`, `cupful`) as two phonemes, and
  "Fritz" has to be the same in English and in German.
* Stress, length, tone and syllable marks are dropped: the lexicon has none, recognisers blur them,
  and names borrowed from other languages keep them least. So ʌ is ə, ɝ is ɚ, and `iː` is `i`.
* Diacritics are dropped too (`tʰ` is `t`), save nasality on the vowels that have a nasal symbol.
  A syllabic consonant gets a schwa (`n̩` is `ə n`), a rhotic hook becomes ɹ (`ɑ˞` is `ɑ ɹ`).
* An IPA letter without a symbol becomes the articulatorily nearest symbol (`nearest.tsv`, made from
  panphon's features by `er_engine.phonemes.feature_table`).
* Any other letter is `UNKNOWN`: `segment_ipa` keeps it as such, `parse_pronunciation` refuses it.

Ids: 0 padding, 1 word boundary, 2 unknown, then phonemes in a fixed order; all fit uint8.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from er_engine.phonemes.symbols import ALIASES, ARPABET, PADDING, SYMBOLS, UNKNOWN
from er_engine.types import WORD_BOUNDARY, Pronunciation

__all__ = [
    "INVENTORY_VERSION",
    "PADDING",
    "PADDING_ID",
    "SYMBOLS",
    "UNKNOWN",
    "UNKNOWN_ID",
    "WORD_BOUNDARY",
    "WORD_BOUNDARY_ID",
    "from_arpabet",
    "from_ids",
    "ids",
    "join_words",
    "parse_pronunciation",
    "segment_ipa",
    "words_of",
    "write_pronunciation",
]

PADDING_ID, WORD_BOUNDARY_ID, UNKNOWN_ID = 0, 1, 2
# Raise the number when what is written is read otherwise; the digest covers the symbols.
INVENTORY_VERSION = "1-" + hashlib.sha256(" ".join(SYMBOLS).encode()).hexdigest()[:12]

_ID_OF = {symbol: number for number, symbol in enumerate(SYMBOLS)}
_TILDE, _CEDILLA, _SYLLABIC, _RHOTIC_HOOK = "\u0303", "\u0327", "\u0329", "˞"
# Marks without a sound of their own, beside the Unicode classes that `_is_mark` knows.
_MARKS = frozenset("'’.,-‿:()[]/{}↓↑→↗↘")
_MARK_CLASSES = ("Mn", "Lm", "Sk", "Nd", "No")


def ids(pronunciation: Sequence[str]) -> NDArray[np.uint8]:
    """Return uint8 (len(pronunciation),); a symbol outside the inventory gets `UNKNOWN_ID`."""
    return np.array([_ID_OF.get(symbol, UNKNOWN_ID) for symbol in pronunciation], dtype=np.uint8)


def from_ids(numbers: Iterable[int]) -> Pronunciation:
    """Return the symbols of ids; padding is left out.

    Raises:
        ValueError: an id is outside the inventory.
    """
    found = [int(number) for number in numbers]
    for number in found:
        if not 0 <= number < len(SYMBOLS):
            raise ValueError(f"phoneme id {number} is outside 0..{len(SYMBOLS) - 1}")
    return tuple(SYMBOLS[number] for number in found if number != PADDING_ID)


def from_arpabet(symbols: Iterable[str]) -> Pronunciation:
    """Return ARPABET symbols (stress digits allowed, `|` between words) as phonemes.

    Raises:
        ValueError: a symbol is not ARPABET.
    """
    phonemes = []
    for symbol in symbols:
        known = WORD_BOUNDARY if symbol == WORD_BOUNDARY else ARPABET.get(symbol.rstrip("012"))
        if known is None:
            raise ValueError(f"{symbol!r} is not an ARPABET symbol")
        phonemes.append(known)
    return _tidy(phonemes)


def segment_ipa(text: str) -> Pronunciation:
    """Return IPA text as phonemes, longest match first; white space and `|` part words.

    Deterministic and without errors: see the module's rules for what has no symbol.
    """
    phonemes: list[str] = []
    for _, symbols in _segments(text):
        phonemes.extend(symbols or (UNKNOWN,))
    return _tidy(phonemes)


def parse_pronunciation(written: str) -> Pronunciation:
    """Read a pronunciation that a person wrote, in IPA or ARPABET.

    ARPABET is recognised by its capitals: `CH IH1 P | AE1 N D`. In IPA, `tʃɪp ænd` and
    `tʃɪp|ænd` are two words; where every part between spaces is a single phoneme (`tʃ ɪ p`),
    spaces part phonemes and only `|` parts words. Enclosing `/.../` or `[...]` is allowed.

    Raises:
        ValueError: a symbol is unknown (the message names it), or there is no phoneme at all.
    """
    if any("A" <= character <= "Z" for character in written):
        phonemes = from_arpabet(written.replace(WORD_BOUNDARY, f" {WORD_BOUNDARY} ").split())
    else:
        phonemes = _parse_ipa(written)
    if not phonemes:
        raise ValueError("the pronunciation has no phonemes")
    return phonemes


def write_pronunciation(pronunciation: Sequence[str]) -> str:
    """Return `tʃ ɪ p | ə n d`, which `parse_pronunciation` reads back as it was."""
    return " ".join(pronunciation)


def words_of(pronunciation: Sequence[str]) -> list[Pronunciation]:
    """Return the words of a pronunciation."""
    words: list[list[str]] = [[]]
    for symbol in pronunciation:
        if symbol == WORD_BOUNDARY:
            words.append([])
        else:
            words[-1].append(symbol)
    return [tuple(word) for word in words if word]


def join_words(words: Iterable[Sequence[str]]) -> Pronunciation:
    """Return one pronunciation with a word boundary between words; empty words are left out."""
    joined: list[str] = []
    for word in words:
        if word:
            joined.extend([WORD_BOUNDARY, *word] if joined else word)
    return tuple(joined)


def _parse_ipa(written: str) -> Pronunciation:
    parts = written.replace(WORD_BOUNDARY, f" {WORD_BOUNDARY} ").split()
    phonemes: list[str] = []
    spaced = True
    for part in parts:
        symbols = WORD_BOUNDARY if part == WORD_BOUNDARY else _strict(part)
        spaced = spaced and len(symbols) <= 1
        phonemes.extend([*symbols, " "])
    return _tidy(
        WORD_BOUNDARY if symbol == " " else symbol
        for symbol in phonemes
        if not (spaced and symbol == " ")
    )


def _strict(text: str) -> Pronunciation:
    phonemes: list[str] = []
    for character, symbols in _segments(text):
        if not symbols:
            raise ValueError(
                f"{character!r} (U+{ord(character):04X}) is not an IPA symbol that is known here"
            )
        phonemes.extend(symbols)
    return tuple(phonemes)


def _tidy(phonemes: Iterable[str]) -> Pronunciation:
    """No word boundary at the ends, and never two in a row."""
    return join_words(words_of(list(phonemes)))


def _segments(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what is written and its symbols; no symbols where the character is unknown."""
    characters = _prepared(text)
    table = _table()
    position = 0
    while position < len(characters):
        for length in (3, 2, 1):
            key = characters[position : position + length]
            if key in table:
                yield key, table[key]
                break
        else:
            key = characters[position]
            if key not in (_TILDE, _CEDILLA, _RHOTIC_HOOK):
                yield key, ()
        position += len(key)


def _prepared(text: str) -> str:
    """Decompose; leave letters, boundaries, nasality and rhoticity; part syllabic consonants."""
    kept: list[str] = []
    for character in unicodedata.normalize("NFD", text):
        if character.isspace():
            kept.append(WORD_BOUNDARY)
        elif character in (_TILDE, _CEDILLA, _RHOTIC_HOOK) or character in _table():
            kept.append(character)
        elif character == _SYLLABIC and kept:
            kept.insert(len(kept) - 1, "ə")
        elif not _is_mark(character):
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return character in _MARKS or unicodedata.category(character) in _MARK_CLASSES


@cache
def _table() -> dict[str, tuple[str, ...]]:
    """Every written form (decomposed) with its symbols."""
    table: dict[str, tuple[str, ...]] = {a: (b,) for a, b in _nearest().items()}
    for written, symbols in ALIASES.items():
        table[unicodedata.normalize("NFD", written)] = symbols
    for symbol in SYMBOLS[UNKNOWN_ID + 1 :]:
        table[unicodedata.normalize("NFD", symbol)] = (symbol,)
    table[WORD_BOUNDARY] = (WORD_BOUNDARY,)
    table[_RHOTIC_HOOK] = ("ɹ",)
    return table


@cache
def _nearest() -> dict[str, str]:
    """IPA letters without a symbol of their own, with the nearest symbol."""
    text = (resources.files("er_engine.phonemes") / "nearest.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {letter: symbol for letter, symbol, _ in rows}
