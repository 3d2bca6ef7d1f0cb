"""Reading English words: letters, spellings without accents, possessives, compounds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from er_engine.phonemes.inventory import from_arpabet
from er_engine.phonemes.words import Readings, WordReader
from er_engine.types import Pronunciation

# Latin letters that Unicode does not decompose, as English speakers read them.
_FOLDED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
    | {"ħ": "h", "ŋ": "ng", "ə": "a", "’": "'", "ʼ": "'", "‘": "'"}
)
_LETTERS = {
    "a": "EY", "b": "B IY", "c": "S IY", "d": "D IY", "e": "IY", "f": "EH F", "g": "JH IY",
    "h": "EY CH", "i": "AY", "j": "JH EY", "k": "K EY", "l": "EH L", "m": "EH M", "n": "EH N",
    "o": "OW", "p": "P IY", "q": "K Y UW", "r": "AA R", "s": "EH S", "t": "T IY", "u": "Y UW",
    "v": "V IY", "w": "D AH B AH L Y UW", "x": "EH K S", "y": "W AY", "z": "Z IY",
}  # fmt: skip
_SIBILANTS = frozenset({"s", "z", "ʃ", "ʒ", "tʃ", "dʒ"})
_VOICELESS = frozenset({"p", "t", "k", "f", "θ"})
_POSSESSIVE = re.compile(r"('s|s')$")
_MIN_PART = 3


def fold(word: str) -> str:
    """Return the word in the letters a-z and apostrophes; other characters stay as they are."""
    decomposed = unicodedata.normalize("NFD", word.casefold().translate(_FOLDED))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


class EnglishReader:
    """Asks each reader in turn for the words that those before it did not know.

    A word is looked up as it is, then without apostrophes, then by its stem when it is a
    possessive. Words with characters outside a-z have no reading.
    """

    def __init__(self, readers: Sequence[WordReader]) -> None:
        self._readers = tuple(readers)

    def read(self, words: Sequence[str]) -> list[Readings]:
        """See `WordReader.read`."""
        folded = [fold(word) for word in words]
        found: dict[str, Readings] = {word: _letter(word) for word in folded}
        for reader in self._readers:
            missing = [word for word, readings in found.items() if not readings]
            found.update(zip(missing, _read_forms(reader, missing), strict=True))
        return [found[word] for word in folded]


def _letter(word: str) -> Readings:
    """Read a letter by its name; `a` alone may be the article, `a.` is always the letter."""
    name = _LETTERS.get(word.removesuffix("."))
    if name is None:
        return ()
    reading = from_arpabet(name.split())
    return (("ə",), reading) if word == "a" else (reading,)


def _read_forms(reader: WordReader, words: Sequence[str]) -> list[Readings]:
    """Read each word whole, else without apostrophes, else stem and ending of a possessive."""
    plain = [word.replace("'", "") for word in words]
    stems = [_POSSESSIVE.sub("", word).replace("'", "") for word in words]
    asked = list(dict.fromkeys([*words, *plain, *stems]))
    known = dict(zip(asked, reader.read([w if w.isascii() else "" for w in asked]), strict=True))
    return [
        known[word] or _with_s(known[stem]) if stem != bare else known[word] or known[bare]
        for word, bare, stem in zip(words, plain, stems, strict=True)
    ]


def _with_s(readings: Readings) -> Readings:
    return tuple((*reading, *_ending(reading)) for reading in readings)


def _ending(stem: Pronunciation) -> Pronunciation:
    """Return the possessive s: ɪz after a sibilant, s after another voiceless sound, else z."""
    if stem[-1] in _SIBILANTS:
        return ("ɪ", "z")
    return ("s",) if stem[-1] in _VOICELESS else ("z",)
