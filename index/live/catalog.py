"""A live catalog: the one writer of a folder, and the readers of other processes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from er_engine.errors import (
    CatalogDamagedError,
    CatalogError,
    ErEngineError,
    StorageError,
    UnknownCatalogError,
)
from er_engine.model import Model
from er_engine.types import Entity
from index.live.background import BackgroundWorker
from index.live.backup import database_problems, write_backup
from index.live.change_log import Change
from index.live.database import Also, nothing_else
from index.live.elsewhere import write_elsewhere
from index.live.encoding import ENTITIES_AT_ONCE, encode_again
from index.live.following import no_entities
from index.live.freed import give_back
from index.live.generations import Generation, write_still
from index.live.layout import LIVE
from index.live.learning import LearningCatalog
from index.live.lock import FolderLock
from index.live.lost_changes import lost_changes
from index.live.reader import CatalogReader
from index.live.records import EncodedEntity
from index.live.segments import Segments
from index.live.write_points import Reached, nothing
from index.manifest import Manifest
from index.reader import open_index
from index.verify import verify_index

# Merging costs seconds; a side index of this share still costs queries nearly nothing.
MERGE_FROM = 1_000
MERGE_SHARE = 0.05
# Fewer entities are written sooner than another process starts.
ELSEWHERE_FROM = 3_000


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one entity: its version, or why it was refused."""

    id: str
    version: int | None
    error: str | None = None


class LiveCatalog(LearningCatalog):
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
            super().__init__(folder, model, read_only=False, reached=reached)
        except BaseException:
            self._lock.release()
            raise
        self._merge_from = merge_from
        self._elsewhere_from = elsewhere_from
        self._merging = threading.Lock()
        self._backing_up = threading.Lock()
        self._worker = BackgroundWorker(self._work, f"merge {self.name}")
        try:
            self._number = self._database.encoder_number(self._encoder.name)
            self._start()
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

    def bulk(self, entities: Iterable[Entity]) -> list[BulkResult]:
        """Put many entities, each of them or its error; some hundred are one transaction.

        Raises:
            StorageError: it can't be written; the results so far are lost, what was written stays.
        """
        results: list[BulkResult] = []
        rest = iter(entities)
        while some := list(islice(rest, ENTITIES_AT_ONCE)):
            encoded = self._encode_each(some)
            good = [item for item in encoded if isinstance(item, EncodedEntity)]
            versions = iter(self._apply([Change(item.entity.id, item) for item in good]))
            results.extend(
                BulkResult(entity.id, next(versions))
                if isinstance(item, EncodedEntity)
                else BulkResult(entity.id, None, str(item))
                for entity, item in zip(some, encoded, strict=True)
            )
        return results

    def _encode_each(self, entities: Sequence[Entity]) -> list[EncodedEntity | ErEngineError]:
        try:
            return list(self._encoder.encode(entities))
        except CatalogError as error:
            if len(entities) == 1:
                return [error]
            return [one for entity in entities for one in self._encode_each([entity])]

    def _apply(self, changes: Sequence[Change], also: Also = nothing_else) -> list[int]:
        try:
            versions = self._database.apply(changes, self._number, also)
        finally:
            # Also after an error: memory shows what the database has, whatever happened.
            self._follow()
        self._reached("memory: visible")
        segments = self._segments
        if segments is not None and self._wants_merge(segments):
            self._worker.ask()
        return versions

    def _needs_merge(self) -> bool:
        """Whether to merge now: what was asked for during a merge may be done by it."""
        with self._memory:
            segments, generation = self._segments, self._generation
        return segments is None or generation is None or self._wants_merge(segments)

    def _wants_merge(self, segments: Segments) -> bool:
        size = len(segments.main.popularity)
        changed = max(len(segments.side.entities), segments.gone)
        return changed >= max(self._merge_from, MERGE_SHARE * size)

    # --- merging

    def merge(self) -> None:
        """Make new main vectors of all there is, and answer from them; queries go on meanwhile.

        Raises:
            StorageError, CatalogDamagedError, OSError: it didn't work; all is as it was.
        """
        with self._merging:
            before = self._generation
            generation = self._write_generation()
            if generation is not None and generation != before:
                self._swap(generation, before)

    def _write_generation(self) -> Generation | None:
        """Return the generation of all there is; None where there is nothing."""
        before = self._generation
        with self._database.still() as still:
            if before is not None and before.sequence == still.sequence and self.ready:
                return before
            if not still.versions:
                self._take(Segments(no_entities(self._model), still.sequence), None)
                return None
            if len(still.versions) < self._elsewhere_from:
                return self._generations.write(
                    still, self._database.settings, self._report_progress
                )
        # Without the transaction, so that the log of SQLite doesn't grow meanwhile.
        return write_elsewhere(
            self._database.path,
            self._folder / LIVE.generations,
            self._encoder.name,
            self._report_progress,
        )

    def _swap(self, generation: Generation, before: Generation | None) -> None:
        old = self._main_vectors()
        segments = Segments(open_index(generation.path), generation.sequence)
        if not self._take(segments, generation):
            raise StorageError(f"{generation.path}: the log of changes doesn't lead from it")
        self._reached("vectors: swapped")
        self._database.forget_before((before or generation).sequence)
        self._generations.remove_but(generation)
        give_back(old)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is done in the background; False when it took longer."""
        return self._worker.wait(timeout)

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

    # --- the background

    def _start(self) -> None:
        if not self._database.count_of_others(self._number):
            if not self._database.count():
                self._take(Segments(no_entities(self._model), self._database.sequence()), None)
            elif self._open_last_good():
                if self._segments is not None and self._wants_merge(self._segments):
                    self._worker.ask()
                return
        if not self.ready:
            self._worker.ask()

    def _work(self) -> None:
        if self._database.count_of_others(self._number):
            encode_again(self._database, self._encoder, self._number, self._report_progress)
        elif not self._needs_merge():
            return
        try:
            self.merge()
        except (StorageError, OSError):
            # A disk that takes no new vectors must not keep what it has from being found.
            if not self.ready:
                self._serve_from_memory()
            raise
        finally:
            with self._memory:
                self._progress = None if self.ready else self._progress

    def _serve_from_memory(self) -> None:
        with self._database.still() as still:
            segments = Segments(no_entities(self._model), still.sequence)
            everything = ((item.entity.id, item) for item in still.encoded(slice(None)))
            segments.apply(still.sequence, everything)
        self._take(segments, None)

    def verify(self) -> list[str]:
        """Read all that is stored; return what is wrong, one sentence each."""
        problems = database_problems(self._folder / LIVE.database)
        generation = self._generation
        if generation is not None:
            problems += verify_index(generation.path)
        return problems

    def _report_progress(self, phase: str, done: int, total: int) -> None:
        self._reached(f"vectors: {phase}")
        self._progress = (phase, done, total)

    def _problem(self) -> str | None:
        return self._worker.problem or lost_changes(self._database.path) or super()._problem()


def _explain(error: BaseException, path: Path) -> None:
    """Raise CatalogDamagedError where a surprise comes from a damaged database."""
    if isinstance(error, TypeError | ValueError | LookupError):
        for problem in database_problems(path):
            raise CatalogDamagedError(problem) from error
