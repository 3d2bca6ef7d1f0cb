"""What training minimises: every tower and their sum must rank, by the loss of the config."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from er_engine.encoder.weighted_sum import PHONEME_IDS, WeightedSum, pad_phonemes
from training.loss import RowLoss, pair_logits, ranking_loss, weighted_mean
from training.row_losses import active_passive, brier, noise_layer, plain, predicted, smoothed

if TYPE_CHECKING:
    from training.batches import Batch
    from training.config import LossConfig

LENGTH_GROUPS = 4
SEMANTIC_SHARE = 0.2
_HELPER = "helper."
_HELPER_SEED = 2020


class _Term(NamedTuple):
    """Unit vectors of both sides, float32 (n, d), and how much each pair and the term count."""

    anchors: Tensor
    positives: Tensor
    weights: Tensor
    share: float


class Objective:
    """The loss of a batch. A `label_free` one has a helper, which is trained along.

    The helper is a second encoder of the same size. It learns from the labels by a bounded loss
    (Brier's), and the encoder learns from what the helper predicts. Source: LIMIT of Harutyunyan et
    al. 2020 (arXiv 2002.07933), which limits what weights know of wrong labels by predicting the
    gradient, p - y, without the labels, as p - q; the Gaussian kind, whose loss for q is Brier's.
    Simplified: the mean of the prediction is taken, none is drawn, and its variance is constant.
    """

    def __init__(
        self, module: WeightedSum, loss: LossConfig, scale: float, mixed_precision: bool = False
    ) -> None:
        self._module = module
        self._helper = _helper_of(module) if loss.kind == "label_free" else None
        self._loss = loss
        self._scale = scale
        self._mixed_precision = mixed_precision

    @property
    def modules(self) -> tuple[WeightedSum, ...]:
        """All that is trained: the encoder, and the helper where there is one."""
        return (self._module,) if self._helper is None else (self._module, self._helper)

    def parameters(self) -> list[torch.nn.Parameter]:
        """The parameters of `modules` that change."""
        return [p for module in self.modules for p in module.parameters() if p.requires_grad]

    def weights(self) -> dict[str, Tensor]:
        """What a checkpoint keeps: the weights of the encoder, and those of the helper."""
        names = ("", _HELPER)
        return {
            name + key: value
            for name, module in zip(names, self.modules, strict=False)
            for key, value in module.own_weights().items()
        }

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Take over what `weights` returned."""
        parts: list[dict[str, Tensor]] = [{}, {}]
        for name, value in weights.items():
            parts[name.startswith(_HELPER)][name.removeprefix(_HELPER)] = value
        for module, part in zip(self.modules, parts, strict=False):
            module.load_state_dict({**module.state_dict(), **part})

    def __call__(self, batch: Batch) -> Tensor:
        """Return the scalar loss of a batch; the encoder (and the helper) is set to training."""
        self._module.train()
        terms = self._terms(self._module, batch)
        if self._helper is not None:
            self._helper.train()
            return self._label_free(terms, self._terms(self._helper, batch), batch.false_negatives)
        row_loss = _row_loss(self._loss)
        loss = torch.zeros(())
        for anchors, positives, weights, share in terms:
            loss = loss + share * ranking_loss(
                anchors, positives, weights, batch.false_negatives, self._scale, row_loss
            )
        return loss

    def _terms(self, module: WeightedSum, batch: Batch) -> list[_Term]:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._mixed_precision):
            anchors, positives = _both_sides(module, batch)
        return _terms_of(module, batch, anchors, positives)

    def _label_free(
        self, terms: list[_Term], helper_terms: list[_Term], false_negatives: Tensor
    ) -> Tensor:
        loss = torch.zeros(())
        for term, other in zip(terms, helper_terms, strict=True):
            own, helper = (
                pair_logits(t.anchors, t.positives, t.weights, false_negatives, self._scale)
                for t in (term, other)
            )
            learned = weighted_mean(
                brier(helper, term.weights), brier(helper.T, term.weights), term.weights
            )
            taught = weighted_mean(
                predicted(own, helper, self._loss.strength),
                predicted(own.T, helper.T, self._loss.strength),
                term.weights,
            )
            loss = loss + term.share * (learned + taught)
        return loss


def _helper_of(module: WeightedSum) -> WeightedSum:
    """Another encoder like this one; the same weights at every start, and other than its own."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_HELPER_SEED)
        return WeightedSum(module.config)


def _row_loss(loss: LossConfig) -> RowLoss:
    if loss.kind == "smoothing":
        return partial(smoothed, share=loss.strength)
    if loss.kind == "active_passive":
        return partial(active_passive, share=loss.strength)
    if loss.kind == "noise_layer":
        return partial(noise_layer, expected=loss.strength)
    return brier if loss.kind == "brier" else plain


def _terms_of(
    module: WeightedSum,
    batch: Batch,
    anchors: Mapping[str, Tensor],
    positives: Mapping[str, Tensor],
) -> list[_Term]:
    """The sum must rank, and so must each tower alone: a query may have only one of them."""
    with_text = batch.weights * batch.has_text
    terms = []
    if "phonetic" in anchors:
        terms.append(_Term(anchors["phonetic"], positives["phonetic"], batch.weights, 1.0))
    if "semantic" in anchors:
        share = SEMANTIC_SHARE if "phonetic" in anchors else 1.0
        terms.append(_Term(anchors["semantic"], positives["semantic"], with_text, share))
    if len(anchors) == 2:
        terms.append(_Term(_sum(module, anchors), _sum(module, positives), with_text, 1.0))
    return terms


def _both_sides(module: WeightedSum, batch: Batch) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Encode anchors and positives together, in groups of like length: half the padding."""
    sounds = [*batch.anchors.sounds, *batch.positives.sounds]
    semantic = torch.cat([batch.anchors.semantic, batch.positives.semantic])
    order = np.argsort([len(row) for row in sounds], kind="stable")
    groups: dict[str, list[Tensor]] = {}
    for chosen in np.array_split(order, LENGTH_GROUPS):
        parts = module.parts(
            {
                PHONEME_IDS: pad_phonemes([sounds[row] for row in chosen]),
                "semantic_embedding": semantic[torch.from_numpy(chosen)],
            }
        )
        for name, vectors in parts.items():
            groups.setdefault(name, []).append(vectors)
    back = torch.from_numpy(np.argsort(order, kind="stable"))
    both = {name: torch.cat(vectors)[back] for name, vectors in groups.items()}
    half = len(batch.weights)
    return (
        {name: vectors[:half] for name, vectors in both.items()},
        {name: vectors[half:] for name, vectors in both.items()},
    )


def _sum(module: WeightedSum, parts: Mapping[str, Tensor]) -> Tensor:
    vectors = [module.weight(name) * vector for name, vector in parts.items()]
    return functional.normalize(vectors[0] + vectors[1], dim=-1)
