"""The n-gram indexes of the surface forms on disk: one NumPy file for each array."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from er_engine.rerank.ngrams import CatalogNgrams, NgramIndex, index_ngrams
from index.forms import FormReader
from index.layout import LAYOUT

_SOUNDS = (
    LAYOUT.sound_starts,
    LAYOUT.sound_rows,
    LAYOUT.sound_rarity,
    LAYOUT.sound_lengths,
)
_LETTERS = (
    LAYOUT.letter_starts,
    LAYOUT.letter_rows,
    LAYOUT.letter_rarity,
    LAYOUT.letter_lengths,
)


def write_ngrams(directory: Path) -> None:
    """Index the surface forms that are already written in `directory`."""
    reader = FormReader(directory)
    ngrams = index_ngrams(reader.get(np.arange(len(reader))))
    for names, part in ((_SOUNDS, ngrams.sounds), (_LETTERS, ngrams.letters)):
        starts, rows, rarity, lengths = names
        np.save(directory / starts, part.starts)
        np.save(directory / rows, part.rows)
        np.save(directory / rarity, part.rarity)
        np.save(directory / lengths, part.lengths)


def read_ngrams(directory: Path) -> CatalogNgrams:
    """Open what `write_ngrams` wrote; postings stay on disk, memory-mapped."""
    return CatalogNgrams(_read(directory, _SOUNDS), _read(directory, _LETTERS))


def _read(directory: Path, names: tuple[str, str, str, str]) -> NgramIndex:
    starts, rows, rarity, lengths = names
    return NgramIndex(
        starts=np.load(directory / starts, allow_pickle=False),
        rows=np.load(directory / rows, mmap_mode="r", allow_pickle=False),
        rarity=np.load(directory / rarity, allow_pickle=False),
        lengths=np.load(directory / lengths, allow_pickle=False),
    )
