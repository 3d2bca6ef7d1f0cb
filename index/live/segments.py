"""What is in memory of a live catalog: main index, side index, and which rows are gone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import numpy as np

from er_engine.facts.fact_index import FactIndex
from er_engine.rerank.ngrams import CatalogNgrams, letter_buckets, sound_buckets
from er_engine.search import CatalogIndex, FloatArray, MaskArray, RowArray
from index.live.growing import GrowingArray
from index.live.joined_search import JoinedSearcher
from index.live.live_facts import LiveFacts
from index.live.live_ngrams import LiveNgrams
from index.live.records import EncodedEntity
from index.live.side import SideIndex
from index.live.view import JoinedEntities, LiveView


class Segments:
    """Takes changes and gives views; callers see to it that one thread at a time uses it."""

    def __init__(self, main: CatalogIndex, sequence: int) -> None:
        """Begin with a main index and the number of the last change that is in it."""
        self.main = main
        self.side = SideIndex(main.searcher.dimension)
        self.sequence = sequence
        self._n_main = len(main.popularity)
        self._alive = np.ones(self._n_main, dtype=np.bool_)
        self._form_entities = GrowingArray(main.form_entities, np.int64)
        self._popularity = GrowingArray(main.popularity, np.float32)
        self._sounds = LiveNgrams(main.ngrams.sounds)
        self._letters = LiveNgrams(main.ngrams.letters)
        self._facts = LiveFacts(lambda: cast("FactIndex", main.facts), main.lang)
        self._view: LiveView | None = None

    def apply(self, sequence: int, changed: Iterable[tuple[str, EncodedEntity | None]]) -> None:
        """Take changes: ids with what they are now, None where they were deleted."""
        alive = GrowingArray(self._alive, np.bool_)
        gone = []
        for entity_id, encoded in changed:
            row = self._row_of(entity_id)
            if row is not None and alive.view()[row]:
                gone.append(row)
                self._uncount(row)
            if encoded is not None:
                self._append(encoded)
                alive.extend(np.ones(1, dtype=np.bool_))
        # Earlier views keep their own mask.
        mask = cast("MaskArray", alive.view())
        mask[gone] = False
        self._alive = mask
        self.sequence = sequence
        self._view = None

    def view(self) -> LiveView:
        """Return what is in the catalog now; the same object until something changes."""
        if self._view is None:
            self._view = self._make_view()
        return self._view

    @property
    def gone(self) -> int:
        """How many rows are no entities any more."""
        return int(len(self._alive) - np.count_nonzero(self._alive))

    def _row_of(self, entity_id: str) -> int | None:
        in_side = self.side.row_of(entity_id, len(self.side.entities))
        if in_side is not None:
            return in_side + self._n_main
        return self.main.entities.row_of(entity_id)

    def _append(self, encoded: EncodedEntity) -> None:
        row = self.side.add(encoded) + self._n_main
        self._form_entities.extend(np.full(len(encoded.forms), row, dtype=np.int64))
        self._popularity.extend(np.array([encoded.entity.popularity], dtype=np.float32))
        self._facts.add(encoded.entity, row)
        for form in encoded.forms:
            self._sounds.add(sound_buckets(form))
            self._letters.add(letter_buckets(form))

    def _uncount(self, row: int) -> None:
        form_entities = self._form_entities.view()
        first, last = np.searchsorted(form_entities, [row, row + 1])
        n_main = len(self.main.form_entities)
        if row < self._n_main:
            forms = self.main.forms(np.arange(first, last))
            (entity,) = self.main.entities.get([row])
        else:
            forms = self.side.forms[first - n_main : last - n_main]
            entity = self.side.entities[row - self._n_main]
        self._facts.remove(entity)
        for form in forms:
            self._sounds.remove(sound_buckets(form))
            self._letters.remove(letter_buckets(form))

    def _make_view(self) -> LiveView:
        form_entities = cast("RowArray", self._form_entities.view())
        alive_forms = None if self._alive.all() else self._alive[form_entities]
        gone_forms = (
            np.zeros(0, dtype=np.int64) if alive_forms is None else np.flatnonzero(~alive_forms)
        )
        return LiveView(
            sequence=self.sequence,
            main=self.main,
            side=self.side,
            searcher=JoinedSearcher(self.main.searcher, self.side.vectors(), alive_forms),
            entities=JoinedEntities(self.main, self.side, self._alive),
            ngrams=CatalogNgrams(self._sounds.joined(gone_forms), self._letters.joined(gone_forms)),
            form_entities=form_entities,
            popularity=cast("FloatArray", self._popularity.view()),
            alive=self._alive,
            facts=self._facts.joined(self._alive),
        )
