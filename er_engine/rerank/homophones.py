"""Names that sound the same: one that is spelled as something was heard comes before the others.

"audiobook" was heard, and "audio": the second fits the first word of *Audio Book* better than a
part of *Audiobook*, but a recogniser that writes one of two homophones letter by letter has chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from er_engine.phonemes.similarity import sound_ids
from er_engine.rerank.comparison import Comparison
from er_engine.types import SurfaceForm


def spelled_as_heard(comparison: Comparison, forms: Sequence[SurfaceForm]) -> Comparison:
    """Lower the similarities of homophones of a form that is spelled as a hypothesis.

    Args:
        comparison: what was heard and all candidates.
        forms: the candidates' surface forms (m), those of `comparison.form_rows`.

    Returns:
        The comparison; where a form that was heard letter by letter sounds like forms that were
        not, no similarity of these is above that of the first such form.
    """
    heard = {form.spoken for form in comparison.heard}
    exact: dict[bytes, int] = {}
    for column, form in enumerate(forms):
        # What can't be pronounced sounds like nothing else.
        if form.spoken in heard and form.pronunciation:
            exact.setdefault(_sounds(form), column)
    if not exact:
        return comparison
    sounds = map(_sounds, forms)
    pairs = [
        (column, exact[own])
        for column, (form, own) in enumerate(zip(forms, sounds, strict=True))
        if own in exact and form.spoken not in heard
    ]
    if not pairs:
        return comparison
    others, first = np.array(pairs).T
    features = comparison.features.copy()
    features[:, others] = np.minimum(features[:, others], features[:, first])
    return replace(comparison, features=features)


def _sounds(form: SurfaceForm) -> bytes:
    return sound_ids(form.pronunciation).tobytes()
