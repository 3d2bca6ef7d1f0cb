"""Small builds for tests: a G2P that spells, a catalog, and the bytes of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from er_engine.encoder.dummy import DummyEncoder
from er_engine.types import Entity, Pronunciation
from index.builder import BuildOptions, build_index
from index.manifest import Manifest

LETTERS = frozenset("abdefhijklmnoprstuvwz")

ENTITIES = (
    Entity("tv1", "Chip and Potato", "tv", ("Chip & Potato",), {"year": 2018}, popularity=2.5),
    Entity("tv2", "Schitt's Creek", "tv", attributes={"city": "Goderich", "cast": ["Levy"]}),
    Entity("b1", "Potato", "book", pronunciations=("tʃɪp",), lang="en"),
    Entity("b2", "Łódź ♥", None),
    Entity("b3", "Potato", "book"),
)


class SpellingG2P:
    """Every known letter is its own phoneme."""

    @property
    def name(self) -> str:
        """A name for the manifest."""
        return "spelling"

    def pronounce(self, spoken: Sequence[str]) -> list[tuple[Pronunciation, ...]]:
        """One pronunciation for each text."""
        return [(tuple(letter for letter in text if letter in LETTERS),) for text in spoken]


def build(
    directory: Path,
    entities: Sequence[Entity] = ENTITIES,
    options: BuildOptions | None = None,
) -> Manifest:
    """Build a small index."""
    return build_index(
        entities, directory, DummyEncoder(), SpellingG2P(), options or BuildOptions()
    )


def content(directory: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


def many(count: int) -> list[Entity]:
    """Return `count` entities with different names (up to 2,401)."""
    return [Entity(f"e{number}", _name(number), ("a", "b")[number % 2]) for number in range(count)]


_WORDS = ("alpha", "bravo", "delta", "foxtrot", "hotel", "india", "juliet")


def _name(number: int) -> str:
    return " ".join(_WORDS[number // 7**place % 7] for place in range(4))
