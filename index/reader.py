"""Opens a built index, after checking that every file is what was built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from er_engine.errors import IndexFormatError
from er_engine.facts.fact_index import FactIndex
from er_engine.phonemes.inventory import INVENTORY_VERSION
from er_engine.rerank.ngrams import CatalogNgrams
from er_engine.search import FloatArray, MaskArray, RowArray, Searcher
from er_engine.types import SurfaceForm
from index.attribute_table import AttributeTable
from index.fact_files import FactTable
from index.faiss_searcher import FaissSearcher
from index.forms import FormReader
from index.layout import LAYOUT
from index.manifest import Manifest, check_files, read_manifest
from index.ngram_files import read_ngrams
from index.store import EntityDatabase
from index.types_table import TypesReader


@dataclass(frozen=True, slots=True)
class OpenedIndex:
    """An index ready for queries; a `CatalogIndex`. Thread-safe.

    Attributes:
        directory: where it was opened.
        manifest: what it says of itself.
        searcher: vectors by form row.
        entities: entities by entity row; `entities.row_of(id)` finds one by id.
        types: which entities have which type.
        popularity: float32 (n_entities,).
        attributes: which entities have which values of their attributes.
    """

    directory: Path
    manifest: Manifest
    searcher: Searcher
    entities: EntityDatabase
    types: TypesReader
    popularity: FloatArray
    form_reader: FormReader
    ngrams: CatalogNgrams
    attributes: AttributeTable
    fact_table: FactTable

    @property
    def facts(self) -> FactIndex:
        """What is known of the entities beside their names."""
        return self.fact_table.get()

    @property
    def form_entities(self) -> RowArray:
        """int64 (n_forms,): the entity row of each form row, ascending."""
        return self.form_reader.entities

    @property
    def encoder_fingerprint(self) -> str:
        """Fingerprint of the encoder that made the vectors."""
        return self.manifest.encoder_fingerprint

    @property
    def g2p(self) -> str:
        """Name of the G2P that made the pronunciations."""
        return self.manifest.g2p

    @property
    def lang(self) -> str:
        """Language of the catalog."""
        return self.manifest.lang

    def forms(self, rows: Sequence[int] | RowArray) -> list[SurfaceForm]:
        """See `CatalogIndex.forms`; IndexError where a row is out of range."""
        return self.form_reader.get(rows)

    def entities_of_type(self, type_name: str) -> MaskArray:
        """See `CatalogIndex.entities_of_type`."""
        return self.types.having(type_name)

    def entities_with(self, attribute: str, texts: frozenset[str]) -> MaskArray:
        """See `CatalogIndex.entities_with`."""
        return self.attributes.having(attribute, texts)


def open_index(directory: Path | str) -> OpenedIndex:
    """Open an index folder.

    Every file is compared with the hash in the manifest before anything parses it.

    Raises:
        IndexFormatError: the folder is no index, has another format version or phoneme inventory,
            or one of its files is missing, truncated or changed.
    """
    directory = Path(directory)
    manifest = read_manifest(directory)
    check_files(directory, manifest)
    if manifest.inventory != INVENTORY_VERSION:
        raise IndexFormatError(
            f"index {directory}: made with phoneme inventory {manifest.inventory}, but this "
            f"er-engine has {INVENTORY_VERSION}; build the index again with `er-engine index build`"
        )
    entities = EntityDatabase(directory / LAYOUT.entities)
    opened = OpenedIndex(
        directory=directory,
        manifest=manifest,
        searcher=FaissSearcher.read(directory / LAYOUT.vectors),
        entities=entities,
        types=TypesReader(directory),
        popularity=np.load(directory / LAYOUT.popularity, allow_pickle=False),
        form_reader=FormReader(directory),
        ngrams=read_ngrams(directory),
        attributes=AttributeTable(entities),
        fact_table=FactTable(directory, entities, manifest.lang),
    )
    for problem in count_problems(opened):
        raise IndexFormatError(f"index {directory}: {problem}; build the index again")
    return opened


def count_problems(opened: OpenedIndex) -> list[str]:
    """Return where the sizes of the parts don't fit the manifest."""
    manifest = opened.manifest
    counts = (
        (LAYOUT.entities, len(opened.entities), manifest.entities, "entities"),
        (LAYOUT.type_codes, len(opened.types), manifest.entities, "entities"),
        (LAYOUT.popularity, len(opened.popularity), manifest.entities, "entities"),
        (LAYOUT.form_entities, len(opened.form_entities), manifest.surface_forms, "surface forms"),
        (LAYOUT.vectors, len(opened.searcher), manifest.surface_forms, "surface forms"),
        (LAYOUT.sound_lengths, len(opened.ngrams.sounds.lengths), manifest.surface_forms, "rows"),
        (LAYOUT.letter_lengths, len(opened.ngrams.letters.lengths), manifest.surface_forms, "rows"),
        (LAYOUT.vectors, opened.searcher.dimension, manifest.dimension, "dimensions"),
    )
    return [
        f"{name} has {found:,} {what}, but the manifest says {expected:,}"
        for name, found, expected, what in counts
        if found != expected
    ]
