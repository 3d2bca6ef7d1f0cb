"""Fills the folder of a new catalog from a built index."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import numpy as np

from er_engine.files import fsync_directory, fsync_file
from er_engine.phonemes.inventory import INVENTORY_VERSION
from index.faiss_searcher import FaissSearcher
from index.live.layout import LIVE
from index.live.records import EncodedEntity, digest, entity_record, form_rows, next_mark
from index.live.schema import CatalogSettings, create, transaction
from index.live.write_points import Reached
from index.reader import OpenedIndex

_ENTITIES_AT_ONCE = 2_000
_ENCODER = 1


def fill(folder: Path, opened: OpenedIndex, before: int, reached: Reached) -> None:
    """Write the database, and copy the index folder as its first generation.

    Args:
        folder: of the new catalog.
        opened: what it will have.
        before: number of the last change of an earlier catalog of this name; 0 for none.
        reached: called at each point where something is written.

    Raises:
        OSError, sqlite3.Error: it can't be written.
    """
    manifest = opened.manifest
    settings = CatalogSettings(
        lang=manifest.lang,
        templates=tuple(manifest.templates),
        index_kind=str(manifest.options.get("index_kind", manifest.index_kind)),
        batch_size=int(manifest.options.get("batch_size", 64)),
    )
    with closing(create(folder / LIVE.database, settings)) as database:
        with transaction(database, reached):
            database.execute(
                "INSERT INTO encoders VALUES (?, ?, ?, ?, ?)",
                (
                    _ENCODER,
                    manifest.encoder_fingerprint,
                    manifest.g2p,
                    INVENTORY_VERSION,
                    manifest.dimension,
                ),
            )
            mark, sequence = b"", before
            for sequence, encoded in enumerate(_encoded(opened), start=before + 1):
                record, forms = entity_record(encoded.entity), form_rows(encoded)
                content = digest(record, forms)
                mark = next_mark(mark, sequence, encoded.entity.id, content)
                database.execute(
                    "INSERT INTO entities VALUES (?, ?, ?, ?, ?)",
                    (sequence, encoded.entity.id, record, _ENCODER, content),
                )
                database.executemany(
                    "INSERT INTO forms VALUES (?, ?, ?, ?, ?, ?)",
                    ((sequence, *row) for row in forms),
                )
            last = encoded.entity.id
            database.execute("INSERT INTO changes VALUES (?, ?, ?)", (sequence, last, mark))
            values = ((sequence, "sequence"), (mark, "mark"))
            database.executemany("UPDATE state SET value = ? WHERE key = ?", values)
        reached("import: database written")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _copy(opened.directory, folder / LIVE.generations / f"{sequence:016d}-{mark.hex()}")


def _encoded(opened: OpenedIndex) -> Iterator[EncodedEntity]:
    """All entities with forms and vectors, in catalog order."""
    rows = opened.form_entities
    searcher = cast("FaissSearcher", opened.searcher)
    for start in range(0, len(opened.entities), _ENTITIES_AT_ONCE):
        stop = min(start + _ENTITIES_AT_ONCE, len(opened.entities))
        first, last = np.searchsorted(rows, [start, stop])
        forms = opened.forms(np.arange(first, last))
        vectors = searcher.vectors(int(first), int(last))
        bounds = np.searchsorted(rows, np.arange(start, stop + 1)) - first
        entities = opened.entities.get(range(start, stop))
        for number, entity in enumerate(entities):
            part = slice(bounds[number], bounds[number + 1])
            yield EncodedEntity(entity, forms[part], vectors[part])


def _copy(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        if path.is_file():
            shutil.copyfile(path, target / path.name)
            fsync_file(target / path.name)
    fsync_directory(target)
