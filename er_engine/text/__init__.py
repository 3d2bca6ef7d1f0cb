"""Spoken forms: how written names and transcripts are said.

The same normalisation runs on catalog names and on ASR hypotheses, so that what is said alike is
written alike.
"""

from er_engine.text.variants import MAX_VARIANTS, normalise, spoken_forms

__all__ = ["MAX_VARIANTS", "normalise", "spoken_forms"]
