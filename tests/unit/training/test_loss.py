"""The ranking loss: against a plain computation, with masks and weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from training.loss import ranking_loss

SCALE = 5.0


def unit(n: int, seed: int) -> Tensor:
    """Return n random unit vectors."""
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(n, 8, generator=generator), dim=-1)


def plain_loss(
    anchors: np.ndarray, positives: np.ndarray, weights: np.ndarray, masked: np.ndarray
) -> float:
    """Sum up the two softmaxes pair by pair."""
    n, total = len(anchors), 0.0
    logits = SCALE * anchors @ positives.T
    for i in range(n):
        row = sum(math.exp(logits[i, j]) for j in range(n) if i == j or not masked[i, j])
        column = sum(
            math.exp(logits[j, i])
            for j in range(n)
            if i == j or not (masked[j, i] or weights[j] == 0)
        )
        total += weights[i] * (math.log(row) + math.log(column) - 2 * logits[i, i])
    return total / (2 * weights.sum())


@pytest.mark.parametrize("weights", [[1.0] * 5, [1.0, 0.5, 0.25, 1.0, 0.1], [1, 0, 0.5, 0, 1]])
def test_loss_is_that_of_the_formula(weights: list[float]) -> None:
    """Symmetric softmax, masked pairs left out, pairs weighted, anchors of weight 0 left out."""
    anchors, positives = unit(5, 1), unit(5, 2)
    masked = torch.rand(5, 5, generator=torch.Generator().manual_seed(3)) < 0.3
    masked.fill_diagonal_(False)
    counted = torch.tensor(weights)
    found = ranking_loss(anchors, positives, counted, masked, SCALE)
    wanted = plain_loss(anchors.numpy(), positives.numpy(), counted.numpy(), masked.numpy())
    assert float(found) == pytest.approx(wanted, rel=1e-5)


def test_a_masked_false_negative_costs_nothing() -> None:
    """Two pairs with one and the same name: unmasked they push apart, masked they do not."""
    same = unit(1, 4).repeat(2, 1)
    nothing, both = torch.zeros(2, 2, dtype=torch.bool), ~torch.eye(2, dtype=torch.bool)
    ones = torch.ones(2)
    assert float(ranking_loss(same, same, ones, nothing, SCALE)) == pytest.approx(math.log(2))
    assert float(ranking_loss(same, same, ones, both, SCALE)) == pytest.approx(0.0, abs=1e-6)


def test_an_anchor_of_weight_zero_changes_nothing_for_the_others() -> None:
    """Whatever its vector is; its positive stays a negative."""
    anchors, positives, others = unit(4, 5), unit(4, 6), unit(4, 7)
    weights = torch.tensor([1.0, 1.0, 0.0, 1.0])
    free = torch.zeros(4, 4, dtype=torch.bool)
    changed = anchors.clone()
    changed[2] = others[2]
    first = ranking_loss(anchors, positives, weights, free, SCALE)
    assert torch.equal(ranking_loss(changed, positives, weights, free, SCALE), first)
    moved = positives.clone()
    moved[2] = others[2]
    assert not torch.equal(ranking_loss(anchors, moved, weights, free, SCALE), first)


def test_no_weight_at_all_gives_no_loss() -> None:
    """A batch in which nothing counts: 0, with gradients that are finite."""
    anchors = unit(3, 8).requires_grad_()
    free = torch.zeros(3, 3, dtype=torch.bool)
    loss = ranking_loss(anchors, unit(3, 9), torch.zeros(3), free, SCALE)
    loss.backward()
    assert loss.item() == 0.0
    assert anchors.grad is not None
    assert torch.isfinite(anchors.grad).all()
