"""The phoneme tower: a phoneme sequence becomes one unit vector.

Embeddings start from articulatory features, so that sounds made alike begin alike. Convolutions see
neighbouring sounds, transformer layers the whole name, and learned pooling queries keep what a mean
over unordered phonemes would lose: where in the name a sound is.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from er_engine.encoder.sizes import PhonemeTowerConfig
from er_engine.phonemes.features import features as articulatory_features
from er_engine.phonemes.inventory import PADDING_ID, SYMBOLS


class PhonemeTower(nn.Module):
    """Phoneme ids int64 (n, length), 0 where padded, to float32 (n, dimension) of unit length.

    A row without any phoneme becomes a zero vector: it is found by its spelling alone.
    """

    def __init__(self, config: PhonemeTowerConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(SYMBOLS), config.width, padding_idx=PADDING_ID)
        _start_from_articulation(self.embedding)
        self.convolutions = nn.ModuleList(_Convolution(config) for _ in range(2))
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.layers))
        self.pooling = _Pooling(config)
        self.dropout = nn.Dropout(config.dropout)
        self.width = config.width

    def forward(self, ids: Tensor) -> Tensor:
        """See the class."""
        present = ids != PADDING_ID
        states = self.dropout(self.embedding(ids)) * present.unsqueeze(-1)
        for convolution in self.convolutions:
            states = convolution(states, present)
        states = states + _positions(ids.shape[1], self.width, ids.device)
        for layer in self.layers:
            states = layer(states, present)
        vectors = functional.normalize(self.pooling(states, present).float(), dim=-1)
        return torch.where(present.any(dim=1, keepdim=True), vectors, torch.zeros_like(vectors))


def _start_from_articulation(embedding: nn.Embedding) -> None:
    features = torch.from_numpy(articulatory_features())
    projection = torch.empty(features.shape[1], embedding.embedding_dim)
    nn.init.orthogonal_(projection)
    with torch.no_grad():
        articulated = features @ projection
        noise = 0.1 * torch.randn_like(articulated)
        embedding.weight.copy_(articulated / features.shape[1] ** 0.5 + noise)
        embedding.weight[PADDING_ID] = 0.0


def _positions(length: int, width: int, device: torch.device) -> Tensor:
    """Sinusoidal positions (Vaswani et al. 2017), so that names of any length work."""
    rates = torch.exp(torch.arange(0, width, 2, device=device) * (-math.log(10_000.0) / width))
    angles = torch.arange(length, device=device).unsqueeze(1) * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).reshape(length, width)


class _Convolution(nn.Module):
    """Each sound with its two neighbours; a linear layer on shifted copies, fast on CPUs."""

    def __init__(self, config: PhonemeTowerConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.linear = nn.Linear(3 * config.width, config.width)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        inputs = functional.pad(self.norm(states) * present.unsqueeze(-1), (0, 0, 1, 1))
        window = torch.cat([inputs[:, :-2], inputs[:, 1:-1], inputs[:, 2:]], dim=-1)
        outputs: Tensor = functional.relu(self.linear(window))
        return states + outputs


class _Layer(nn.Module):
    def __init__(self, config: PhonemeTowerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.attention_norm = nn.LayerNorm(config.width)
        self.query_key_value = nn.Linear(config.width, 3 * config.width)
        self.attention_out = nn.Linear(config.width, config.width)
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(config.width),
            nn.Linear(config.width, 2 * config.width),
            nn.ReLU(),
            nn.Linear(2 * config.width, config.width),
        )

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        n, length, width = states.shape
        projected = self.query_key_value(self.attention_norm(states))
        query, key, value = projected.reshape(n, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        # In training with mixed precision this stays in float32: on CPUs the backward pass of
        # attention in bfloat16 takes several times longer than all the rest.
        with torch.autocast("cpu", enabled=False):
            attended = functional.scaled_dot_product_attention(
                query.float(), key.float(), value.float(), attn_mask=_attention_mask(present)
            )
        mixed = attended.transpose(1, 2).reshape(n, length, width)
        attended_states: Tensor = states + self.attention_out(mixed)
        outputs: Tensor = self.feed_forward(attended_states)
        return attended_states + outputs


def _attention_mask(present: Tensor) -> Tensor:
    # A row without phonemes attends everywhere: its vector is replaced by zero, and no NaN arises.
    return (present | ~present.any(dim=1, keepdim=True))[:, None, None, :]


class _Pooling(nn.Module):
    """Each learned query takes its own weighted mean of the sequence; a maximum joins them."""

    def __init__(self, config: PhonemeTowerConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.weights = nn.Linear(config.width, config.pooling_queries)
        self.out = nn.Linear((config.pooling_queries + 1) * config.width, config.dimension)

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        states = self.norm(states)
        absent = ~present.unsqueeze(-1)
        weights = self.weights(states).masked_fill(absent, -1e4).softmax(dim=1)
        means = torch.einsum("nlq,nlw->nqw", weights, states).flatten(1)
        maximum = states.masked_fill(absent, -1e4).amax(dim=1)
        pooled: Tensor = self.out(torch.cat([means, maximum], dim=1))
        return pooled
