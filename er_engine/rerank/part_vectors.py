"""The encoder's view of parts of names: "livia" beside "berg" and "livia" of *Livia Berg*.

The vector of a whole name is far from that of one of its words, so for a partial mention the
strongest similarity is silent. Here, for the few best candidates, it becomes that of their nearest
part, less a margin, where this is more. The margin is small where the candidates' names are longer
than what was heard: then it must be a part. It is large where many are as short, and what was heard
may well be the whole of another name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from er_engine.encoder.sound_vectors import SoundVectors
from er_engine.phonemes.similarity import sound_ids
from er_engine.rerank.comparison import Comparison, entity_scores
from er_engine.rerank.features import above_floor
from er_engine.rerank.parts import name_parts, of_like_length
from er_engine.rerank.settings import FEATURES, RerankSettings
from er_engine.search import FloatArray
from er_engine.types import WORD_BOUNDARY, SurfaceForm

# Candidates whose parts are looked at: those beyond never win by them, and each takes time.
COMPARED = 6
# Margins where no candidate's name is as short as what was heard, and where MANY of them are.
LEAST_MARGIN = np.float32(0.05)
MOST_MARGIN = np.float32(0.7)
MANY = np.float32(0.35)
_VECTOR = FEATURES.index("vector")


def with_part_vectors(
    comparison: Comparison,
    forms: Sequence[SurfaceForm],
    settings: RerankSettings,
    encode: SoundVectors,
) -> Comparison:
    """Raise the `vector` similarity of partial mentions.

    Args:
        comparison: what was heard and all candidates.
        forms: the candidates' surface forms (m), those of `comparison.form_rows`.
        settings: weights that say which candidates are best so far.
        encode: vectors of sounds.

    Returns:
        The comparison with other features; no value is lower than before.
    """
    scores = entity_scores(comparison, settings)
    best = np.argsort(-scores, kind="stable")[:COMPARED]
    columns = np.flatnonzero(np.isin(comparison.of_entity, best))
    heard = [sound_ids(form.pronunciation).tobytes() for form in comparison.heard]
    margins = _margins(heard, forms)[:, None]
    # Where even an equal part would raise nothing, no vectors are needed: that is most pairs.
    may_gain = comparison.features[:, columns, _VECTOR] < 1 - margins
    parts_of = [
        name_parts(forms[column].pronunciation) if gains.any() else ()
        for column, gains in zip(columns.tolist(), may_gain.T, strict=True)
    ]
    parts, near = _near_parts(heard, parts_of, may_gain)
    if not near.any():
        return comparison
    found = above_floor(_similarities(heard, parts, near, encode), settings.vector_floor) - margins
    place = {part: number for number, part in enumerate(parts)}
    features = comparison.features.copy()
    for column, own in zip(columns.tolist(), parts_of, strict=True):
        known = [place[part] for part in own if part in place]
        if known:
            of_part = found[:, known].max(axis=1)
            features[:, column, _VECTOR] = np.maximum(features[:, column, _VECTOR], of_part)
    return replace(comparison, features=features)


def _margins(heard: Sequence[bytes], forms: Sequence[SurfaceForm]) -> FloatArray:
    """By how much a part must be closer than a whole name, float32 (n,)."""
    lengths = np.array([len(sounds) for sounds in heard])
    # Counted without making arrays of them: this is done for every candidate of every query.
    names = [form.pronunciation for form in forms]
    of_names = np.array([len(name) - name.count(WORD_BOUNDARY) for name in names])
    as_short = (of_names <= lengths[:, None]).mean(axis=1, dtype=np.float32)
    share = np.minimum(as_short / MANY, np.float32(1))
    return np.asarray(LEAST_MARGIN + (MOST_MARGIN - LEAST_MARGIN) * share)


def _near_parts(
    heard: Sequence[bytes], parts_of: Sequence[Sequence[bytes]], may_gain: NDArray[np.bool_]
) -> tuple[list[bytes], NDArray[np.bool_]]:
    """The parts to compare with something heard, and which of that: bool (n, n_parts).

    They are of about its length, and of a name that may gain by them: bool (n, n_names).
    """
    place: dict[bytes, int] = {}
    pairs = [
        (place.setdefault(part, len(place)), name)
        for name, own in enumerate(parts_of)
        for part in own
    ]
    parts = list(place)
    wanted = np.zeros((len(heard), len(parts)), dtype=np.bool_)
    for number, name in pairs:
        wanted[:, number] |= may_gain[:, name]
    wanted &= of_like_length(heard, parts)
    used = np.flatnonzero(wanted.any(axis=0)).tolist()
    return [parts[number] for number in used], wanted[:, used]


def _similarities(
    heard: Sequence[bytes],
    parts: Sequence[bytes],
    near: NDArray[np.bool_],
    encode: SoundVectors,
) -> FloatArray:
    """Inner products float32 (n, n_parts); -1 where they are not wanted."""
    rows = np.flatnonzero(near.any(axis=1)).tolist()
    vectors = encode([*(heard[row] for row in rows), *parts])
    result = np.full(near.shape, -1, dtype=np.float32)
    result[rows] = vectors[: len(rows)] @ vectors[len(rows) :].T
    result[~near] = -1
    return result
