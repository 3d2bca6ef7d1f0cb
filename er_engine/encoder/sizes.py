"""Sizes of the phoneme tower, kept apart from it so that reading a config does not import torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhonemeTowerConfig:
    """Sizes of the phoneme tower; `width` is that of the sequence, `dimension` of the vector."""

    dimension: int = 192
    width: int = 128
    layers: int = 1
    heads: int = 4
    pooling_queries: int = 4
    dropout: float = 0.1
