"""What a live catalog learns from its users: feedback, and the aliases that are made of it."""

from __future__ import annotations

import time
from abc import abstractmethod
from dataclasses import replace
from functools import partial

from er_engine.types import Entity
from index.live import feedback
from index.live.database import Also, nothing_else
from index.live.feedback import AliasProposal, Chosen, Feedback
from index.live.following import FollowingCatalog


class LearningCatalog(FollowingCatalog):
    """The part of the writer that keeps feedback. Thread-safe."""

    @abstractmethod
    def _upsert(self, entity: Entity, if_version: int | None, also: Also = nothing_else) -> int:
        """Put an entity, and something else in the same transaction; see `LiveCatalog.upsert`."""

    def add_feedback(self, item: Feedback, now: float | None = None) -> int:
        """Store what a user meant; return its number.

        Args:
            item: what was heard and meant.
            now: seconds since 1970; None for the time of the clock.

        Raises:
            UnknownEntityError: there is no such entity.
            QueryError: the first hypothesis has nothing speakable.
            StorageError: it can't be written.
        """
        self.get(item.entity_id)
        stored = replace(item, stored=int(time.time() if now is None else now))
        with self._database.writing() as writer:
            return feedback.add(writer, stored, self.lang)

    def count_feedback(self, chosen: Chosen) -> int:
        """Return how much feedback that is."""
        with self._database.reading() as reader:
            return feedback.count(reader, chosen)

    def forget_feedback(self, chosen: Chosen) -> int:
        """Delete feedback for good; return how much. Proposals follow, aliases stay.

        Raises:
            StorageError: it can't be written; nothing was changed.
        """
        return self._database.forget_feedback(chosen)

    def accepted_aliases(self, min_count: int, min_share: float = 0.8) -> list[AliasProposal]:
        """Return what was accepted before, is an alias still, and is of this count and share."""
        with self._database.reading() as reader:
            found = feedback.accepted(reader, min_count)
        return [item for item in found if item.share >= min_share]

    def accept_alias(self, entity_id: str, text: str, *, if_version: int | None = None) -> int:
        """Give an entity a new alias; return its version.

        Raises:
            UnknownEntityError, VersionConflictError, CatalogError, StorageError: see `upsert`.
        """
        entity, version = self.get(entity_id)
        changed = feedback.with_alias(entity, text)
        decide = partial(feedback.decide, entity_id=entity_id, text=text, decision="accepted")
        return self._upsert(changed, version if if_version is None else if_version, decide)

    def accept_aliases(self, min_count: int, min_share: float = 0.8) -> list[AliasProposal]:
        """Accept every proposal of at least this count and share; return them."""
        found = [item for item in self.alias_proposals(min_count) if item.share >= min_share]
        for item in found:
            self.accept_alias(item.entity_id, item.text)
        return found

    def dismiss_alias(self, entity_id: str, text: str) -> None:
        """Propose this alias no more."""
        with self._database.writing() as writer:
            feedback.decide(writer, entity_id, text, "dismissed")
