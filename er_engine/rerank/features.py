"""Similarities of what was heard and what a candidate sounds and looks like.

Every similarity is 1 for the same and near 0 for strangers; each alone is a known method, and they
add up. All pairs of one query are computed together, which is what makes it fast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from er_engine.phonemes.similarity import Costs, alignment_similarities, as_text, sound_ids
from er_engine.rerank.ngrams import NgramScores
from er_engine.rerank.settings import FEATURES
from er_engine.search import FloatArray
from er_engine.types import SurfaceForm

PERCENT = 100.0


def similarities(
    heard: Sequence[SurfaceForm],
    forms: Sequence[SurfaceForm],
    vector_scores: FloatArray,
    sound_scores: NgramScores,
    letter_scores: NgramScores,
    word_scores: FloatArray,
    costs: Costs | None = None,
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

    Returns:
        float32 (n, m, len(FEATURES)), in the order of FEATURES.
    """
    result = np.zeros((len(heard), len(forms), len(FEATURES)), dtype=np.float32)
    spoken = [form.spoken for form in heard], [form.spoken for form in forms]
    sounds = [sound_ids(form.pronunciation) for form in heard]
    name_sounds = [sound_ids(form.pronunciation) for form in forms]
    written = [as_text(f.pronunciation) for f in heard], [as_text(f.pronunciation) for f in forms]
    result[..., 0] = vector_scores
    result[..., 1] = _compare(fuzz.ratio, *spoken) / PERCENT
    result[..., 2] = _compare(Levenshtein.normalized_similarity, *written)
    # Two empty pronunciations are no evidence of being the same.
    result[[not s.size for s in sounds], :, 2] = 0.0
    result[..., 3], result[..., 4] = alignment_similarities(sounds, name_sounds, costs)
    result[..., 5], result[..., 6] = sound_scores.cosine, sound_scores.part
    result[..., 7], result[..., 8] = letter_scores.cosine, letter_scores.part
    result[..., 9] = word_scores
    return result


def _compare(
    scorer: Callable[..., float], heard: Sequence[str], names: Sequence[str]
) -> NDArray[np.float32]:
    return process.cdist(heard, names, scorer=scorer, dtype=np.float32, workers=1)
