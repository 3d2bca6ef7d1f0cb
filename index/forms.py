"""Surface forms on disk: which entity each belongs to, its text, spoken form and phonemes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from er_engine.phonemes.inventory import SYMBOLS, ids
from er_engine.search import RowArray
from er_engine.types import SurfaceForm
from index.layout import LAYOUT
from index.ragged import RaggedReader, RaggedWriter

_RAGGED = (
    (LAYOUT.form_texts, LAYOUT.form_text_offsets),
    (LAYOUT.form_spoken, LAYOUT.form_spoken_offsets),
    (LAYOUT.form_phonemes, LAYOUT.form_phoneme_offsets),
)


class FormWriter:
    """Writes surface forms in ascending entity rows; a context manager that closes its files."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._entities = array("i")
        self._parts = [RaggedWriter(directory / data, directory / at) for data, at in _RAGGED]

    def __len__(self) -> int:
        return len(self._entities)

    def append(self, entity_row: int, form: SurfaceForm) -> None:
        """Add one form."""
        self._entities.append(entity_row)
        items = (form.text.encode(), form.spoken.encode(), ids(form.pronunciation).tobytes())
        for part, item in zip(self._parts, items, strict=True):
            part.append(item)

    def __enter__(self) -> FormWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            for part in self._parts:
                part.abandon()
            return
        for part in self._parts:
            part.close()
        rows = np.frombuffer(self._entities, dtype=np.int32)
        np.save(self._directory / LAYOUT.form_entities, rows)


class FormReader:
    """Reads surface forms by form row, from memory-mapped files."""

    def __init__(self, directory: Path) -> None:
        entities = np.load(directory / LAYOUT.form_entities, allow_pickle=False)
        self.entities: RowArray = entities.astype(np.int64)
        self._parts = [RaggedReader(directory / data, directory / at) for data, at in _RAGGED]

    def __len__(self) -> int:
        return len(self.entities)

    def get(self, rows: Sequence[int] | RowArray) -> list[SurfaceForm]:
        """Return the forms of these rows, in the order asked for.

        Raises:
            IndexError: a row is out of range.
        """
        wanted = np.asarray(rows, dtype=np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= len(self)):
            raise IndexError(f"a form row is outside 0..{len(self) - 1}")
        texts, spoken, phonemes = (part.get(wanted) for part in self._parts)
        return [
            SurfaceForm(text.decode(), said.decode(), tuple(map(SYMBOLS.__getitem__, numbers)))
            for text, said, numbers in zip(texts, spoken, phonemes, strict=True)
        ]

    def problems(self, n_entities: int) -> list[str]:
        """Return what is inconsistent in these files."""
        problems = []
        for (name, _), part in zip(_RAGGED, self._parts, strict=True):
            if len(part) != len(self):
                problems.append(f"{name}: {len(part)} items for {len(self)} surface forms")
            elif not part.is_sound():
                problems.append(f"{name}: the offsets don't fit the data")
        expected = np.arange(n_entities)
        if np.any(np.diff(self.entities) < 0):
            problems.append(f"{LAYOUT.form_entities}: not in ascending order")
        if not np.array_equal(np.unique(self.entities), expected):
            problems.append(f"{LAYOUT.form_entities}: some entity has no surface form")
        return problems
