"""Builds an index folder from entities: plan, surface forms, encode, train and add, finalize."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from er_engine.encoder.base import Encoder
from er_engine.errors import CatalogError, EncoderError
from er_engine.phonemes.g2p import G2P
from er_engine.phonemes.inventory import INVENTORY_VERSION
from er_engine.search import FloatArray
from er_engine.surface_forms import check_fields, check_template, surface_forms
from er_engine.types import Entity
from index import faiss_build
from index.distinct import DistinctForms
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
    directory = directory.resolve()
    check_target(directory)
    with building_folder(directory) as folder:
        distinct = _write_forms(folder, entities, g2p, options, progress)
        write_ngrams(folder)
        vectors = _encode(folder, encoder, distinct, options.batch_size, progress)
        plan = faiss_build.plan_vectors(
            options.index_kind, len(distinct.numbers), encoder.dimension
        )
        _train_and_add(folder, plan, vectors, distinct, progress)
        del vectors
        (folder / _SCRATCH).unlink()
        _write_entities(folder, entities)
        manifest = Manifest(
            entities=len(entities),
            surface_forms=len(distinct.numbers),
            distinct_forms=len(distinct.first_rows),
            dimension=encoder.dimension,
            lang=options.lang,
            g2p=g2p.name,
            inventory=INVENTORY_VERSION,
            encoder_fingerprint=encoder.fingerprint,
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
    folder: Path,
    entities: Sequence[Entity],
    g2p: G2P,
    options: BuildOptions,
    progress: Progress,
) -> DistinctForms:
    distinct = DistinctForms()
    with FormWriter(folder) as writer:
        for chunk in _chunks(len(entities), _ENTITIES_AT_ONCE):
            some = entities[chunk]
            groups = surface_forms(some, g2p, options.templates, options.lang)
            for row, group in enumerate(groups, chunk.start):
                for form in group:
                    writer.append(row, form)
                    distinct.add(form)
            progress("surface forms", min(chunk.stop, len(entities)), len(entities))
    return distinct


def _encode(
    folder: Path,
    encoder: Encoder,
    distinct: DistinctForms,
    batch_size: int,
    progress: Progress,
) -> FloatArray:
    """Encode each distinct form; return float32 (n_distinct, dimension), memory-mapped."""
    reader = FormReader(folder)
    total = len(distinct.first_rows)
    path = folder / _SCRATCH
    with path.open("wb") as file:
        for chunk in _chunks(total, _FORMS_AT_ONCE):
            forms = reader.get(distinct.first_rows[chunk])
            vectors = np.ascontiguousarray(encoder.encode(forms, batch_size), dtype=np.float32)
            if vectors.shape != (len(forms), encoder.dimension) or not np.isfinite(vectors).all():
                raise EncoderError(
                    f"the encoder gave {vectors.shape} or numbers that aren't finite for "
                    f"{len(forms)} surface forms of width {encoder.dimension}; check the model"
                )
            file.write(vectors.data)
            progress("encode", min(chunk.stop, total), total)
    return np.memmap(path, dtype=np.float32, mode="r", shape=(total, encoder.dimension))


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
