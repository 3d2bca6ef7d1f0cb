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

from er_engine.phonemes.similarity import alignment_similarities, as_text, sound_ids
from er_engine.rerank.settings import FEATURES
from er_engine.search import FloatArray
from er_engine.types import SurfaceForm

PERCENT = 100.0


def similarities(
    heard: Sequence[SurfaceForm], forms: Sequence[SurfaceForm], vector_scores: FloatArray
) -> FloatArray:
    """Compare each heard form with each candidate's form.

    Args:
        heard: the hypotheses' forms (n).
        forms: the candidates' forms (m).
        vector_scores: float32 (n, m), inner products of the encoder's vectors.

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
    result[..., 2] = _compare(fuzz.token_set_ratio, *spoken) / PERCENT
    result[..., 3] = _compare(Levenshtein.normalized_similarity, *written)
    result[..., 4] = _compare(fuzz.partial_ratio, *written) / PERCENT
    result[..., 5], result[..., 6] = alignment_similarities(sounds, name_sounds)
    # Two empty pronunciations are no evidence of being the same.
    silent = np.array([not s.size for s in sounds])
    result[silent, :, 3:] = 0.0
    return result


def _compare(
    scorer: Callable[..., float], heard: Sequence[str], names: Sequence[str]
) -> NDArray[np.float32]:
    return process.cdist(heard, names, scorer=scorer, dtype=np.float32, workers=1)
