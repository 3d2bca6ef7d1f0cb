"""What the recogniser knows besides its own dictionary: words and whole names, pronounced."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from er_engine.errors import ConfigError
from er_engine.files import write_atomically
from er_engine.phonemes.english import english_words
from er_engine.phonemes.symbols import ARPABET
from er_engine.types import Entity
from training.simulation.prompts import first_spoken

# The acoustic model of PocketSphinx has the 39 phones of the CMU dictionary, not these variants.
_VARIANTS = frozenset({"AX", "AXR", "DX", "IX", "UX"})
_PHONES = {ipa: phone for phone, ipa in ARPABET.items() if phone not in _VARIANTS}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Spoken texts with their phones (ARPABET, separated by spaces); a name has several words."""

    entries: tuple[tuple[str, str], ...] = ()

    def write(self, path: Path) -> None:
        """Write as lines `text<TAB>phones`."""
        write_atomically(path, "".join(f"{text}\t{phones}\n" for text, phones in self.entries))

    @classmethod
    def read(cls, path: Path) -> Vocabulary:
        """Read what `write` wrote."""
        lines = path.read_text(encoding="utf-8").splitlines()
        return cls(tuple((text, phones) for text, _, phones in (x.partition("\t") for x in lines)))

    def sha256(self) -> str:
        """Hash of the entries."""
        return hashlib.sha256(repr(self.entries).encode()).hexdigest()


def catalog_names(entities: Iterable[Entity]) -> list[str]:
    """Return the names and aliases of a catalog."""
    return [text for entity in entities for text in (entity.name, *entity.aliases)]


def read_names(path: Path) -> list[str]:
    """Read a text file with one word or name on each line; empty lines do not count.

    Raises:
        ConfigError: the file can't be read, or has no name.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"vocabulary {path}: cannot be read: {error}") from error
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise ConfigError(f"vocabulary {path}: there is no name in it; write one on each line")
    return names


def build_vocabulary(
    names: Sequence[str], known_words: float = 1.0, known_names: float = 0.0, seed: int = 0
) -> Vocabulary:
    """Return the words and whole names that the recogniser is to know, with pronunciations.

    Args:
        names: as written; the first spoken form of each is taken, accents folded.
        known_words: share of the distinct words; which ones depends on the seed and the word.
        known_names: share of the names of several words that are known as a whole.
        seed: of both shares.
    """
    from er_engine.phonemes.default import default_g2p

    spoken = sorted({tuple(english_words(first_spoken(name))) for name in names} - {()})
    # "a." is the letter in "n c a a"; the dictionary has it.
    words = sorted({word for name in spoken for word in name if not word.endswith(".")})
    readings = default_g2p("en").pronounce(words)
    phones = {w: _arpabet(r[0]) for w, r in zip(words, readings, strict=True) if r}
    entries = [(w, p) for w, p in phones.items() if p and _known(seed, "word", w, known_words)]
    for name in spoken:
        sounds = [phones.get(word, "") for word in name]
        text = " ".join(name)
        if len(name) > 1 and all(sounds) and _known(seed, "name", text, known_names):
            entries.append((text, " ".join(sounds)))
    return Vocabulary(tuple(entries))


def _arpabet(pronunciation: Sequence[str]) -> str:
    """Return ARPABET, or nothing if a sound is not one of the recogniser."""
    if not all(symbol in _PHONES for symbol in pronunciation):
        return ""
    return " ".join(_PHONES[symbol] for symbol in pronunciation)


def _known(seed: int, kind: str, text: str, share: float) -> bool:
    digest = hashlib.sha256(f"{seed}\0{kind}\0{text}".encode()).digest()
    return int.from_bytes(digest[:8], "little") < share * 2**64
