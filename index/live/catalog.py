"""A live catalog: the one writer of a folder, and the readers of other processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, repeat
from pathlib import Path
from typing import TypeVar

from er_engine.errors import (
    CatalogDamagedError,
    CatalogError,
    ErEngineError,
    UnknownCatalogError,
)
from er_engine.model import Model
from er_engine.types import Entity
from index.live.backup import database_problems, write_backup
from index.live.change_log import Change
from index.live.database import Also, nothing_else
from index.live.encoding import ENTITIES_AT_ONCE
from index.live.generations import write_still
from index.live.layout import LIVE
from index.live.lock import FolderLock
from index.live.merging import ELSEWHERE_FROM, MERGE_FROM, MergingCatalog
from index.live.reader import CatalogReader
from index.live.records import EncodedEntity
from index.live.write_points import Reached, nothing
from index.manifest import Manifest
from index.verify import verify_index

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one entity: its version, or why it was refused."""

    id: str
    version: int | None
    error: str | None = None


class LiveCatalog(MergingCatalog):
    """The one writer; answers queries like a reader. Thread-safe."""

    def __init__(
        self,
        folder: Path,
        model: Model,
        merge_from: int = MERGE_FROM,
        elsewhere_from: int = ELSEWHERE_FROM,
        reached: Reached = nothing,
    ) -> None:
        """Use `open`."""
        self._lock = FolderLock(folder / LIVE.lock)
        try:
            super().__init__(folder, model, merge_from, elsewhere_from, reached)
        except BaseException:
            self._lock.release()
            raise
        self._backing_up = threading.Lock()
        try:
            self._begin()
        except BaseException as error:
            self.close()
            _explain(error, self._database.path)
            raise

    @classmethod
    def open(
        cls,
        data_dir: Path | str,
        name: str,
        model: Model,
        *,
        merge_from: int = MERGE_FROM,
        elsewhere_from: int = ELSEWHERE_FROM,
        reached: Reached = nothing,
    ) -> LiveCatalog:
        """Open a catalog as its only writer.

        The last good vectors are opened, and what is newer is replayed. Where there are none, or
        they are of another encoder, they are made in the background: see `ready` and `status`.

        Args:
            data_dir: folder of all catalogs.
            name: of this one.
            model: makes the vectors of what changes.
            merge_from: merge by itself when so many entities have changed (and MERGE_SHARE of all).
            elsewhere_from: catalogs of so many entities make new vectors in a process of its own.
            reached: for tests: called at each point where something is written.

        Raises:
            UnknownCatalogError: there is no such catalog.
            CatalogLockedError: another process has it.
            StorageError: the folder can't be written.
            CatalogDamagedError: the database can't be read.
        """
        folder = Path(data_dir) / name
        if not (folder / LIVE.database).is_file():
            raise UnknownCatalogError(
                f"{folder}: there is no catalog {name!r}; import an index, or restore a backup"
            )
        return cls(folder, model, merge_from, elsewhere_from, reached)

    @classmethod
    def open_reader(cls, data_dir: Path | str, name: str, model: Model) -> CatalogReader:
        """Open a catalog to read what another process writes.

        Raises:
            UnknownCatalogError: there is no such catalog.
            StorageError: it can't be read.
        """
        return CatalogReader(Path(data_dir) / name, model)

    # --- writing

    def upsert(self, entity: Entity, *, if_version: int | None = None) -> int:
        """Put an entity, new or in place of the one with its id; return its version.

        Args:
            entity: all of it; nothing is kept of what was there.
            if_version: the version that it must have now, 0 for none; None asks nothing.

        Raises:
            VersionConflictError: it has another version.
            CatalogError: it can't be stored.
            StorageError: it can't be written; nothing was changed.
        """
        return self._upsert(entity, if_version)

    def _upsert(self, entity: Entity, if_version: int | None, also: Also = nothing_else) -> int:
        (encoded,) = self._encoder.encode([entity])
        return self._apply([Change(entity.id, encoded, if_version)], also)[0]

    def delete(self, entity_id: str, *, if_version: int | None = None) -> int:
        """Delete an entity; return the number of this change.

        Raises:
            UnknownEntityError: it isn't there.
            VersionConflictError: it has another version.
            StorageError: it can't be written; nothing was changed.
        """
        return self._apply([Change(entity_id, None, if_version)])[0]

    def bulk(
        self, entities: Iterable[Entity], if_versions: Iterable[int | None] | None = None
    ) -> list[BulkResult]:
        """Put many entities, each of them or its error; some hundred are one transaction.

        Args:
            entities: what to put.
            if_versions: for each the version that it must have now, as in `upsert`.

        Raises:
            StorageError: it can't be written; the results so far are lost, what was written stays.
        """
        results: list[BulkResult] = []
        rest = zip(entities, repeat(None) if if_versions is None else if_versions, strict=False)
        while some := list(islice(rest, ENTITIES_AT_ONCE)):
            encoded = self._encode_each([entity for entity, _ in some])
            changes = [
                Change(item.entity.id, item, version)
                for item, (_, version) in zip(encoded, some, strict=True)
                if isinstance(item, EncodedEntity)
            ]
            write = partial(self._database.apply_each, changes, self._number)
            made = iter(self._shown(write))
            results += [
                _result(entity.id, next(made) if isinstance(item, EncodedEntity) else item)
                for (entity, _), item in zip(some, encoded, strict=True)
            ]
        return results

    def _encode_each(self, entities: Sequence[Entity]) -> list[EncodedEntity | ErEngineError]:
        try:
            return list(self._encoder.encode(entities))
        except CatalogError as error:
            if len(entities) == 1:
                return [error]
            return [one for entity in entities for one in self._encode_each([entity])]

    def _apply(self, changes: Sequence[Change], also: Also = nothing_else) -> list[int]:
        return self._shown(partial(self._database.apply, changes, self._number, also))

    def _shown(self, write: Callable[[], list[T]]) -> list[T]:
        """Write, and let the next query see it."""
        try:
            versions = write()
        finally:
            # Also after an error: memory shows what the database has, whatever happened.
            self._follow()
        self._reached("memory: visible")
        self._merge_if_wanted()
        return versions

    def snapshot(self, directory: Path | str) -> Manifest:
        """Write all there is as a built, immutable index folder, while serving.

        Raises:
            CatalogError: there is no entity.
            InputError: the folder holds something else than an index.
            StorageError, OSError: it can't be written, or is being encoded again.
        """
        with self._database.still() as still:
            return write_still(
                still,
                Path(directory),
                self._database.settings,
                still.encoder_name(),
                lambda phase, done, total: self._reached(f"snapshot: {phase}"),
            )

    def backup(self, path: Path | str) -> None:
        """Write all there is, feedback too, into one file, while serving.

        Raises:
            InputError: it would be in the folder of the catalog.
            StorageError: it can't be written.
        """
        with self._backing_up:
            write_backup(self._folder / LIVE.database, Path(path), self._reached)

    def close(self) -> None:
        """Finish what is being written, and free the folder; harmless when repeated."""
        self._worker.stop()
        super().close()
        self._lock.release()

    def verify(self) -> list[str]:
        """Read all that is stored; return what is wrong, one sentence each."""
        problems = database_problems(self._folder / LIVE.database)
        generation = self._generation
        if generation is not None:
            problems += verify_index(generation.path)
        return problems


def _result(entity_id: str, made: int | ErEngineError) -> BulkResult:
    if isinstance(made, int):
        return BulkResult(entity_id, made)
    return BulkResult(entity_id, None, str(made))


def _explain(error: BaseException, path: Path) -> None:
    """Raise CatalogDamagedError where a surprise comes from a damaged database."""
    if isinstance(error, TypeError | ValueError | LookupError):
        for problem in database_problems(path):
            raise CatalogDamagedError(problem) from error
