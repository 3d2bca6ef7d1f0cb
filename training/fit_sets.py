"""Which queries and catalogs reranking and calibration are fitted on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from er_engine.catalog import read_catalog
from er_engine.errors import TrainingError
from er_engine.queries import read_queries
from er_engine.surface_forms import check_fields, check_template
from er_engine.types import Entity, Hypothesis, Query
from training.cases import FitSet
from training.config import FitConfig, TrainingConfig
from training.confusion.halves import in_training_half
from training.confusion.step import CATALOG, QUERIES
from training.examples import Examples
from training.partial_labels import with_all_who_have_it
from training.spans import with_span_errors

MAX_QUERIES = 600


def fit_sets(
    config: TrainingConfig, folder: Path, examples: Examples, recordings: Path | None
) -> list[FitSet]:
    """Read the sets of a config, or make one of what was held out; and one of recordings.

    Args:
        config: its `fit` names the sets; paths are relative to `folder`.
        folder: where the config is.
        examples: what the encoder was trained on, and what was held out.
        recordings: folder of recordings of real recognisers, or none.

    Raises:
        CatalogError, QueryError: a file is missing or wrong.
        ConfigError: a surface form is wrong, or has a field that no entity has.
        TrainingError: nothing to fit on.
    """
    sets = read_fit_sets(config, folder, recordings)
    if config.fit:
        return sets
    names = (*examples.held_out_names, *examples.names)
    entities = [Entity(id=name, name=name) for name in dict.fromkeys(names)]
    queries = [
        Query(str(number), tuple(map(Hypothesis, utterance.heard)), utterance.names)
        for number, utterance in enumerate(examples.held_out)
    ]
    if not queries:
        raise TrainingError(
            "no held-out utterance to fit reranking on: give more utterances, a smaller "
            "held_out_one_in, or a [[fit]] section"
        )
    return [*sets, FitSet("held-out utterances", entities, queries[:MAX_QUERIES])]


def read_fit_sets(config: TrainingConfig, folder: Path, recordings: Path | None) -> list[FitSet]:
    """Read the sets that a config names, and one of recordings; arguments as in `fit_sets`."""
    sets = [_recordings_set(recordings)] if recordings is not None else []
    return [*sets, *(_read_fit_set(fit, folder, config.run.seed) for fit in config.fit)]


def _recordings_set(folder: Path) -> FitSet:
    """The training half of recordings: the encoder saw these, the weights must still suit them."""
    queries = [
        query
        for query in read_queries(folder / QUERIES)
        if query.entity_ids and all(map(in_training_half, query.entity_ids))
    ]
    step = max(1, len(queries) // MAX_QUERIES)
    return FitSet("recordings", read_catalog(folder / CATALOG).entities, queries[::step])


def _read_fit_set(fit: FitConfig, folder: Path, seed: int) -> FitSet:
    entities = [entity for name in fit.catalogs for entity in read_catalog(folder / name).entities]
    for template in fit.surface_forms:
        check_template(template)
    check_fields(fit.surface_forms, entities)
    queries = read_queries(folder / fit.queries)
    known = {entity.id for entity in entities}
    if known.isdisjoint(entity_id for query in queries for entity_id in query.entity_ids):
        raise TrainingError(
            f"[[fit]] {fit.name}: no query has an entity of its catalogs in 'entity_ids'"
        )
    used = min(fit.limit, len(queries))
    spread = [queries[number * len(queries) // used] for number in range(used)]
    if fit.sample:
        entities = _sample(entities, spread, fit.sample, seed)
    spread = with_all_who_have_it(spread, entities)
    if fit.span_errors:
        spread = with_span_errors(spread, entities, seed)
    return FitSet(fit.name, entities, spread, fit.surface_forms)


def _sample(entities: list[Entity], queries: list[Query], size: int, seed: int) -> list[Entity]:
    """The right entities and a random part of the others, `size` in all, in catalog order."""
    right = {entity_id for query in queries for entity_id in query.entity_ids}
    others = [row for row, entity in enumerate(entities) if entity.id not in right]
    wanted = max(0, size - (len(entities) - len(others)))
    order = np.random.default_rng(seed).permutation(len(others))
    chosen = {others[place] for place in order[:wanted].tolist()}
    return [e for row, e in enumerate(entities) if row in chosen or e.id in right]
