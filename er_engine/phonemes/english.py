"""Reading English words: letters, spellings without accents, apostrophes, possessives."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from er_engine.phonemes.inventory import from_arpabet
from er_engine.phonemes.words import Readings, WordReader
from er_engine.types import Pronunciation

# Words that are said in a weak and a strong form: which one tells titles apart no better, and every
# second reading is another vector in the index.
_MINOR = """
    a an and are as at be but by can could do does for from had has have he her him his i in into is
    it me my of on or our she should so some than that the their them then there they this to was we
    were what when who will with would you your
"""
MINOR_WORDS = frozenset(_MINOR.split())
# A letter said by its name beside another letter: "n c a a", "g and a". Only the article has
# another reading.
LETTER_A = "a."
# "she and i and a dog": that is the article.
_PRONOUN_I = "i"

# Latin letters that Unicode does not decompose, as English speakers read them.
_FOLDED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
    | {"ħ": "h", "ŋ": "ng", "ə": "a", "’": "'", "ʼ": "'", "‘": "'", "ʻ": "'", "`": "'"}
)
_WORD = re.compile(r"'?[a-z]+(?:'[a-z]+)*'?")
_LETTERS = {
    "a": "EY", "b": "B IY", "c": "S IY", "d": "D IY", "e": "IY", "f": "EH F", "g": "JH IY",
    "h": "EY CH", "i": "AY", "j": "JH EY", "k": "K EY", "l": "EH L", "m": "EH M", "n": "EH N",
    "o": "OW", "p": "P IY", "q": "K Y UW", "r": "AA R", "s": "EH S", "t": "T IY", "u": "Y UW",
    "v": "V IY", "w": "D AH B AH L Y UW", "x": "EH K S", "y": "W AY", "z": "Z IY",
}  # fmt: skip
_LETTER_NAMES = {letter: from_arpabet(name.split()) for letter, name in _LETTERS.items()}
_ARTICLE: Pronunciation = ("ə",)
_SIBILANTS = frozenset({"s", "z", "ʃ", "ʒ", "tʃ", "dʒ"})
_VOICELESS = frozenset({"p", "t", "k", "f", "θ"})
_POSSESSIVE = "'s"


def fold(text: str) -> str:
    """Return the text in lower case without accents; letters beyond Latin stay as they are."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.casefold().translate(_FOLDED))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def english_words(text: str) -> list[str]:
    """Return the words that English readers can be asked for, folded.

    Anything else (other scripts, digits, punctuation) is left out: "世界 tour" reads as "tour". An
    `a` beside another single letter, or joined to one by "and", becomes `LETTER_A`.
    """
    words = _WORD.findall(fold(text))
    if "a" not in words:
        return words
    return [
        LETTER_A if word == "a" and _beside_letter(words, i) else word
        for i, word in enumerate(words)
    ]


def letter_names(word: str) -> Pronunciation:
    """Return a word of letters a-z spelled out, as one word."""
    return tuple(symbol for letter in word for symbol in _LETTER_NAMES[letter])


class EnglishReader:
    """Asks each reader in turn for the words (see `english_words`) that those before it lack.

    A word is looked up as it is, then without apostrophes; a possessive, when it is not known, by
    its stem, to which the ending is added as it sounds there.
    """

    def __init__(self, readers: Sequence[WordReader]) -> None:
        self._readers = tuple(readers)

    def read(self, words: Sequence[str]) -> list[Readings]:
        """See `WordReader.read`."""
        found = {word: _letter(word) for word in words}
        for reader in self._readers:
            missing = [word for word, readings in found.items() if not readings]
            found.update(zip(missing, _read_forms(reader, missing), strict=True))
        return [found[word] for word in words]


def _beside_letter(words: list[str], position: int) -> bool:
    around = words[max(0, position - 1) : position] + words[position + 1 : position + 2]
    return any(len(word) == 1 for word in around) or _joined_to_letter(words, position)


def _joined_to_letter(words: list[str], position: int) -> bool:
    """Whether "and" stands between this word and a single letter: "q and a", "a and e"."""
    before, after = words[max(0, position - 2) : position], words[position + 1 : position + 3]
    joined = [pair for pair in (before[::-1], after) if len(pair) == 2 and pair[0] == "and"]
    return any(len(other) == 1 and other != _PRONOUN_I for _, other in joined)


def _letter(word: str) -> Readings:
    name = _LETTER_NAMES.get(word.removesuffix("."))
    if name is None:
        return ()
    return (_ARTICLE, name) if word == "a" else (name,)


def _read_forms(reader: WordReader, words: Sequence[str]) -> list[Readings]:
    """Read each word whole; else a possessive by its stem, others without apostrophes."""
    bare = [word.removesuffix(_POSSESSIVE).replace("'", "") for word in words]
    asked = list(dict.fromkeys([*words, *bare]))
    known = dict(zip(asked, reader.read(asked), strict=True))
    return [
        known[word] or (_with_s(known[stem]) if word.endswith(_POSSESSIVE) else known[stem])
        for word, stem in zip(words, bare, strict=True)
    ]


def _with_s(readings: Readings) -> Readings:
    return tuple((*reading, *_ending(reading)) for reading in readings)


def _ending(stem: Pronunciation) -> Pronunciation:
    """Return the possessive s: ɪz after a sibilant, s after another voiceless sound, else z."""
    if stem[-1] in _SIBILANTS:
        return ("ɪ", "z")
    return ("s",) if stem[-1] in _VOICELESS else ("z",)
