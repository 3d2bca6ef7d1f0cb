"""The phoneme tower's forward pass in NumPy, for serving without torch.

The same numbers as `er_engine.encoder.phoneme_tower`, which explains the network and trains it; a
test holds the two together for every set of sizes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from er_engine.encoder.sizes import PhonemeTowerConfig
from er_engine.phonemes.inventory import PADDING_ID
from er_engine.search import FloatArray, unit_length

_EPSILON = np.float32(1e-5)  # of a LayerNorm in torch
_NEVER = np.float32(-1e4)

Mask = NDArray[np.bool_]


class PhonemeForward:
    """Phoneme ids int64 (n, length), 0 where padded, to float32 (n, dimension) of unit length."""

    def __init__(self, weights: Mapping[str, FloatArray], config: PhonemeTowerConfig) -> None:
        """Take the weights of a `PhonemeTower`, by their names there.

        Raises:
            KeyError: a weight is missing.
            ValueError: a weight doesn't have the size that `config` says.
        """
        self._config = config
        self._weights = {name: np.asarray(weights[name], np.float32) for name in _shapes(config)}
        for name, shape in _shapes(config).items():
            if self._weights[name].shape[-len(shape) :] != shape:
                raise ValueError(f"{name} has shape {self._weights[name].shape}, not {shape}")

    def __call__(self, ids: NDArray[np.int64]) -> FloatArray:
        """See the class. Padding is at the ends of rows, and costs next to nothing."""
        present = ids != PADDING_ID
        states = self._weights["embedding.weight"][ids[present]]
        for number in range(2):
            states = self._convolution(states, present, f"convolutions.{number}")
        places = np.nonzero(present)[1]
        states = states + _positions(ids.shape[1], self._config.width)[places]
        for number in range(self._config.layers):
            states = self._layer(states, present, f"layers.{number}")
        vectors = unit_length(self._pooling(states, present))
        return np.where(present.any(axis=1, keepdims=True), vectors, np.float32(0))

    # In these steps states are float32 (phonemes of all rows, width), one row after the other.

    def _convolution(self, states: FloatArray, present: Mask, name: str) -> FloatArray:
        inputs = self._norm(states, f"{name}.norm")
        before, after = np.zeros_like(inputs), np.zeros_like(inputs)
        rows = np.nonzero(present)[0]
        same_row = (rows[1:] == rows[:-1])[:, None]
        before[1:] = inputs[:-1] * same_row
        after[:-1] = inputs[1:] * same_row
        outputs = self._linear(np.concatenate([before, inputs, after], axis=-1), f"{name}.linear")
        return states + np.maximum(outputs, 0, out=outputs)

    def _layer(self, states: FloatArray, present: Mask, name: str) -> FloatArray:
        n, length = present.shape
        normal = self._norm(states, f"{name}.attention_norm")
        projected = _spread(self._linear(normal, f"{name}.query_key_value"), present)
        cube = projected.reshape(n, length, 3, self._config.heads, -1).transpose(2, 0, 3, 1, 4)
        query, key, value = cube
        logits = query @ key.swapaxes(-1, -2) * np.float32(1 / math.sqrt(query.shape[-1]))
        # A row without phonemes attends everywhere: its vector is replaced by zero in the end.
        attended_to = present | ~present.any(axis=1, keepdims=True)
        shares = _softmax(np.where(attended_to[:, None, None, :], logits, -np.inf), axis=-1)
        mixed = (shares @ value).swapaxes(1, 2).reshape(n, length, -1)[present]
        states = states + self._linear(mixed, f"{name}.attention_out")
        inner = self._linear(self._norm(states, f"{name}.feed_forward.0"), f"{name}.feed_forward.1")
        return states + self._linear(np.maximum(inner, 0, out=inner), f"{name}.feed_forward.3")

    def _pooling(self, states: FloatArray, present: Mask) -> FloatArray:
        states = self._norm(states, "pooling.norm")
        absent = ~present[:, :, None]
        spread = _spread(states, present)
        logits = np.where(absent, _NEVER, _spread(self._linear(states, "pooling.weights"), present))
        shares = _softmax(logits, axis=1)
        means = (shares.swapaxes(1, 2) @ spread).reshape(len(spread), -1)
        maximum = np.where(absent, _NEVER, spread).max(axis=1)
        return self._linear(np.concatenate([means, maximum], axis=1), "pooling.out")

    def _norm(self, states: FloatArray, name: str) -> FloatArray:
        centred: FloatArray = states - states.mean(axis=-1, keepdims=True)
        variance = np.einsum("...w,...w->...", centred, centred)[..., None] / states.shape[-1]
        centred /= np.sqrt(variance + _EPSILON)
        centred *= self._weights[f"{name}.weight"]
        centred += self._weights[f"{name}.bias"]
        return centred

    def _linear(self, states: FloatArray, name: str) -> FloatArray:
        flat: FloatArray = states.reshape(-1, states.shape[-1]) @ self._weights[f"{name}.weight"].T
        flat += self._weights[f"{name}.bias"]
        return flat.reshape((*states.shape[:-1], flat.shape[-1]))


def _shapes(config: PhonemeTowerConfig) -> dict[str, tuple[int, ...]]:
    """The shape of each weight, except how many phonemes there are."""
    width, pooled = config.width, config.pooling_queries
    linears = {"pooling.weights": (pooled, width)}
    linears["pooling.out"] = (config.dimension, (pooled + 1) * width)
    norms = ["pooling.norm"]
    for number in range(2):
        linears[f"convolutions.{number}.linear"] = (width, 3 * width)
        norms.append(f"convolutions.{number}.norm")
    for number in range(config.layers):
        name = f"layers.{number}"
        linears[f"{name}.query_key_value"] = (3 * width, width)
        linears[f"{name}.attention_out"] = (width, width)
        linears[f"{name}.feed_forward.1"] = (2 * width, width)
        linears[f"{name}.feed_forward.3"] = (width, 2 * width)
        norms += [f"{name}.attention_norm", f"{name}.feed_forward.0"]
    return {
        "embedding.weight": (width,),
        **{f"{name}.weight": shape for name, shape in linears.items()},
        **{f"{name}.bias": shape[:1] for name, shape in linears.items()},
        **{f"{name}.{part}": (width,) for name in norms for part in ("weight", "bias")},
    }


def _spread(states: FloatArray, present: Mask) -> FloatArray:
    """States of phonemes to float32 (n, length, width), 0 where padded."""
    spread = np.zeros((*present.shape, states.shape[-1]), dtype=np.float32)
    spread[present] = states
    return spread


def _positions(length: int, width: int) -> FloatArray:
    rates = np.exp(np.arange(0, width, 2, dtype=np.float32) * np.float32(-math.log(1e4) / width))
    angles = np.arange(length, dtype=np.float32)[:, None] * rates
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(length, width)


def _softmax(logits: FloatArray, axis: int) -> FloatArray:
    shares = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return np.asarray(shares / shares.sum(axis=axis, keepdims=True), dtype=np.float32)
