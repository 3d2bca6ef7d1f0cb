"""eSpeak NG through phonemizer: some 140 languages, for those who install the extra `espeak`.

Both are GPL-3.0; nothing here is imported unless this G2P is asked for. eSpeak comes as a library
inside `espeakng-loader`, without anything installed on the system.

Stress and length go, as everywhere (see `inventory`). English is written with fewer symbols than
eSpeak uses, so that its readings compare with the lexicon's: see `_ENGLISH`. eSpeak joins small
words to their neighbours ("of the" is one word); its word boundaries are kept as they are.
"""

from __future__ import annotations

import difflib
import logging
import threading
import unicodedata
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from er_engine.errors import MissingExtraError, PhonemeError
from er_engine.phonemes.inventory import segment_ipa
from er_engine.phonemes.words import TEXT_CACHE_SIZE, ReadingCache, Readings
from er_engine.types import Pronunciation

# Short codes that eSpeak knows under another name.
_VOICES = {"en": "en-us", "fr": "fr-fr", "zh": "cmn", "no": "nb", "iw": "he", "in": "id"}
# Sounds of one English phoneme that eSpeak tells apart and ARPABET does not: flapped and glottal t,
# the vowels of nurse, trap, lot, dress and the first part of four.
_ENGLISH = {
    "ɾ": "t",
    "ʔ": "t",
    "ɜ": "ɚ",
    "ɐ": "ə",
    "a": "æ",
    "ɒ": "ɑ",
    "e": "ɛ",
    "o": "ɔ",
    "r": "ɹ",
}
# Scripts beside Latin that a language is written in, as Unicode names them. eSpeak names foreign
# letters ("chinese letter"), so text in another script has no pronunciation.
_SCRIPTS = {
    "ETHIOPIC": "am ti",
    "ARABIC": "ar fa sd ug ur ku",
    "BENGALI": "as bn bpy",
    "CYRILLIC": "ba be bg cv kk ky mk nog ru sr tt uk bs kaa az uz tk",
    "CHEROKEE": "chr",
    "CJK": "cmn yue hak",
    "GREEK": "el grc",
    "GUJARATI": "gu",
    "HEBREW": "he",
    "DEVANAGARI": "hi kok mr ne",
    "ARMENIAN": "hy hyw",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "KATAKANA-HIRAGANA": "ja",
    "GEORGIAN": "ka",
    "KANNADA": "kn",
    "HANGUL": "ko",
    "MALAYALAM": "ml",
    "MYANMAR": "my shn",
    "ORIYA": "or",
    "GURMUKHI": "pa",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
}


class EspeakG2P:
    """A G2P (see `er_engine.phonemes.g2p.G2P`) for one language."""

    name = "espeak"

    def __init__(self, lang: str) -> None:
        """Load eSpeak.

        Raises:
            MissingExtraError: phonemizer or espeakng-loader is not installed.
            PhonemeError: eSpeak doesn't know the language.
        """
        self._voice = _voice(lang)
        self._base = self._voice.split("-")[0]
        self._backend = _backend(self._voice)
        self._cache = ReadingCache(TEXT_CACHE_SIZE)
        self._lock = threading.Lock()  # the library keeps its state in globals

    def pronounce(self, spoken: Sequence[str]) -> list[Readings]:
        """See `G2P.pronounce`."""
        texts = [" ".join(text.split()) for text in spoken]
        known = self._cache.fill(texts, self._read)
        return [known[text] for text in texts]

    def _read(self, texts: list[str]) -> list[Readings]:
        from phonemizer.separator import Separator

        readable = [text for text in texts if self._is_readable(text)]
        with self._lock:
            written = self._backend.phonemize(readable, separator=Separator(word=" "), strip=True)
        found = dict(zip(readable, (self._phonemes(ipa) for ipa in written), strict=True))
        return [(found[text],) if found.get(text) else () for text in texts]

    def _phonemes(self, ipa: str) -> Pronunciation:
        phonemes = segment_ipa(ipa)
        if self._base != "en":
            return phonemes
        return tuple(_ENGLISH.get(symbol, symbol) for symbol in phonemes)

    def _is_readable(self, text: str) -> bool:
        letters = [character for character in text if character.isalnum()]
        return bool(letters) and all(
            character.isascii() or self._is_own_script(character) for character in letters
        )

    def _is_own_script(self, letter: str) -> bool:
        script = unicodedata.name(letter, "").split(" ")[0]
        return script == "LATIN" or self._base in _SCRIPTS.get(script, "").split()


def _voice(lang: str) -> str:
    _check_extra()
    from phonemizer.backend import EspeakBackend

    _set_library()
    known = EspeakBackend.supported_languages()
    code = lang.lower().replace("_", "-")
    for candidate in (_VOICES.get(code, code), _VOICES.get(code.split("-")[0], code.split("-")[0])):
        if candidate in known:
            return str(candidate)
    near = difflib.get_close_matches(code, [*known, *_VOICES], n=5, cutoff=0.3)
    hint = (
        f"near ones: {', '.join(near)}" if near else f"for example {', '.join(sorted(known)[:5])}"
    )
    raise PhonemeError(f"eSpeak doesn't know the language {lang!r}; {hint}")


def _check_extra() -> None:
    if find_spec("phonemizer") is None or find_spec("espeakng_loader") is None:
        raise MissingExtraError("espeak", "eSpeak's pronunciation")


def _set_library() -> None:
    import espeakng_loader
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())


def _backend(voice: str) -> Any:
    from phonemizer.backend import EspeakBackend

    quiet = logging.getLogger(f"{__name__}.phonemizer")
    quiet.setLevel(logging.ERROR)
    return EspeakBackend(
        voice, language_switch="remove-flags", words_mismatch="ignore", logger=quiet
    )
