"""Pronunciation lexicons: the CMU dictionary that ships with pocketsphinx, and users' own.

The dictionary is the file `model/en-us/cmudict-en-us.dict` inside pocketsphinx's wheel (BSD), 126
thousand words in ARPABET without stress. Only the file is used; the recogniser isn't imported.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from er_engine.errors import PhonemeError
from er_engine.phonemes.english import fold
from er_engine.phonemes.inventory import from_arpabet, parse_pronunciation
from er_engine.phonemes.words import Readings

_DICTIONARY = Path("model/en-us/cmudict-en-us.dict")
_COMMENTS = (";;;", "#")


class CmuLexicon:
    """The CMU dictionary, loaded at the first look-up."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lines: dict[str, str] | None = None
        self._lock = threading.Lock()

    def read(self, words: Sequence[str]) -> list[Readings]:
        """Return all readings of each word, in the dictionary's order; none if it isn't there."""
        lines = self._loaded()
        return [_alternatives(lines, word) for word in words]

    def __contains__(self, word: str) -> bool:
        return word in self._loaded()

    def words(self) -> list[str]:
        """Return all words; further readings of `either` are listed as `either(2)`."""
        return list(self._loaded())

    def _loaded(self) -> dict[str, str]:
        with self._lock:
            if self._lines is None:
                self._lines = _load(self._path or dictionary_path())
            return self._lines


class UserLexicon:
    """A user's own words: `WORD PRONUNCIATION` on each line, in IPA or ARPABET."""

    def __init__(self, entries: Mapping[str, Readings]) -> None:
        self._entries = dict(entries)

    @classmethod
    def load(cls, path: Path) -> UserLexicon:
        """Read a UTF-8 file; the word ends at the first tab or space; `#` starts a comment line.

        A word on several lines has several readings, best first.

        Raises:
            PhonemeError: the file can't be opened or isn't UTF-8, or a line can't be read; names
                file and line.
        """
        entries: dict[str, Readings] = {}
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise PhonemeError(
                f"{path}: not UTF-8 ({error.reason} at byte {error.start})"
            ) from error
        except OSError as error:
            raise PhonemeError(f"{path}: {error.strerror}; check the path") from error
        for number, line in enumerate(lines, start=1):
            if line.strip() and not line.startswith(_COMMENTS):
                word, reading = _entry(line, f"{path}, line {number}")
                entries[word] = tuple(dict.fromkeys((*entries.get(word, ()), *reading)))
        return cls(entries)

    def read(self, words: Sequence[str]) -> list[Readings]:
        """Return all readings of each word, in the file's order; none if it isn't there."""
        return [self._entries.get(word, ()) for word in words]


def dictionary_path() -> Path:
    """Return where pocketsphinx keeps its dictionary.

    Raises:
        PhonemeError: pocketsphinx is not installed, or without its model.
    """
    spec = find_spec("pocketsphinx")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    if folder is None or not (folder / _DICTIONARY).is_file():
        raise PhonemeError(
            f"the pronunciation lexicon {_DICTIONARY} of the package 'pocketsphinx' is missing; "
            "install it again: pip install --force-reinstall pocketsphinx"
        )
    return folder / _DICTIONARY


def _load(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    parts = (line.partition(" ") for line in lines)
    return {word: symbols for word, _, symbols in parts if symbols}


def _alternatives(lines: dict[str, str], word: str) -> Readings:
    """Return all readings; the dictionary has those of `read` at `read`, `read(2)`, `read(3)`."""
    if word not in lines or "(" in word:
        return ()
    found = [lines[word]]
    while (further := lines.get(f"{word}({len(found) + 1})")) is not None:
        found.append(further)
    return tuple(dict.fromkeys(from_arpabet(line.split()) for line in found))


def _entry(line: str, where: str) -> tuple[str, Readings]:
    parts = line.split(maxsplit=1)
    if len(parts) < 2:
        raise PhonemeError(f"{where}: expected a word and its pronunciation, got {line!r}")
    try:
        return fold(parts[0]), (parse_pronunciation(parts[1]),)
    except ValueError as error:
        raise PhonemeError(f"{where}: {error}") from error
