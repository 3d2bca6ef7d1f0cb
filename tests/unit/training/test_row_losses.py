"""Losses for pairs that may be wrong: known values, limits, masks and gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor

from training.loss import ranking_loss
from training.row_losses import active_passive, brier, noise_layer, plain, predicted, smoothed

N = 6
ONES = torch.ones(N)
RowLoss = Callable[[Tensor, Tensor], Tensor]
ALL: dict[str, RowLoss] = {
    "plain": plain,
    "smoothed": partial(smoothed, share=0.1),
    "active_passive": partial(active_passive, share=0.8),
    "noise_layer": partial(noise_layer, expected=0.2),
    "brier": brier,
    "predicted": lambda logits, _: predicted(logits, logits.flip(0).flip(1), 1.0),
}


def some_logits(seed: int = 1, size: float = 3.0) -> Tensor:
    """Return logits (N, N) of moderate size."""
    return torch.randn(N, N, generator=torch.Generator().manual_seed(seed)) * size


def masked(logits: Tensor) -> Tensor:
    """Leave one choice out of three of the rows."""
    out = torch.zeros(N, N, dtype=torch.bool)
    out[0, 1] = out[2, 4] = out[5, 0] = True
    return logits.masked_fill(out, -torch.inf)


@pytest.mark.parametrize(
    "none",
    [
        partial(smoothed, share=0.0),
        partial(noise_layer, expected=0.0),
        lambda logits, _: predicted(logits, some_logits(9), 0.0),
    ],
    ids=["smoothed", "noise_layer", "predicted"],
)
def test_without_strength_it_is_the_plain_loss(none: RowLoss) -> None:
    """Row for row, with masked choices too."""
    logits = masked(some_logits())
    torch.testing.assert_close(none(logits, ONES), plain(logits, ONES))


def test_smoothing_spreads_the_target() -> None:
    """One row with chances 0.7, 0.2 and 0.1, by hand; a masked choice gets no share."""
    row = torch.tensor([0.7, 0.2, 0.1]).log()
    wanted = -(0.85 * math.log(0.7) + 0.15 * (math.log(0.7) + math.log(0.2) + math.log(0.1)) / 3)
    logits = torch.stack([row, row.roll(1), row.roll(2)])
    found = smoothed(logits, torch.ones(3), 0.15)
    assert found.tolist() == pytest.approx([wanted] * 3, rel=1e-5)
    wider = torch.full((4, 4), -torch.inf).fill_diagonal_(0.0)
    wider[:3, :3] = logits
    assert smoothed(wider, torch.ones(4), 0.15)[:3].tolist() == pytest.approx([wanted] * 3)


def test_active_passive_is_that_of_the_formula() -> None:
    """Chances 0.7, 0.2 and 0.1, by hand: NCE times the choices, and half the absolute error."""
    chances = [0.7, 0.2, 0.1]
    row = torch.tensor(chances).log()
    logits = torch.stack([row, row.roll(1), row.roll(2)])
    costs = [-math.log(chance) for chance in chances]
    active, passive = costs[0] / (sum(costs) / 3), (0.3 + 0.2 + 0.1) / 2
    found = active_passive(logits, torch.ones(3), 0.6)
    assert found.tolist() == pytest.approx([0.4 * active + 0.6 * passive] * 3, rel=1e-5)


def test_active_passive_is_bounded() -> None:
    """However wrong a pair is: the absolute error is at most 1, the normalised part at most N."""
    logits = torch.zeros(N, N).fill_diagonal_(-1000.0)
    assert active_passive(logits, ONES, 1.0).tolist() == pytest.approx([1.0] * N)
    assert active_passive(logits, ONES, 0.0).max() <= N


def test_the_noise_layer_trusts_a_pair_less_that_does_not_fit() -> None:
    """Among pairs that fit, one that does not pulls hardly at all; with the plain loss most."""
    logits = (torch.eye(N) * 8.0).requires_grad_()
    with torch.no_grad():
        logits[3] = torch.tensor([8.0, 0, 0, 0, 0, 0])
    (pulled,) = torch.autograd.grad(noise_layer(logits, ONES, 0.1).sum(), logits)
    (plainly,) = torch.autograd.grad(plain(logits, ONES).sum(), logits)
    assert plainly[3, 3] < -0.99
    assert abs(pulled[3, 3]) < 0.05


def test_the_noise_layer_learns_the_share_of_wrong_pairs() -> None:
    """Its loss of a perfect pair tells what share it took: half way to the one of the batch."""
    n, wrong = 40, 10
    logits = torch.eye(n) * 60.0
    logits[range(wrong), range(wrong)] = -60.0
    share = 1 - torch.exp(-noise_layer(logits, torch.ones(n), 0.05)[-1] * n / (n - 1))
    assert float(share) == pytest.approx((wrong / n + 0.05) / 2, abs=0.005)


def test_the_noise_layer_learns_nothing_from_pairs_that_do_not_count() -> None:
    """Weight 0: the share of wrong pairs is that of the others."""
    logits = torch.eye(N) * 8.0
    weights = torch.tensor([1.0, 1, 1, 0, 0, 0])
    changed = logits.clone()
    changed[3:] = some_logits()[3:]
    found = noise_layer(logits, weights, 0.1)[:3]
    assert torch.equal(noise_layer(changed, weights, 0.1)[:3], found)


def test_brier_is_the_squared_distance() -> None:
    """Chances 0.7, 0.2 and 0.1: 0.3² + 0.2² + 0.1²; never above 2."""
    row = torch.tensor([0.7, 0.2, 0.1]).log()
    logits = torch.stack([row, row.roll(1), row.roll(2)])
    assert brier(logits, torch.ones(3)).tolist() == pytest.approx([0.14] * 3)
    wrong = torch.tensor([[0.0, 500.0], [500.0, 0.0]])
    assert brier(wrong, torch.ones(2)).tolist() == pytest.approx([2.0, 2.0])


def test_a_predicted_gradient_has_no_label_in_it() -> None:
    """It is p - q, whatever the right choice is, and none of it reaches the helper."""
    own, helper = some_logits(1).requires_grad_(), some_logits(2).requires_grad_()
    predicted(own, helper, 1.0).sum().backward()
    assert own.grad is not None
    torch.testing.assert_close(own.grad, (own.softmax(1) - helper.softmax(1)).detach())
    assert helper.grad is None


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("size", [0.0, 3.0, 200.0])
def test_gradients_are_finite(name: str, size: float) -> None:
    """With masked choices, on even chances and on extreme ones, in both directions."""
    logits = some_logits(3, size).requires_grad_()
    hidden = masked(logits)
    loss = ALL[name](hidden, ONES).sum() + ALL[name](hidden.T, ONES).sum()
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("name", [name for name in ALL if name != "predicted"])
def test_a_masked_choice_changes_nothing(name: str) -> None:
    """Only the other choices of the row count (`predicted` takes its mask from the helper)."""
    logits = some_logits(4)
    changed = logits.clone()
    changed[0, 1] = changed[2, 4] = changed[5, 0] = 50.0
    found = ALL[name](masked(changed), ONES)
    torch.testing.assert_close(found, ALL[name](masked(logits), ONES))


@pytest.mark.parametrize("name", ["smoothed", "active_passive", "noise_layer"])
def test_a_ranking_loss_takes_any_of_them(name: str) -> None:
    """Good pairs cost less than the same in another order."""
    vectors = torch.nn.functional.normalize(some_logits(5), dim=1)
    free = torch.zeros(N, N, dtype=torch.bool)
    good = ranking_loss(vectors, vectors, ONES, free, 10.0, ALL[name])
    bad = ranking_loss(vectors, vectors.roll(1, 0), ONES, free, 10.0, ALL[name])
    assert float(good) < float(bad)
