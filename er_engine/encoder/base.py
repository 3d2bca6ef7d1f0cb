"""What an encoder promises: any surface form in, one unit vector out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from er_engine.search import FloatArray
from er_engine.types import SurfaceForm


@runtime_checkable
class Encoder(Protocol):
    """Turns surface forms into unit vectors; the same for queries and for catalog names."""

    @property
    def dimension(self) -> int:
        """Width of the vectors."""

    @property
    def fingerprint(self) -> str:
        """Hex digest that changes whenever the vectors would; an index stores and checks it."""

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """Return float32 (len(forms), dimension), each row of unit length."""
