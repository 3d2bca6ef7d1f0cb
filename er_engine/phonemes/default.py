"""Which G2P reads which language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from er_engine.errors import PhonemeError
from er_engine.files import sha256_of
from er_engine.phonemes.english import MINOR_WORDS, EnglishReader, english_words
from er_engine.phonemes.g2p import G2P
from er_engine.phonemes.graphones import GRAPHONES
from er_engine.phonemes.guess import GuessReader
from er_engine.phonemes.joint import JointReader
from er_engine.phonemes.judged import JudgedReader
from er_engine.phonemes.lexicon import CmuLexicon, UserLexicon
from er_engine.phonemes.neural import NeuralReader
from er_engine.phonemes.romanised import RULES_VERSION
from er_engine.phonemes.supplement import SUPPLEMENT, SupplementedLexicon
from er_engine.phonemes.words import WordG2P, WordReader
from er_engine.types import Pronunciation

LEXICON, NEURAL, ESPEAK = "lexicon", "neural", "espeak"
ALL_NAMES = (LEXICON, NEURAL, ESPEAK)
DEFAULT_ENGLISH = (LEXICON, NEURAL)
MAX_MERGED = 4


class MergedG2P:
    """The distinct pronunciations of several G2Ps: every first choice, then the second ones ..."""

    def __init__(self, parts: Sequence[G2P]) -> None:
        self._parts = tuple(parts)

    @property
    def name(self) -> str:
        """The names of the parts, joined by `+`."""
        return "+".join(part.name for part in self._parts)

    def pronounce(self, spoken: Sequence[str]) -> list[tuple[Pronunciation, ...]]:
        """See `G2P.pronounce`."""
        by_part = [part.pronounce(spoken) for part in self._parts]
        return [_merge(readings) for readings in zip(*by_part, strict=True)]


def default_g2p(
    lang: str = "en", names: Sequence[str] | None = None, lexicon: Path | None = None
) -> G2P:
    """Return the G2P of a language; asked again for the same, English comes from a cache.

    Args:
        lang: language code such as `en`, `en-gb`, `de`.
        names: which G2Ps to use, of `lexicon`, `neural`, `espeak`. None means lexicon and then
            neural for English (no eSpeak: a model must read the same with and without the extra),
            eSpeak for every other language. `neural` beside `lexicon` reads the words that the
            lexicon lacks; `espeak` beside them adds its own reading.
        lexicon: a user's own lexicon file (see `UserLexicon`), asked before all others; English.

    Raises:
        PhonemeError: an unknown name or language, a G2P that doesn't know the language, or a
            lexicon file that can't be read.
        MissingExtraError: eSpeak is needed and the extra `espeak` is not installed.
    """
    wanted = _checked(names, lang)
    if lexicon is not None and not set(wanted) & set(DEFAULT_ENGLISH):
        raise PhonemeError(f"{lexicon}: a lexicon file is for English with lexicon or neural")
    parts: list[G2P] = []
    own = tuple(name for name in DEFAULT_ENGLISH if name in wanted)
    if own:
        parts.append(_english(own) if lexicon is None else _english_with(lexicon, own))
    if ESPEAK in wanted:
        from er_engine.phonemes.espeak import EspeakG2P

        parts.append(EspeakG2P(lang))
    return parts[0] if len(parts) == 1 else MergedG2P(parts)


def is_english(lang: str) -> bool:
    """Return whether a language code such as `en`, `en-GB` or `en_us` is one of English."""
    return lang.lower().replace("_", "-").split("-")[0] == "en"


def _checked(names: Sequence[str] | None, lang: str) -> tuple[str, ...]:
    if names is None:
        return DEFAULT_ENGLISH if is_english(lang) else (ESPEAK,)
    unknown = [name for name in names if name not in ALL_NAMES]
    if not names:
        raise PhonemeError(f"no G2P was named; known: {', '.join(ALL_NAMES)}")
    if unknown:
        raise PhonemeError(f"unknown G2P {', '.join(unknown)!r}; known: {', '.join(ALL_NAMES)}")
    if not is_english(lang) and set(names) != {ESPEAK}:
        raise PhonemeError(f"lexicon and neural read English only, not {lang!r}; use espeak")
    return tuple(names)


@cache
def _english(names: tuple[str, ...]) -> G2P:
    return _word_g2p(_english_name(names), _readers(names))


def _english_with(lexicon: Path, names: tuple[str, ...]) -> G2P:
    """Return an English G2P with a user's words; its name tells their contents apart."""
    own = UserLexicon.load(lexicon)
    name = f"user-{sha256_of(lexicon)[:8]}+{_english_name(names)}"
    return _word_g2p(name, [own, *_readers(names)])


def _english_name(names: Sequence[str]) -> str:
    """Return such as `lexicon-1a2b3c4d+neural-3-5e6f7a8b`: what reads otherwise is named anew."""
    guesses = f"{RULES_VERSION}-{sha256_of(GRAPHONES)[:8]}"
    versions = {LEXICON: sha256_of(SUPPLEMENT)[:8], NEURAL: guesses}
    return "+".join(f"{name}-{versions[name]}" for name in names)


def _word_g2p(name: str, readers: Sequence[WordReader]) -> G2P:
    return WordG2P(name, EnglishReader(readers), english_words, MINOR_WORDS)


def _readers(names: Sequence[str]) -> list[WordReader]:
    neural = _neural() if NEURAL in names else None
    if LEXICON not in names:
        return [] if neural is None else [GuessReader(neural, None)]
    lexicon = _lexicon()
    supplemented = SupplementedLexicon(lexicon, neural)
    return [supplemented] if neural is None else [supplemented, GuessReader(neural, lexicon)]


@cache
def _lexicon() -> CmuLexicon:
    return CmuLexicon()


@cache
def _neural() -> WordReader:
    return JudgedReader(JointReader(), NeuralReader())


def _merge(by_part: Sequence[tuple[Pronunciation, ...]]) -> tuple[Pronunciation, ...]:
    longest = max(len(readings) for readings in by_part)
    ordered = [r[rank] for rank in range(longest) for r in by_part if rank < len(r)]
    return tuple(dict.fromkeys(ordered))[:MAX_MERGED]
