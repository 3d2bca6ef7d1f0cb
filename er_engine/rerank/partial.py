"""Partial mentions: "dave" for *Dave Davis*, and just as well for *Dave Foley*.

Similarities to a whole name also tell how long the rest of it is, which nobody said. So parts of
the best candidates' names are compared as if they were names of their own; where a part scores
more, less a margin, than the whole name, its similarities stand for those of the name. Names with
the same part then tie, as they should.

The margin is small where hardly any candidate's name is as short as what was heard: then it must be
a part. It is large where many are, and what was heard may well be the whole of another name. Among
development sets that share is 0 to 0.05 for the middle one of partial mentions, and 0.4 to 0.7 for
that of whole names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from er_engine.encoder.sound_vectors import SoundVectors
from er_engine.phonemes.inventory import words_of
from er_engine.phonemes.similarity import Costs, IdArray, alignment_similarities, sound_ids
from er_engine.rerank.comparison import Comparison, entity_scores
from er_engine.rerank.features import PART_POWER, PERCENT, above_floor
from er_engine.rerank.fusion import pair_scores, weight_vector
from er_engine.rerank.parts import MIN_SOUNDS, of_like_length
from er_engine.rerank.settings import FEATURES, RerankSettings
from er_engine.search import FloatArray
from er_engine.types import WORD_BOUNDARY, Pronunciation, SurfaceForm

# Candidates whose parts are looked at: each takes time. Any other that has one of these has it too.
COMPARED = 6
# Longer names are hardly ever said by one or two of their words.
MAX_WORDS = 3
# Share of its score that a part loses where at most FEW of the names are as short as what was
# heard; it grows from there towards MOST_MARGIN. Where MANY are, no part is compared.
LEAST_MARGIN = np.float32(0.15)
MOST_MARGIN = np.float32(0.6)
FEW = np.float32(0.1)
MANY = np.float32(0.35)
# Nobody says these English words for a name. Others like them ("will", "in", "or") are names, too.
_LINKS = frozenset({"and", "at", "by", "for", "from", "of", "on", "the", "with"})
# Names that many queries are compared with.
_KEPT = 1 << 15


class Part(NamedTuple):
    """Sound ids of a part of a name, and how it is spelled where that is known."""

    sounds: bytes
    text: str


def with_parts(
    comparison: Comparison,
    forms: Sequence[SurfaceForm],
    settings: RerankSettings,
    encode: SoundVectors,
    costs: Costs,
) -> Comparison:
    """Compare parts of names where these may be what was said.

    Args:
        comparison: what was heard and all candidates.
        forms: the candidates' surface forms (m), those of `comparison.form_rows`.
        settings: weights that say which candidates are best so far.
        encode: vectors of sounds.
        costs: of aligning what was heard with a name.

    Returns:
        The comparison with other features; no pair scores less than before.
    """
    heard = [sound_ids(form.pronunciation).tobytes() for form in comparison.heard]
    margins = _margins(heard, forms)
    before = pair_scores(comparison.features, settings)
    best = np.argsort(-entity_scores(comparison, settings), kind="stable")[:COMPARED]
    columns = np.flatnonzero(np.isin(comparison.of_entity, best))
    # None is compared where many names are short, or where even an equal one would raise nothing.
    limits = np.where(margins < MOST_MARGIN, 1 - margins, np.float32(0))
    may_gain = before[:, columns] < limits[:, None]
    parts, near = _near_parts(heard, [forms[column] for column in columns.tolist()], may_gain)
    if not parts:
        return comparison
    found = _similarities(comparison.heard, heard, parts, encode, costs, settings.vector_floor)
    found *= np.where(near, 1 - margins[:, None], np.float32(0))[..., None]
    scores = found @ weight_vector(settings)
    features = comparison.features.copy()
    for column, number in _that_gain(forms, parts, scores, before):
        better = scores[:, number] > before[:, column]
        features[better, column] = found[better, number]
        before[better, column] = scores[better, number]
    return replace(comparison, features=features)


@lru_cache(maxsize=_KEPT)
def said_parts(pronunciation: Pronunciation, spoken: str) -> tuple[Part, ...]:
    """Words of names of two or three, and of three the first two and the last two words.

    Those that nobody would say are left out.
    """
    words, spelled = words_of(pronunciation), spoken.split()
    if not 1 < len(words) <= MAX_WORDS:
        return ()
    if len(spelled) != len(words):
        spelled = [""] * len(words)
    single = [Part(sound_ids(w).tobytes(), s) for w, s in zip(words, spelled, strict=True)]
    pairs = [_joined(single[:2]), _joined(single[-2:])] if len(single) > 2 else []
    parts = [part for part in single + pairs if _is_said_alone(part.text)]
    return tuple(part for part in parts if len(part.sounds) >= MIN_SOUNDS)


def _is_said_alone(text: str) -> bool:
    """Not "the" or "law of" for *Law of War*, nor letters for initials; what is unknown may be."""
    words = text.split()
    # In other scripts one sign may be a whole word.
    telling = (len(word) > 1 or not word.isascii() for word in words)
    return not words or (words[-1] not in _LINKS and any(telling))


def _that_gain(
    forms: Sequence[SurfaceForm], parts: Sequence[Part], scores: FloatArray, before: FloatArray
) -> list[tuple[int, int]]:
    """Columns of names and numbers of their parts that score more with anything heard."""
    place = {part: number for number, part in enumerate(parts)}
    # Most names have none of the parts: looking for their letters is the quick way to see it.
    texts = {part.text for part in parts}
    pairs = [
        (column, place[part])
        for column, form in enumerate(forms)
        if any(text in form.spoken for text in texts)
        for part in said_parts(form.pronunciation, form.spoken)
        if part in place
    ]
    columns, numbers = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    gains = np.flatnonzero((scores[:, numbers] > before[:, columns]).any(axis=0))
    return [pairs[row] for row in gains.tolist()]


def _joined(parts: Sequence[Part]) -> Part:
    return Part(b"".join(part.sounds for part in parts), " ".join(part.text for part in parts))


def _margins(heard: Sequence[bytes], forms: Sequence[SurfaceForm]) -> FloatArray:
    """Share of its score that a part loses, float32 (n,)."""
    lengths = np.array([len(sounds) for sounds in heard])
    # Counted without making arrays of them: this is done for every candidate of every query.
    names = [form.pronunciation for form in forms]
    of_names = np.array([len(name) - name.count(WORD_BOUNDARY) for name in names])
    as_short = (of_names <= lengths[:, None]).mean(axis=1, dtype=np.float32)
    share = np.clip((as_short - FEW) / (MANY - FEW), np.float32(0), np.float32(1))
    return np.asarray(LEAST_MARGIN + (MOST_MARGIN - LEAST_MARGIN) * share)


def _near_parts(
    heard: Sequence[bytes], forms: Sequence[SurfaceForm], may_gain: NDArray[np.bool_]
) -> tuple[list[Part], NDArray[np.bool_]]:
    """The parts to compare with something heard, and which of that: bool (n, n_parts).

    They are of about its length, and of a name that may gain by them: bool (n, n_names).
    """
    place: dict[Part, int] = {}
    pairs = [
        (place.setdefault(part, len(place)), name)
        for name in np.flatnonzero(may_gain.any(axis=0)).tolist()
        for part in said_parts(forms[name].pronunciation, forms[name].spoken)
    ]
    parts = list(place)
    wanted = np.zeros((len(heard), len(parts)), dtype=np.bool_)
    for number, name in pairs:
        wanted[:, number] |= may_gain[:, name]
    wanted &= of_like_length(heard, [part.sounds for part in parts])
    used = np.flatnonzero(wanted.any(axis=0)).tolist()
    return [parts[number] for number in used], wanted[:, used]


def _similarities(
    forms: Sequence[SurfaceForm],
    heard: Sequence[bytes],
    parts: Sequence[Part],
    encode: SoundVectors,
    costs: Costs,
    vector_floor: float,
) -> FloatArray:
    """float32 (n, n_parts, len(FEATURES)).

    A part has no n-grams in the index; those of sounds and of letters go with alignment and text.
    """
    sounds = list(dict.fromkeys(part.sounds for part in parts))
    place = [sounds.index(part.sounds) for part in parts]
    vectors = encode([*heard, *sounds])
    vector = above_floor(vectors[: len(heard)] @ vectors[len(heard) :].T, vector_floor)
    whole, fitting = alignment_similarities(_ids(heard), _ids(sounds), costs)
    alignment, said = whole[:, place], [form.spoken for form in forms]
    spelled = [part.text for part in parts]
    percent = process.cdist(said, spelled, scorer=fuzz.ratio, dtype=np.float32)
    text: FloatArray = np.asarray(percent, dtype=np.float32) / np.float32(PERCENT)
    by_name: dict[str, FloatArray] = {
        "vector": vector[:, place],
        "text": text,
        "alignment": alignment,
        "part_alignment": alignment,
        "heard_part": fitting[:, place] ** PART_POWER,
        "sound_ngrams": alignment,
        "letter_ngrams": text,
        "words": np.floor(text),
    }
    nothing = np.zeros_like(text)
    return np.stack([by_name.get(name, nothing) for name in FEATURES], axis=-1)


def _ids(sounds: Sequence[bytes]) -> list[IdArray]:
    return [np.frombuffer(one, dtype=np.uint8) for one in sounds]
