"""Similarities of what was heard and what a candidate sounds and looks like.

Every similarity is 1 for the same and near 0 for strangers; each alone is a known method, and they
add up. All pairs of one query are computed together, which is what makes it fast.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz, process

from er_engine.phonemes.similarity import (
    Costs,
    IdArray,
    alignment_similarities,
    articulatory_costs,
    sound_ids,
    transposed,
)
from er_engine.rerank.ngrams import NgramScores
from er_engine.rerank.parts import part_similarities
from er_engine.rerank.settings import FEATURES
from er_engine.search import FloatArray
from er_engine.types import SurfaceForm

PERCENT = 100.0
# Some stretch of a long name is a little like anything: only a close fit is evidence.
PART_POWER = 4
# Words beside the name are common in wrong spans, and short names are like parts of much.
NAME_POWER = 16
# Forms whose sounds are aligned, which takes most of the time; the others are behind in all else.
ALIGNED = 48
# Share of its `text` that a form loses where it leaves words of its name out: a name that is said
# in full comes first ("law and order" is the whole of one name and the beginning of another's).
LEFT_OUT = np.float32(0.02)


def similarities(
    heard: Sequence[SurfaceForm],
    forms: Sequence[SurfaceForm],
    vector_scores: FloatArray,
    sound_scores: NgramScores,
    letter_scores: NgramScores,
    word_scores: FloatArray,
    costs: Costs | None = None,
    vector_floor: float = 0.0,
) -> FloatArray:
    """Compare each heard form with each candidate's form.

    Args:
        heard: the hypotheses' forms (n).
        forms: the candidates' forms (m).
        vector_scores: float32 (n, m), inner products of the encoder's vectors.
        sound_scores: n-gram scores of sounds, (n, m).
        letter_scores: n-gram scores of letters, (n, m).
        word_scores: float32 (n, m), cosine of whole words in common.
        costs: of aligning what was heard with a name; articulatory costs unless given.
        vector_floor: see `RerankSettings`.

    Returns:
        float32 (n, m, len(FEATURES)), in the order of FEATURES. Those that align sounds are 0 for
        all but the ALIGNED forms that are nearest by the others.
    """
    result = np.zeros((len(heard), len(forms), len(FEATURES)), dtype=np.float32)
    spoken = [form.spoken for form in heard], [form.spoken for form in forms]
    result[..., 0] = above_floor(vector_scores, vector_floor)
    result[..., 1] = process.cdist(*spoken, scorer=fuzz.ratio, dtype=np.float32) / PERCENT
    result[:, [leaves_words_out(form) for form in forms], 1] *= 1 - LEFT_OUT
    result[..., 6] = sound_scores.cosine
    result[..., 7] = letter_scores.cosine
    result[..., 8] = word_scores
    likely = _likely(result, sound_scores, letter_scores)
    aligned = _alignments(heard, [forms[column] for column in likely], costs)
    result[:, likely, 2:6] = aligned
    return result


def leaves_words_out(form: SurfaceForm) -> bool:
    """Whether a form has fewer letters than its text: no subtitle, or nothing of brackets."""
    longer = len(form.text) > len(form.spoken) + 1
    return longer and _letters(form.text) > _letters(form.spoken) + 1


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _likely(
    features: FloatArray, sound_scores: NgramScores, letter_scores: NgramScores
) -> list[int]:
    """Columns, ascending, of the ALIGNED forms that are nearest to what was heard.

    To one hypothesis and to all of them: among many names "david" alone, beside "dave" five times,
    has enough to take every place.
    """
    near = features[..., 0] + features[..., 1] / 2 + (sound_scores.part + letter_scores.part) / 2
    order = np.argsort(-(near.max(axis=0) + near.mean(axis=0)), kind="stable")
    return sorted(order[:ALIGNED].tolist())


def _alignments(
    heard: Sequence[SurfaceForm], forms: Sequence[SurfaceForm], costs: Costs | None
) -> FloatArray:
    """Similarities that align sounds: float32 (n, m, 4), `alignment` to `name_part`."""
    costs = costs or articulatory_costs()
    result = np.zeros((len(heard), len(forms), 4), dtype=np.float32)
    sounds = [sound_ids(form.pronunciation) for form in heard]
    name_sounds = [sound_ids(form.pronunciation) for form in forms]
    whole, part = alignment_similarities(sounds, name_sounds, costs)
    result[..., 0] = whole
    names = [form.pronunciation for form in forms]
    result[..., 1] = part_similarities(sounds, names, whole, costs)
    result[..., 2] = part**PART_POWER
    said = [form.pronunciation for form in heard]
    beside = part_similarities(name_sounds, said, whole.T, transposed(costs)).T
    result[..., 3] = beside**NAME_POWER * _share_of_heard(sounds, name_sounds)
    return result


def above_floor(cosines: FloatArray, floor: float) -> FloatArray:
    """Scale cosines so that `floor` becomes 0 and 1 stays 1."""
    return np.asarray((cosines - np.float32(floor)) / np.float32(1 - floor))


def _share_of_heard(heard: Sequence[IdArray], names: Sequence[IdArray]) -> FloatArray:
    """float32 (n, m): 1 for a name of half the sounds that were heard or more, less for shorter.

    A short name stands in much by chance.
    """
    lengths = np.array([max(len(sounds), 1) for sounds in heard], dtype=np.float32)
    shares = np.array([len(sounds) for sounds in names], dtype=np.float32) / lengths[:, None]
    return np.asarray(np.minimum(1.0, shares + 0.5), dtype=np.float32)
