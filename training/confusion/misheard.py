"""N-best queries for a catalog without any audio: what a recogniser might hear for its names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from er_engine.phonemes.g2p import G2P
from er_engine.phonemes.inventory import from_ids, write_pronunciation
from er_engine.surface_forms import surface_forms
from er_engine.types import Entity, Hypothesis, Query, SurfaceForm
from training.confusion.pairs import spoken
from training.confusion.sampling import ConfusionSampler
from training.confusion.sounds_like import SoundsLike
from training.simulation.prompts import entities_by_spoken_form, first_spoken, seeded

# Entities whose names are read at once.
_CHUNK = 500
# For each hypothesis wanted; what is clear is heard alike again and again.
_DRAWS = 3
PHONEMES = "phonemes"


@dataclass(frozen=True, slots=True)
class MisheardSettings:
    """How many queries, with up to `n_best` hypotheses each, and of which surface forms.

    With `phonemes`, queries and hypotheses have these, too (key `phonemes`): what was said and what
    was drawn for it.
    """

    count: int
    n_best: int = 8
    seed: int = 0
    templates: tuple[str, ...] = ()
    phonemes: bool = False


def misheard_queries(
    entities: Sequence[Entity],
    g2p: G2P,
    sampler: ConfusionSampler,
    writer: SoundsLike,
    settings: MisheardSettings,
) -> Iterator[Query]:
    """Yield queries, spread evenly over the catalog, in its order.

    Each says a surface form of an entity, drawn from all it has. What is heard is drawn once for
    the utterance, and from there for each hypothesis, since these share mistakes. What has no
    pronunciation, and what leaves no words, gives no query. A query depends on the seed and its id
    alone.

    Args:
        entities: the catalog.
        g2p: reads names.
        sampler: draws what is heard for phonemes, twice for each hypothesis.
        writer: writes it as words.
        settings: numbers, seed, templates.
    """
    fits = entities_by_spoken_form(entities, settings.templates)
    shares = np.diff(np.arange(len(entities) + 1) * settings.count // max(1, len(entities)))
    wanted = [(entity, n) for entity, n in zip(entities, shares.tolist(), strict=True) if n]
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        groups = surface_forms([entity for entity, _ in chunk], g2p, settings.templates)
        for (entity, n), group in zip(chunk, groups, strict=True):
            said = [form for form in group if len(spoken(form.pronunciation).sounds)]
            for number in range(n if said else 0):
                query_id = f"{entity.id}-{number + 1}"
                random = seeded(settings.seed, "misheard", query_id)
                form = said[random.integers(len(said))]
                nbest = _hypotheses(form, sampler, writer, settings, random)
                if nbest:
                    yield _query(query_id, entity, form, nbest, fits, settings.phonemes)


def _hypotheses(
    form: SurfaceForm,
    sampler: ConfusionSampler,
    writer: SoundsLike,
    settings: MisheardSettings,
    random: np.random.Generator,
) -> tuple[Hypothesis, ...]:
    sounds = spoken(form.pronunciation).sounds
    found: dict[str, Hypothesis] = {}
    uttered = sampler.confuse(sounds, random)
    for _ in range(_DRAWS * settings.n_best):
        heard = sampler.confuse(uttered, random)
        text = writer.write(heard)
        extra = {PHONEMES: write_pronunciation(from_ids(heard))} if settings.phonemes else {}
        if text:
            found.setdefault(text, Hypothesis(text, extra=extra))
        if len(found) == settings.n_best:
            break
    return tuple(found.values())


def _query(
    query_id: str,
    entity: Entity,
    form: SurfaceForm,
    nbest: tuple[Hypothesis, ...],
    fits: Mapping[str, Sequence[str]],
    phonemes: bool,
) -> Query:
    ids = tuple(fits[first_spoken(form.text)])
    said = {PHONEMES: write_pronunciation(form.pronunciation)} if phonemes else {}
    return Query(query_id, nbest, ids, entity.type, form.text, extra=said)
