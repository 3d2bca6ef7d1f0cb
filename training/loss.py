"""Multiple-negatives ranking loss with masked false negatives and weighted pairs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def ranking_loss(
    anchors: Tensor, positives: Tensor, weights: Tensor, false_negatives: Tensor, scale: float
) -> Tensor:
    """Each anchor must find its positive among all positives, and each positive its anchor.

    Source: in-batch softmax of Henderson et al. 2017 (arXiv 1705.00652), symmetric as in CLIP.

    Args:
        anchors: float32 (n, d), unit length.
        positives: float32 (n, d), unit length; row i belongs to anchor i.
        weights: float32 (n,), how much each pair counts; 0 leaves its anchor out.
        false_negatives: bool (n, n); true where positive j is also right for anchor i (i != j).
        scale: inverse temperature of the cosine.

    Returns:
        Scalar loss.
    """
    # An anchor that counts nothing is no negative of other pairs' positives either.
    masked = (false_negatives | (weights == 0).unsqueeze(1)).fill_diagonal_(False)
    logits = (anchors @ positives.T * scale).masked_fill(masked, -torch.inf)
    targets = torch.arange(len(logits), device=logits.device)
    forward = functional.cross_entropy(logits, targets, reduction="none")
    backward = functional.cross_entropy(logits.T, targets, reduction="none")
    return ((forward + backward) * weights).sum() / (2 * weights.sum().clamp(min=1e-6))
