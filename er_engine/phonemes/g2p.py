"""What a grapheme-to-phoneme conversion (G2P) promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from er_engine.types import Pronunciation


@runtime_checkable
class G2P(Protocol):
    """Turns spoken forms (output of `er_engine.text.spoken_forms`) into pronunciations."""

    @property
    def name(self) -> str:
        """Short name, such as `lexicon`, `neural` or `espeak`; part of a model's fingerprint."""

    def pronounce(self, spoken: Sequence[str]) -> list[tuple[Pronunciation, ...]]:
        """Return the pronunciations of each text, best first; an empty tuple where there is none.

        Batched: one call for many texts is the fast way. Thread-safe.

        Raises:
            PhonemeError: the language is unknown.
        """
