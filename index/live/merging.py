"""The part of a live catalog's writer that keeps its vectors: merging, and what runs behind it."""

from __future__ import annotations

import threading
from pathlib import Path

from er_engine.errors import StorageError
from er_engine.model import Model
from index.live.background import BackgroundWorker
from index.live.elsewhere import write_elsewhere
from index.live.encoding import encode_again
from index.live.following import no_entities
from index.live.freed import give_back
from index.live.generations import Generation
from index.live.layout import LIVE
from index.live.learning import LearningCatalog
from index.live.lost_changes import lost_changes
from index.live.segments import Segments
from index.live.write_points import Reached
from index.reader import open_index

# Merging costs seconds; a side index of this share still costs queries nearly nothing.
MERGE_FROM = 1_000
MERGE_SHARE = 0.05
# Fewer entities are written sooner than another process starts.
ELSEWHERE_FROM = 3_000


class MergingCatalog(LearningCatalog):
    """Makes new main vectors of what changed, in the background. Thread-safe."""

    def __init__(
        self, folder: Path, model: Model, merge_from: int, elsewhere_from: int, reached: Reached
    ) -> None:
        """See `LiveCatalog.open`; `_begin` has to be called then."""
        super().__init__(folder, model, read_only=False, reached=reached)
        self._merge_from = merge_from
        self._elsewhere_from = elsewhere_from
        self._merging = threading.Lock()
        self._worker = BackgroundWorker(self._work, f"merge {self.name}")

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

    def _merge_if_wanted(self) -> None:
        segments = self._segments
        if segments is not None and self._wants_merge(segments):
            self._worker.ask()

    def _needs_merge(self) -> bool:
        """Whether to merge now: what was asked for during a merge may be done by it."""
        with self._memory:
            segments, generation = self._segments, self._generation
        return segments is None or generation is None or self._wants_merge(segments)

    def _wants_merge(self, segments: Segments) -> bool:
        size = len(segments.main.popularity)
        changed = max(len(segments.side.entities), segments.gone)
        return changed >= max(self._merge_from, MERGE_SHARE * size)

    # --- the background

    def _begin(self) -> None:
        """Open the last good vectors, or have them made."""
        self._number = self._database.encoder_number(self._encoder.name)
        if not self._database.count_of_others(self._number):
            if not self._database.count():
                self._take(Segments(no_entities(self._model), self._database.sequence()), None)
            elif self._open_last_good():
                self._merge_if_wanted()
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

    def _report_progress(self, phase: str, done: int, total: int) -> None:
        self._reached(f"vectors: {phase}")
        self._progress = (phase, done, total)

    def _problem(self) -> str | None:
        return self._worker.problem or lost_changes(self._database.path) or super()._problem()
