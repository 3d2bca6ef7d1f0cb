"""Which surface forms say the same, so that each is encoded once."""

from __future__ import annotations

import hashlib
from array import array

import numpy as np

from er_engine.search import RowArray
from er_engine.types import SurfaceForm


class DistinctForms:
    """Numbers surface forms by what they say, in order of first appearance."""

    def __init__(self) -> None:
        self._number_of: dict[bytes, int] = {}
        self._first_rows = array("q")
        self._numbers = array("q")

    def add(self, form: SurfaceForm) -> None:
        """Add the form of the next row."""
        number = self._number_of.setdefault(_key(form), len(self._number_of))
        if number == len(self._first_rows):
            self._first_rows.append(len(self._numbers))
        self._numbers.append(number)

    @property
    def first_rows(self) -> RowArray:
        """int64 (n_distinct,): the first form row of each distinct form, ascending."""
        return np.frombuffer(self._first_rows, dtype=np.int64)

    @property
    def numbers(self) -> RowArray:
        """int64 (n_forms,): which distinct form each form row says."""
        return np.frombuffer(self._numbers, dtype=np.int64)


def _key(form: SurfaceForm) -> bytes:
    """A digest takes less memory than the form; 128 bits never collide by chance."""
    said = "\0".join((form.text, form.spoken, " ".join(form.pronunciation)))
    return hashlib.blake2b(said.encode(), digest_size=16).digest()
