"""The phonemes er-engine knows, and how other notations are written with them.

The order of `SYMBOLS` fixes the ids that trained models and indexes store: never reorder it.
"""

from __future__ import annotations

from er_engine.types import WORD_BOUNDARY

PADDING = "_"
UNKNOWN = "*"

# The 39 phonemes of American English (ARPABET), stress dropped.
ARPABET = {
    "AA": "ɑ",
    "AE": "æ",
    "AH": "ə",
    "AO": "ɔ",
    "AW": "aʊ",
    "AX": "ə",
    "AXR": "ɚ",
    "AY": "aɪ",
    "B": "b",
    "CH": "tʃ",
    "D": "d",
    "DH": "ð",
    "DX": "ɾ",
    "EH": "ɛ",
    "ER": "ɚ",
    "EY": "eɪ",
    "F": "f",
    "G": "ɡ",
    "HH": "h",
    "IH": "ɪ",
    "IX": "ɪ",
    "IY": "i",
    "JH": "dʒ",
    "K": "k",
    "L": "l",
    "M": "m",
    "N": "n",
    "NG": "ŋ",
    "OW": "oʊ",
    "OY": "ɔɪ",
    "P": "p",
    "R": "ɹ",
    "S": "s",
    "SH": "ʃ",
    "T": "t",
    "TH": "θ",
    "UH": "ʊ",
    "UW": "u",
    "UX": "u",
    "V": "v",
    "W": "w",
    "Y": "j",
    "Z": "z",
    "ZH": "ʒ",
}

DIPHTHONGS = ("aɪ", "aʊ", "eɪ", "oʊ", "ɔɪ")
AFFRICATES = ("tʃ", "dʒ", "tɕ", "dʑ", "ʈʂ", "ɖʐ")

_ENGLISH = (
    *("p", "b", "t", "d", "k", "ɡ", "tʃ", "dʒ", "f", "v", "θ", "ð", "s", "z", "ʃ", "ʒ", "h"),
    *("m", "n", "ŋ", "l", "ɹ", "w", "j"),
    *("ɑ", "æ", "ə", "ɔ", "ɛ", "ɚ", "ɪ", "i", "ʊ", "u"),
    *DIPHTHONGS,
)
_OTHER_VOWELS = ("a", "e", "o", "y", "ø", "œ", "ɨ", "ʉ", "ɯ", "ɤ", "ɜ", "ɐ", "ʏ", "ɒ", "ɵ")
_NASAL_VOWELS = ("ã", "ẽ", "ĩ", "õ", "ũ", "ɑ̃", "ɛ̃", "ɔ̃", "œ̃", "ɐ̃")
_OTHER_CONSONANTS = (
    *("ɲ", "ʎ", "ɣ", "x", "ç", "ʁ", "r", "ɾ", "ʔ", "ɸ", "β", "ɕ", "ʑ", "ʂ", "ʐ", "ʈ", "ɖ", "ɳ"),
    *("ɭ", "ɻ", "ɽ", "c", "ɟ", "q", "ɢ", "χ", "ħ", "ʕ", "ɦ", "ʝ", "ɰ", "ɥ", "ɱ", "ʋ", "ɬ", "ʍ"),
    *("ʀ", "ɴ", "tɕ", "dʑ", "ʈʂ", "ɖʐ"),
)
SYMBOLS: tuple[str, ...] = (
    PADDING,
    WORD_BOUNDARY,
    UNKNOWN,
    *_ENGLISH,
    *_OTHER_VOWELS,
    *_NASAL_VOWELS,
    *_OTHER_CONSONANTS,
)

# Other ways to write the same sounds. A stressed schwa is a schwa here (stress is dropped), dark l
# is an l, and the diphthongs of different notations and accents meet in one symbol.
ALIASES: dict[str, tuple[str, ...]] = {
    "g": ("ɡ",),
    "ʌ": ("ə",),
    "ɝ": ("ɚ",),
    "ə˞": ("ɚ",),
    "ɜ˞": ("ɚ",),
    "ᵻ": ("ɪ",),
    "ɩ": ("ɪ",),
    "ɫ": ("l",),
    "ɧ": ("ʃ",),
    "ʧ": ("tʃ",),
    "ʤ": ("dʒ",),
    "ʦ": ("t", "s"),
    "ʣ": ("d", "z"),
    "ʨ": ("tɕ",),
    "ʥ": ("dʑ",),
    "ai": ("aɪ",),
    "au": ("aʊ",),
    "ei": ("eɪ",),
    "ou": ("oʊ",),
    "əʊ": ("oʊ",),
    "oi": ("ɔɪ",),
    "ɔi": ("ɔɪ",),
    "oɪ": ("ɔɪ",),
    "ɔø": ("ɔɪ",),
    "ɔy": ("ɔɪ",),
    "ɔʏ": ("ɔɪ",),
}
