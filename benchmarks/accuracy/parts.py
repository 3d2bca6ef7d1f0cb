"""Errors of parts of a set: by length, phoneme edits, voice, noise, origin and what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks.accuracy.systems import Prepared
from er_engine.evaluation.evaluation import Evaluation
from er_engine.evaluation.slices import by_tag
from er_engine.phonemes.similarity import as_text
from er_engine.surface_forms import text_forms
from er_engine.types import Query

LENGTH, EDITS, ORIGIN = "sounds said", "phoneme edits", "origin"
# Lower ends of the ranges.
LENGTHS = (0, 6, 10, 15, 22)
EDIT_COUNTS = (0, 1, 2, 4, 7, 11)
# Smaller parts are not shown.
FEWEST = 5


def range_name(value: int, starts: Sequence[int]) -> str:
    """Name the range of a number: `0`, `1`, `2 to 3`, `4 and more`."""
    place = max(i for i, start in enumerate(starts) if value >= start)
    low = starts[place]
    if place == len(starts) - 1:
        return f"{low} and more"
    high = starts[place + 1] - 1
    return str(low) if low == high else f"{low} to {high}"


def with_derived_tags(cases: Sequence[Query], prepared: Prepared) -> list[Query]:
    """Add tags: how many sounds were said, and in how many the first hypothesis differs.

    What was said is `reference` where the data has it, else the name of the first right entity.
    """
    from rapidfuzz.distance import Levenshtein

    model = prepared.model
    entity_of = {entity.id: entity for entity in prepared.entities}
    said = [case.reference or entity_of[case.entity_ids[0]].name for case in cases]
    right = text_forms(said, model.g2p, model.lang)
    heard = text_forms([case.nbest[0].text for case in cases], model.g2p, model.lang)
    found = []
    for case, names, forms in zip(cases, right, heard, strict=True):
        sounds = [as_text(form.pronunciation) for form in names]
        edits = min(
            Levenshtein.distance(as_text(form.pronunciation), other)
            for form in forms
            for other in sounds
        )
        tags = dict(case.tags) | {
            LENGTH: range_name(len(sounds[0]), LENGTHS),
            EDITS: range_name(edits, EDIT_COUNTS),
        }
        origin = entity_of[case.entity_ids[0]].attributes.get(ORIGIN)
        if isinstance(origin, str):
            tags[ORIGIN] = region(origin)
        found.append(replace(case, tags=tags))
    return found


def region(locale: str) -> str:
    """Name the larger group of languages of a locale such as `cs_CZ`, or its language."""
    language = locale.split("_")[0]
    return _REGIONS.get(locale) or _REGIONS.get(language, language)


_REGIONS = {
    language: group
    for group, languages in {
        "English": "en",
        "Romance": "es fr it pt ro ca",
        "Germanic": "de nl sv da nb no nn is",
        "Slavic and Baltic": "cs pl sk sl hr bg ru uk sr lt lv",
        "South Asian": "en_IN hi ta bn ne te mr gu pa ur si",
        "East and South-East Asian": "en_PH zh ja ko vi th id ms fil tl",
        "Middle Eastern and African": "ar fa he tr az zu yo sw ha ig tw am",
        "Other European": "el hu fi et ga cy sq mt eu ka hy",
    }.items()
    for language in languages.split()
}


def parts_of(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the parts of at least FEWEST queries, with the error @1 of engine, lexical, sum."""
    return [
        {
            "part": part.name,
            "queries": part.queries,
            "errors": {system: by_k[1] for system, by_k in part.errors.items()},
            "interval": list(part.interval),
        }
        for part in by_tag(evaluation)
        if part.queries >= FEWEST
    ]
