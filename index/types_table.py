"""Entity types on disk: a small table of names, and one code for each entity."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from er_engine.search import MaskArray
from index.layout import LAYOUT

_NO_TYPE = -1


def write_types(directory: Path, types: Iterable[str | None]) -> None:
    """Write the types of entities, in catalog order."""
    table: dict[str, int] = {}
    found = [_NO_TYPE if name is None else table.setdefault(name, len(table)) for name in types]
    width = np.int16 if len(table) <= np.iinfo(np.int16).max else np.int32
    np.save(directory / LAYOUT.type_codes, np.array(found, dtype=width))
    names = json.dumps(list(table), indent=1, ensure_ascii=False)
    (directory / LAYOUT.type_names).write_text(names + "\n", encoding="utf-8")


class TypesReader:
    """Which entities have a type."""

    def __init__(self, directory: Path) -> None:
        names = json.loads((directory / LAYOUT.type_names).read_text(encoding="utf-8"))
        self.names: tuple[str, ...] = tuple(names)
        self._codes: NDArray[np.integer] = np.load(
            directory / LAYOUT.type_codes, allow_pickle=False
        )
        self._code_of = {name: code for code, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self._codes)

    def having(self, type_name: str) -> MaskArray:
        """Return bool (n_entities,): which entities have exactly this type."""
        code = self._code_of.get(type_name)
        if code is None:
            return np.zeros(len(self._codes), dtype=np.bool_)
        return np.asarray(self._codes == code, dtype=np.bool_)

    def counts(self) -> dict[str, int]:
        """Return how many entities each type has."""
        return {name: int(np.sum(self._codes == code)) for name, code in self._code_of.items()}

    def problems(self) -> list[str]:
        """Return what is inconsistent."""
        in_range = (self._codes >= _NO_TYPE) & (self._codes < len(self.names))
        return [] if bool(in_range.all()) else [f"{LAYOUT.type_codes}: a code has no name"]
