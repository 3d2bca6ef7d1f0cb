"""Making surface forms and vectors of entities that change, and of all when the encoder does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from er_engine.errors import CatalogError
from er_engine.model import Model
from er_engine.surface_forms import surface_forms
from er_engine.types import Entity
from index.builder import Progress
from index.live.database import CatalogDatabase
from index.live.records import EncodedEntity, entity_from, entity_record, form_rows
from index.live.records import digest as digest_of
from index.live.schema import CatalogSettings
from index.live.still import EncoderName

ENTITIES_AT_ONCE = 256


class EntityEncoder:
    """Makes what is stored of an entity, with one model and the settings of one catalog."""

    def __init__(self, model: Model, settings: CatalogSettings) -> None:
        self.name = EncoderName(model.encoder.fingerprint, model.g2p.name, model.encoder.dimension)
        self._model = model
        self._settings = settings

    def encode(self, entities: Sequence[Entity]) -> list[EncodedEntity]:
        """Return entities with their forms and vectors.

        Raises:
            CatalogError: an entity has text that can't be stored, or a pronunciation that can't be
                read.
        """
        for entity in entities:
            check_storable(entity)
        groups = surface_forms(
            entities, self._model.g2p, self._settings.templates, self._settings.lang
        )
        forms = [form for group in groups for form in group]
        # As they are, so that they are equal to those of a build.
        vectors = self._model.encoder.encode(forms, self._settings.batch_size)
        ends = np.cumsum([len(group) for group in groups])
        parts = np.split(vectors, ends[:-1]) if groups else []
        return [
            EncodedEntity(entity, group, part)
            for entity, group, part in zip(entities, groups, parts, strict=True)
        ]


def check_storable(entity: Entity) -> None:
    """Raise CatalogError unless all text of an entity is valid Unicode and its numbers finite."""
    try:
        entity_record(entity).encode("utf-8")
    except (UnicodeEncodeError, ValueError, TypeError) as error:
        raise CatalogError(f"entity {entity.id!r} can't be stored: {error}") from error


def encode_again(
    database: CatalogDatabase, encoder: EntityEncoder, number: int, progress: Progress
) -> None:
    """Give all entities of another encoder forms and vectors of this one.

    Versions stay. Each batch is one transaction: after a crash the rest is done.

    Raises:
        StorageError: it can't be written.
    """
    total = database.count_of_others(number)
    done = 0
    while rows := database.some_of_others(number, ENTITIES_AT_ONCE):
        encoded = encoder.encode([entity_from(record) for _, record in rows])
        with database.writing() as writer:
            for (version, record), new in zip(rows, encoded, strict=True):
                forms = form_rows(new)
                writer.execute("DELETE FROM forms WHERE version = ?", (version,))
                # An entity that was changed in between is no longer there.
                kept = writer.execute(
                    "UPDATE entities SET encoder = ?, digest = ? WHERE version = ?",
                    (number, digest_of(record, forms), version),
                )
                if kept.rowcount:
                    writer.executemany(
                        "INSERT INTO forms VALUES (?, ?, ?, ?, ?, ?)",
                        ((version, *row) for row in forms),
                    )
        done += len(rows)
        progress("encode again", done, max(total, done))
