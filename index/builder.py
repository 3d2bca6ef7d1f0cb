"""Builds an index folder from entities: plan, surface forms, encode, train and add, finalize."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from er_engine.encoder.base import Encoder
from er_engine.errors import CatalogError, EncoderError
from er_engine.phonemes.g2p import G2P
from er_engine.phonemes.inventory import INVENTORY_VERSION
from er_engine.search import FloatArray, RowArray
from er_engine.surface_forms import check_fields, check_template, surface_forms
from er_engine.types import Entity, SurfaceForm
from index import faiss_build
from index.distinct import DistinctForms
from index.fact_files import write_facts
from index.folder import building_folder, check_target
from index.forms import FormReader, FormWriter
from index.layout import LAYOUT
from index.manifest import Manifest, describe_files
from index.ngram_files import write_ngrams
from index.store import write_entities
from index.types_table import write_types

# phase, done, total
Progress = Callable[[str, int, int], None]

_ENTITIES_AT_ONCE = 5_000
_FORMS_AT_ONCE = 4_096
_VECTORS_AT_ONCE = 65_536
_SCRATCH = "distinct_vectors.tmp"


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What a build may be told.

    Attributes:
        lang: language of the catalog.
        templates: surface form templates such as `{name} {address}`.
        index_kind: `auto`, `flat`, `sq8` or `ivf`; see `index.faiss_build.plan_vectors`.
        batch_size: how many surface forms the encoder takes at once.
        notes: more options of the build command, kept in the manifest; never time or path.
    """

    lang: str = "en"
    templates: tuple[str, ...] = ()
    index_kind: str = "auto"
    batch_size: int = 64
    notes: Mapping[str, Any] = field(default_factory=dict)


class FormSource(Protocol):
    """Where the surface forms and vectors of a build come from: a model, or a store of them."""

    @property
    def g2p(self) -> str:
        """Name of the G2P that gave the pronunciations."""

    @property
    def encoder_fingerprint(self) -> str:
        """Fingerprint of the encoder that made the vectors."""

    @property
    def dimension(self) -> int:
        """Width of the vectors."""

    def forms(self, rows: slice) -> Sequence[Sequence[SurfaceForm]]:
        """Return the forms of each of these entities; called once for each, in ascending rows."""

    def vectors(self, rows: RowArray, forms: Sequence[SurfaceForm]) -> FloatArray:
        """Return float32 (n, dimension): the vectors of these forms, which have these form rows."""


@dataclass(frozen=True, slots=True)
class _MadeForms:
    """Surface forms and vectors that a G2P and an encoder make."""

    entities: Sequence[Entity]
    encoder: Encoder
    pronouncer: G2P
    options: BuildOptions

    @property
    def g2p(self) -> str:
        return self.pronouncer.name

    @property
    def encoder_fingerprint(self) -> str:
        return self.encoder.fingerprint

    @property
    def dimension(self) -> int:
        return self.encoder.dimension

    def forms(self, rows: slice) -> Sequence[Sequence[SurfaceForm]]:
        some = self.entities[rows]
        return surface_forms(some, self.pronouncer, self.options.templates, self.options.lang)

    def vectors(self, rows: RowArray, forms: Sequence[SurfaceForm]) -> FloatArray:
        return self.encoder.encode(forms, self.options.batch_size)


def build_index(
    entities: Sequence[Entity],
    directory: Path,
    encoder: Encoder,
    g2p: G2P,
    options: BuildOptions = BuildOptions(),
    progress: Progress = lambda phase, done, total: None,
) -> Manifest:
    """Build an index, replacing the one at `directory` in one step when all is done.

    The same entities, encoder, G2P and options give the same bytes.

    Args:
        entities: in catalog order; their row is their place here.
        directory: where the index goes; a folder that holds anything else is refused.
        encoder: makes the vectors.
        g2p: gives the pronunciations.
        options: see `BuildOptions`.
        progress: called as `progress(phase, done, total)`.

    Raises:
        CatalogError: no entities, or a pronunciation that can't be read.
        InputError: `directory` holds something that is not an index.
        ConfigError: a wrong template, one with a field that no entity has, or a wrong index kind.
        OSError: it can't be written, for example because the disk is full.
        In each case what was at `directory` is as it was.
    """
    _check(entities, options)
    source = _MadeForms(entities, encoder, g2p, options)
    return write_index(entities, directory, source, options, progress)


