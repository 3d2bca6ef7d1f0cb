"""What a row of in-batch logits costs: the plain loss, and losses for pairs that may be wrong.

Each function takes `logits` float32 (n, n), -inf where masked, with the right choice of row i in
column i, and `weights` float32 (n,) of the pairs, and returns the loss of each row, float32 (n,).
"A wrong pair" is one whose hypothesis is not at all what was said.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# The share of wrong pairs is estimated in every batch; it has converged after a few steps.
_EM_STEPS = 10


def plain(logits: Tensor, _weights: Tensor) -> Tensor:
    """Cross-entropy."""
    targets = torch.arange(len(logits), device=logits.device)
    return functional.cross_entropy(logits, targets, reduction="none")


def smoothed(logits: Tensor, weights: Tensor, share: float) -> Tensor:
    """Label smoothing: `share` (0 to 1) of the target is spread evenly over the row.

    Source: Szegedy et al. 2016 (arXiv 1512.00567); against wrong labels Lukasik et al. 2020
    (arXiv 2003.02819). A share of 0 is the plain loss.
    """
    return torch.lerp(plain(logits, weights), _mean_over_row(_costs(logits), logits), share)


def active_passive(logits: Tensor, _weights: Tensor, share: float) -> Tensor:
    """Normalised cross-entropy beside the mean absolute error, which has `share` (0 to 1).

    (1 - share) * -log p_i / mean_j(-log p_j) + share * (1 - p_i)

    Source: NCE + RCE of Ma et al. 2020 (arXiv 2006.13554): the first part is their NCE times the
    number of choices, the second their RCE divided by 4 (or MAE by 2), so that a share does not
    depend on the size of the batch. Their weights for a hundred classes are a share of 0.8. No
    share makes it the plain loss.
    """
    costs = _costs(logits)
    own = costs.diagonal()
    active = own / _mean_over_row(costs, logits).clamp(min=1e-6)
    return torch.lerp(active, 1 - torch.exp(-own), share)


def noise_layer(logits: Tensor, weights: Tensor, expected: float) -> Tensor:
    """A layer after the softmax says that some pairs are wrong, and fit any choice equally.

    -log((1 - e) * p_i + e / m), m choices in the row

    The share e of wrong pairs is learned, so that a pair is trusted the less, the worse it fits
    when most others fit well. Source: the noise layers of Sukhbaatar et al. 2015 (arXiv 1406.2080)
    and Goldberger and Ben-Reuven 2017. Their matrix of classes has no meaning where the choices are
    other names in every batch; what remains of it is e. It is found by expectation-maximisation
    within the batch, with a prior of `expected` (0 to 1) that counts as much as the batch: without
    one, an untrained encoder would take all pairs for wrong. `expected` of 0 is the plain loss.
    """
    own = -_costs(logits).diagonal()
    even = -torch.isfinite(logits).sum(dim=1).to(logits.dtype).log()
    with torch.no_grad():
        wrong = torch.full((), expected, dtype=logits.dtype, device=logits.device)
        for _ in range(_EM_STEPS):
            odds = (wrong.log() + even) - torch.log1p(-wrong) - own
            found = (torch.sigmoid(odds) * weights).sum() / weights.sum().clamp(min=1e-6)
            wrong = (found + expected) / 2
    return -torch.logaddexp(torch.log1p(-wrong) + own, wrong.log() + even)


def brier(logits: Tensor, _weights: Tensor) -> Tensor:
    """Squared distance of the probabilities from the right choice; bounded, unlike the plain loss.

    Source: Brier 1950, "Verification of forecasts expressed in terms of probability".
    """
    chances = torch.softmax(logits, dim=1)
    return (chances**2).sum(dim=1) - 2 * chances.diagonal() + 1


def predicted(logits: Tensor, helper_logits: Tensor, share: float) -> Tensor:
    """Cross-entropy with the choice that a helper predicts, which counts `share` (0 to 1).

    The gradient is p - q in place of p - y: with a share of 1 no label reaches the encoder but
    through what the helper could predict from the inputs. A share of 0 is the plain loss. Source:
    see training/objective.py.
    """
    targets = torch.softmax(helper_logits.detach(), dim=1)
    own = torch.eye(len(logits), dtype=logits.dtype, device=logits.device)
    targets = torch.lerp(own, targets, share)
    return (targets * _costs(logits).masked_fill(torch.isinf(logits), 0.0)).sum(dim=1)


def _costs(logits: Tensor) -> Tensor:
    """-log of the probability of every choice, inf where masked."""
    return -functional.log_softmax(logits, dim=1)


def _mean_over_row(values: Tensor, logits: Tensor) -> Tensor:
    """The mean of the values that are not masked in `logits`."""
    masked = torch.isinf(logits)
    return values.masked_fill(masked, 0.0).sum(dim=1) / (~masked).sum(dim=1)
