"""The part of a live catalog that reads: used by the writer and by readers in other processes."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from er_engine.errors import CatalogNotReadyError
from er_engine.memory_index import MemoryEntities, MemoryIndex
from er_engine.model import Model
from er_engine.rerank.ngrams import index_ngrams
from er_engine.search import ExactSearcher
from er_engine.types import Entity
from index.live import feedback
from index.live.database import CatalogDatabase
from index.live.encoding import EntityEncoder
from index.live.feedback import AliasProposal, Feedback
from index.live.generations import Generation, Generations
from index.live.layout import LIVE
from index.live.segments import Segments
from index.live.view import LiveView
from index.live.write_points import Reached, nothing


@dataclass(frozen=True, slots=True)
class CatalogStatus:
    """How a live catalog is.

    Attributes:
        name: of the catalog.
        entities: how many there are.
        sequence: number of the last change.
        ready: whether queries can be answered.
        merged_sequence: number of the last change that is in the main index; 0 for none.
        side_entities: entities in the side index, with those that were replaced again.
        gone: rows of main and side index that are found no more.
        phase, done, total: what is being made, if anything.
        problem: what the last work in the background failed with, if it did.
    """

    name: str
    entities: int
    sequence: int
    ready: bool
    merged_sequence: int
    side_entities: int
    gone: int
    phase: str | None = None
    done: int = 0
    total: int = 0
    problem: str | None = None


class FollowingCatalog:
    """Answers from memory what the database says; thread-safe."""

    def __init__(
        self,
        folder: Path,
        model: Model,
        *,
        read_only: bool,
        reached: Reached = nothing,
    ) -> None:
        self.name = folder.name
        self._folder = folder
        self._model = model
        self._reached = reached
        self._database = CatalogDatabase(
            folder / LIVE.database, read_only=read_only, reached=reached
        )
        self._encoder = EntityEncoder(model, self._database.settings)
        self._generations = Generations(folder / LIVE.generations, self._encoder.name, reached)
        self._memory = threading.RLock()
        self._segments: Segments | None = None
        self._generation: Generation | None = None
        self._view: LiveView | None = None
        self._progress: tuple[str, int, int] | None = ("start", 0, 0)
        self._problems: list[str] = []

    # --- queries

    def view(self) -> LiveView:
        """Return all that was acknowledged, to be asked by a `Resolver`; it never changes.

        Raises:
            CatalogNotReadyError: the vectors are being made.
        """
        if self._view is None:
            raise CatalogNotReadyError(self.name, *(self._progress or ("start", 0, 0)))
        return self._view

    @property
    def ready(self) -> bool:
        """Whether `view` has an answer."""
        return self._view is not None

    @property
    def sequence(self) -> int:
        """Number of the last change."""
        return self._database.sequence()

    @property
    def moment(self) -> str:
        """Names the state of the catalog: the number of the last change, and a hash of all."""
        return self._database.moment()

    @property
    def lang(self) -> str:
        """Language of the catalog."""
        return self._database.settings.lang

    @property
    def model(self) -> Model:
        """The model that it was opened with."""
        return self._model

    def get(self, entity_id: str) -> tuple[Entity, int]:
        """Return an entity and its version; UnknownEntityError where there is none."""
        return self._database.get(entity_id)

    def page(self, after_id: str | None = None, limit: int = 100) -> list[tuple[Entity, int]]:
        """Return up to `limit` entities with versions whose id comes after `after_id`, by id."""
        return self._database.page(after_id, limit)

    def entities(self) -> Iterator[Entity]:
        """All entities of one moment, in catalog order."""
        with self._database.still() as still:
            yield from still.entities()

    def status(self) -> CatalogStatus:
        """Return how the catalog is."""
        view = self._view
        entities = self._database.count() if view is None else len(view)
        sequence = self._database.sequence()
        with self._memory:
            segments = self._segments
            phase, done, total = self._progress or (None, 0, 0)
            return CatalogStatus(
                name=self.name,
                entities=entities,
                sequence=sequence,
                ready=segments is not None,
                merged_sequence=0 if self._generation is None else self._generation.sequence,
                side_entities=0 if segments is None else len(segments.side.entities),
                gone=0 if segments is None else segments.gone,
                phase=phase,
                done=done,
                total=total,
                problem=self._problem(),
            )

    # --- feedback

    def feedback(self, after: int = 0, limit: int = 100) -> list[Feedback]:
        """Return feedback with a number above `after`, in order."""
        with self._database.reading() as reader:
            return feedback.read(reader, after, limit)

    def alias_proposals(self, min_count: int = 2) -> list[AliasProposal]:
        """Return new aliases that were meant at least `min_count` times, most often first."""
        with self._database.reading() as reader:
            return feedback.proposals(reader, min_count)

    def close(self) -> None:
        """Free files; harmless when repeated."""
        self._database.close()

    # --- following

    def _problem(self) -> str | None:
        return self._problems[-1] if self._problems else None

    def _follow(self) -> bool:
        """Take what is new in the database; False where the log doesn't reach back so far."""
        with self._memory:
            if self._segments is None:
                return True
            changed = self._database.changed_since(self._segments.sequence)
            if changed is None:
                return False
            if changed.sequence != self._segments.sequence:
                self._segments.apply(changed.sequence, changed.entities)
            # Queries go on with the view of before until this one is made.
            self._view = self._segments.view()
            return True

    def _take(self, segments: Segments, generation: Generation | None) -> bool:
        """Answer from new segments, after they have followed; False where they can't."""
        with self._memory:
            before = self._segments, self._generation
            self._segments, self._generation = segments, generation
            if not self._follow():
                self._segments, self._generation = before
                return False
            self._progress = None
            return True

    def _main_vectors(self) -> weakref.ref[object] | None:
        """What is gone when no query uses the main index of now any more."""
        with self._memory:
            return None if self._segments is None else weakref.ref(self._segments.main.searcher)

    def _open_last_good(self) -> bool:
        found = self._generations.open_last_good(self._database, self._problems)
        if found is None:
            return False
        generation, opened = found
        return self._take(Segments(opened, generation.sequence), generation)


def no_entities(model: Model) -> MemoryIndex:
    """Return a main index of nothing."""
    return MemoryIndex(
        searcher=ExactSearcher(np.zeros((0, model.encoder.dimension), dtype=np.float32)),
        entities=MemoryEntities(()),
        ngrams=index_ngrams(()),
        form_entities=np.zeros(0, dtype=np.int64),
        popularity=np.zeros(0, dtype=np.float32),
        encoder_fingerprint=model.encoder.fingerprint,
        g2p=model.g2p.name,
        lang=model.lang,
        all_forms=(),
        types=(),
    )
