"""Index folders derived from the database: finding the last good one, writing a new one.

A folder is named after the change it was made at: its sequence number, and the mark of the log
there, so that a folder of another history (of a database put back from a backup) is never taken.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from er_engine.errors import CatalogDamagedError, CatalogError, ErEngineError
from er_engine.search import FloatArray, RowArray
from er_engine.types import SurfaceForm
from index.builder import BuildOptions, Progress, write_index
from index.live.database import CatalogDatabase
from index.live.records import VECTOR_TYPE
from index.live.schema import CatalogSettings
from index.live.still import EncoderName, StillCatalog
from index.live.write_points import Reached
from index.manifest import Manifest
from index.reader import OpenedIndex, open_index

_NAME = re.compile(r"(\d{16})-([0-9a-f]{16})")


@dataclass(frozen=True, slots=True, order=True)
class Generation:
    """One index folder and the change that it was made at."""

    sequence: int
    mark: bytes
    path: Path = field(compare=False)

    @classmethod
    def at(cls, directory: Path, sequence: int, mark: bytes) -> Generation:
        """Name the generation of a change."""
        return cls(sequence, mark, directory / f"{sequence:016d}-{mark.hex()}")


@dataclass(slots=True)
class StoredForms:
    """Surface forms and vectors of the database, as a build takes them; a `FormSource`."""

    still: StillCatalog
    encoder: EncoderName
    scratch: BinaryIO
    _n_forms: int = 0

    @property
    def g2p(self) -> str:
        """Name of the G2P that gave the pronunciations."""
        return self.encoder.g2p

    @property
    def encoder_fingerprint(self) -> str:
        """Fingerprint of the encoder that made the vectors."""
        return self.encoder.fingerprint

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self.encoder.dimension

    def forms(self, rows: slice) -> Sequence[Sequence[SurfaceForm]]:
        """See `FormSource.forms`; keeps the vectors in a scratch file on the way."""
        groups = []
        for encoded in self.still.encoded(rows):
            groups.append(encoded.forms)
            self.scratch.write(np.ascontiguousarray(encoded.vectors, dtype=VECTOR_TYPE).data)
            self._n_forms += len(encoded.forms)
        self.scratch.flush()
        return groups

    def vectors(self, rows: RowArray, forms: Sequence[SurfaceForm]) -> FloatArray:
        """See `FormSource.vectors`."""
        shape = (self._n_forms, self.encoder.dimension)
        vectors = np.memmap(self.scratch, dtype=VECTOR_TYPE, mode="r", shape=shape)
        found: FloatArray = vectors[rows].astype(np.float32)
        return found


def write_still(
    still: StillCatalog,
    directory: Path,
    settings: CatalogSettings,
    encoder: EncoderName,
    progress: Progress,
) -> Manifest:
    """Write the index folder of a still catalog.

    Raises:
        CatalogError: there is no entity.
        CatalogDamagedError: an entity is not what was written.
        OSError: it can't be written, for example because the disk is full.
    """
    if not still.versions:
        raise CatalogError("the catalog has no entities; there is nothing to write")
    options = BuildOptions(
        settings.lang, settings.templates, settings.index_kind, settings.batch_size
    )
    directory.parent.mkdir(parents=True, exist_ok=True)
    # A file without a name: nothing is left behind when the process dies.
    with tempfile.TemporaryFile(dir=directory.parent) as scratch:
        source = StoredForms(still, encoder, cast("BinaryIO", scratch))
        return write_index(list(still.entities()), directory, source, options, progress)


def snapshot_of(database: Path, directory: Path) -> Manifest:
    """Write a catalog that somebody else may have open as an index folder.

    Raises:
        CatalogError: there is no entity.
        StorageError: it can't be read, or it is being encoded again.
        InputError, OSError: see `index.builder.build_index`.
    """
    source = CatalogDatabase(database, read_only=True)
    try:
        with source.still() as still:
            return write_still(
                still, directory, source.settings, still.encoder_name(), lambda *_: None
            )
    finally:
        source.close()


class Generations:
    """The folder of generations of one catalog."""

    def __init__(self, directory: Path, encoder: EncoderName, reached: Reached) -> None:
        self._directory = directory
        self._encoder = encoder
        self._reached = reached

    def all(self) -> list[Generation]:
        """Every generation, the newest first."""
        if not self._directory.is_dir():
            return []
        matches = ((path, _NAME.fullmatch(path.name)) for path in self._directory.iterdir())
        found = (
            Generation(int(match[1]), bytes.fromhex(match[2]), path)
            for path, match in matches
            if match
        )
        return sorted(found, reverse=True)

    def open_last_good(
        self, database: CatalogDatabase, problems: list[str]
    ) -> tuple[Generation, OpenedIndex] | None:
        """Open the newest one that belongs to this history and is sound; None if there is none."""
        for generation in self.all():
            try:
                return generation, self.open(generation, database)
            except (ErEngineError, OSError, ValueError) as error:
                problems.append(str(error))
        return None

    def open(self, generation: Generation, database: CatalogDatabase) -> OpenedIndex:
        """Open one.

        Raises:
            CatalogDamagedError: it is of another history or another encoder.
            IndexFormatError, OSError, ValueError: it is damaged.
        """
        if database.mark_at(generation.sequence) != generation.mark:
            raise CatalogDamagedError(f"{generation.path}: the log of changes doesn't lead from it")
        opened = open_index(generation.path)
        names = (opened.encoder_fingerprint, opened.g2p)
        if names != (self._encoder.fingerprint, self._encoder.g2p):
            raise CatalogDamagedError(f"{generation.path}: made with another encoder or G2P")
        return opened

    def write(
        self, still: StillCatalog, settings: CatalogSettings, progress: Progress
    ) -> Generation:
        """Write the generation of a still catalog, which has an entity at least."""
        generation = Generation.at(self._directory, still.sequence, still.mark)
        self._reached("vectors: before writing")
        if generation.path.exists():
            shutil.rmtree(generation.path)
        write_still(still, generation.path, settings, self._encoder, progress)
        self._reached("vectors: in place")
        return generation

    def remove_but(self, kept: Generation) -> None:
        """Remove what no new process would open; whoever has a folder open keeps its files."""
        for path in self._directory.iterdir() if self._directory.is_dir() else ():
            if path.name != kept.path.name:
                self._reached("vectors: before removing")
                shutil.rmtree(path, ignore_errors=True)