def write_index(
    entities: Sequence[Entity],
    directory: Path,
    source: FormSource,
    options: BuildOptions = BuildOptions(),
    progress: Progress = lambda phase, done, total: None,
) -> Manifest:
    """Write the index of checked entities whose surface forms and vectors come from `source`.

    The same forms and vectors give the same bytes as `build_index`.

    Raises:
        CatalogError, InputError, OSError: see `build_index`.
    """
    directory = directory.resolve()
    check_target(directory)
    with building_folder(directory) as folder:
        distinct = _write_forms(folder, len(entities), source, progress)
        write_ngrams(folder)
        vectors = _encode(folder, source, distinct, progress)
        plan = faiss_build.plan_vectors(options.index_kind, len(distinct.numbers), source.dimension)
        _train_and_add(folder, plan, vectors, distinct, progress)
        del vectors
        (folder / _SCRATCH).unlink()
        _write_entities(folder, entities)
        write_facts(folder, entities, options.lang)
        manifest = Manifest(
            entities=len(entities),
            surface_forms=len(distinct.numbers),
            distinct_forms=len(distinct.first_rows),
            dimension=source.dimension,
            lang=options.lang,
            g2p=source.g2p,
            inventory=INVENTORY_VERSION,
            encoder_fingerprint=source.encoder_fingerprint,
            templates=options.templates,
            index_kind=plan.kind,
            faiss_factory=plan.factory,
            options=_noted(options),
            files=describe_files(folder),
        )
        (folder / LAYOUT.manifest).write_text(manifest.render(), encoding="utf-8")
    return manifest


def _check(entities: Sequence[Entity], options: BuildOptions) -> None:
    if not entities:
        raise CatalogError("the catalog has no entities; there is nothing to index")
    for template in options.templates:
        check_template(template)
    check_fields(options.templates, entities)
    faiss_build.plan_vectors(options.index_kind, len(entities), 1)


def _noted(options: BuildOptions) -> dict[str, Any]:
    return {
        "index_kind": options.index_kind,
        "batch_size": options.batch_size,
        **options.notes,
    }


def _write_forms(
    folder: Path, n_entities: int, source: FormSource, progress: Progress
) -> DistinctForms:
    distinct = DistinctForms()
    with FormWriter(folder) as writer:
        for chunk in _chunks(n_entities, _ENTITIES_AT_ONCE):
            for row, group in enumerate(source.forms(chunk), chunk.start):
                for form in group:
                    writer.append(row, form)
                    distinct.add(form)
            progress("surface forms", min(chunk.stop, n_entities), n_entities)
    return distinct


def _encode(
    folder: Path, source: FormSource, distinct: DistinctForms, progress: Progress
) -> FloatArray:
    """Get the vector of each distinct form: float32 (n_distinct, dimension), memory-mapped."""
    reader = FormReader(folder)
    total = len(distinct.first_rows)
    path = folder / _SCRATCH
    with path.open("wb") as file:
        for chunk in _chunks(total, _FORMS_AT_ONCE):
            rows = distinct.first_rows[chunk]
            forms = reader.get(rows)
            vectors = np.ascontiguousarray(source.vectors(rows, forms), dtype=np.float32)
            if vectors.shape != (len(forms), source.dimension) or not np.isfinite(vectors).all():
                raise EncoderError(
                    f"the encoder gave {vectors.shape} or numbers that aren't finite for "
                    f"{len(forms)} surface forms of width {source.dimension}; check the model"
                )
            file.write(vectors.data)
            progress("encode", min(chunk.stop, total), total)
    return np.memmap(path, dtype=np.float32, mode="r", shape=(total, source.dimension))


def _train_and_add(
    folder: Path,
    plan: faiss_build.VectorPlan,
    vectors: FloatArray,
    distinct: DistinctForms,
    progress: Progress,
) -> None:
    numbers = distinct.numbers
    total = len(numbers)
    sample = vectors[numbers[faiss_build.training_rows(total)]]
    faiss_index = faiss_build.train(plan, sample)
    for chunk in _chunks(total, _VECTORS_AT_ONCE):
        faiss_index.add(vectors[numbers[chunk]])
        progress("add vectors", min(chunk.stop, total), total)
    faiss_build.write(faiss_index, folder / LAYOUT.vectors)


def _write_entities(folder: Path, entities: Sequence[Entity]) -> None:
    write_entities(folder / LAYOUT.entities, entities)
    write_types(folder, (entity.type for entity in entities))
    popularity = np.array([entity.popularity for entity in entities], dtype=np.float32)
    np.save(folder / LAYOUT.popularity, popularity)


def _chunks(total: int, size: int) -> Iterator[slice]:
    for start in range(0, total, size):
        yield slice(start, start + size)
