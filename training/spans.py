"""Wrong spans for fitting: a slot with words too many, or only a part of the name.

Assistants cut what was said into slots and often cut wrongly ("pop fm channel" for "fm"), and
people say a part of a name ("potter"). Recordings of whole names hold neither, so they are made
here from recorded hypotheses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from er_engine.text import normalise
from er_engine.types import Entity, Hypothesis, Query

EXTRA, PART = 0.35, 0.35
# Recognisers and taggers cut each hypothesis on its own: so often is one cut like the others.
EACH = 0.7
# A part with fewer letters names nothing.
MIN_PART_LETTERS = 4


def with_span_errors(
    queries: Sequence[Query], entities: Sequence[Entity], seed: int
) -> list[Query]:
    """Change about two in three queries; a part is right for every entity that it fits.

    Args:
        queries: with `reference`; entity ids in `entities`.
        entities: the catalog that is searched.
        seed: same seed, same changes.
    """
    random = np.random.default_rng(seed)
    names = [(entity.id, f" {normalise(entity.name)} ") for entity in entities]
    # Extra words would make a hypothesis of a blank one.
    queries = [replace(query, nbest=query.heard) for query in queries]
    words = [word for query in queries for word in query.nbest[-1].text.split()]
    changed = []
    for query in queries:
        draw = random.random()
        if draw < EXTRA:
            changed.append(_with_extra_words(query, words, random))
        elif draw < EXTRA + PART:
            changed.append(_only_a_part(query, names, random))
        else:
            changed.append(query)
    return changed


def _with_extra_words(query: Query, words: Sequence[str], random: np.random.Generator) -> Query:
    extra = [words[int(i)] for i in random.integers(len(words), size=int(random.integers(1, 3)))]
    cut = int(random.integers(len(extra) + 1))
    before, after = extra[:cut], extra[cut:]
    nbest = [
        replace(hypothesis, text=" ".join([*before, hypothesis.text, *after]))
        if random.random() < EACH
        else hypothesis
        for hypothesis in query.nbest
    ]
    return replace(query, nbest=tuple(nbest))


def _only_a_part(
    query: Query, names: Sequence[tuple[str, str]], random: np.random.Generator
) -> Query:
    said = normalise(query.reference or "").split()
    if len(said) < 2:
        return query
    length = int(random.integers(1, len(said)))
    start = int(random.integers(0, len(said) - length + 1))
    part = " ".join(said[start : start + length])
    if len(part) < MIN_PART_LETTERS:
        return query
    # Where a word of the reference begins in a hypothesis is known only roughly: by its letters.
    shares = np.cumsum([0, *(len(word) for word in said)]) / sum(map(len, said))
    nbest = [
        _cut(h, shares[start], shares[start + length]) if random.random() < EACH else h
        for h in query.nbest
    ]
    if any(cut is whole for cut, whole in zip(nbest, query.nbest, strict=True)):
        return replace(query, nbest=tuple(nbest))  # one hypothesis still tells which is meant
    # Whoever said a part of an alias meant the same entity, though its name has no such part.
    fitting = (entity_id for entity_id, name in names if f" {part} " in name)
    right = tuple(dict.fromkeys([*query.entity_ids, *fitting]))
    return replace(query, nbest=tuple(nbest), entity_ids=right, reference=part)


def _cut(hypothesis: Hypothesis, first: float, last: float) -> Hypothesis:
    words = hypothesis.text.split()
    middles = np.cumsum([len(word) for word in words]) - np.array([len(w) / 2 for w in words])
    places = middles / sum(map(len, words))
    kept = [word for word, place in zip(words, places, strict=True) if first <= place < last]
    return replace(hypothesis, text=" ".join(kept) or hypothesis.text)
