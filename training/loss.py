"""Multiple-negatives ranking loss with masked false negatives and weighted pairs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from training.row_losses import plain

# Logits and the weights of the pairs in, the loss of each row out; see training/row_losses.py.
RowLoss = Callable[[Tensor, Tensor], Tensor]


def ranking_loss(
    anchors: Tensor,
    positives: Tensor,
    weights: Tensor,
    false_negatives: Tensor,
    scale: float,
    row_loss: RowLoss = plain,
) -> Tensor:
    """Each anchor must find its positive among all positives, and each positive its anchor.

    Source: in-batch softmax of Henderson et al. 2017 (arXiv 1705.00652), symmetric as in CLIP.

    Args:
        anchors: float32 (n, d), unit length.
        positives: float32 (n, d), unit length; row i belongs to anchor i.
        weights: float32 (n,), how much each pair counts; 0 leaves its anchor out.
        false_negatives: bool (n, n); true where positive j is also right for anchor i (i != j).
        scale: inverse temperature of the cosine.
        row_loss: what a row of logits costs whose diagonal is right.

    Returns:
        Scalar loss.
    """
    logits = pair_logits(anchors, positives, weights, false_negatives, scale)
    return weighted_mean(row_loss(logits, weights), row_loss(logits.T, weights), weights)


def pair_logits(
    anchors: Tensor, positives: Tensor, weights: Tensor, false_negatives: Tensor, scale: float
) -> Tensor:
    """Scaled cosines float32 (n, n), -inf where a positive must not count against an anchor."""
    # An anchor that counts nothing is no negative of other pairs' positives either.
    masked = (false_negatives | (weights == 0).unsqueeze(1)).fill_diagonal_(False)
    return (anchors @ positives.T * scale).masked_fill(masked, -torch.inf)


def weighted_mean(forward: Tensor, backward: Tensor, weights: Tensor) -> Tensor:
    """The mean of the losses of both directions, each float32 (n,); 0 where nothing counts."""
    return ((forward + backward) * weights).sum() / (2 * weights.sum().clamp(min=1e-6))
