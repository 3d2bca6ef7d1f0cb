"""A BERT encoder as an ONNX graph with 8-bit weights and activations, made from its weights.

Weights have one scale for each output column, activations one for each token:

    x W + b  ~  (scale_token * scale_column) * (q(x) q(W)) + b

ONNX Runtime's own dynamic quantisation takes one scale for all tokens of a batch, so that a text's
vector would depend on which others are encoded with it. One scale for each token makes it depend
on the text alone, to the last bit, in any batch and with any number of threads: sums of integers
have no order. Weights take 7 bits of the 8: products of two neighbours then never overflow the
16 bits that processors without VNNI add them in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from er_engine.search import FloatArray

# Raise it when the numbers that come out change: it is part of the encoder's fingerprint.
VERSION = "int8-token-1"
_LARGEST_WEIGHT = 63
_LARGEST_ACTIVATION = 127
_ZERO = 128  # activations are unsigned
# GELU is never below -0.17: shifted by this, all 8 bits serve what is positive.
_GELU_SHIFT = 0.17
_CONTRIB = "com.microsoft"

Weights = Callable[[str], FloatArray]


@dataclass(frozen=True, slots=True)
class BertSizes:
    """The sizes of a BERT encoder, as in its config.json."""

    width: int
    layers: int
    heads: int
    epsilon: float


def quantised_bert(weights: Weights, sizes: BertSizes) -> bytes:
    """Return a serialised ONNX model of all layers after the embeddings.

    Inputs: `states` float32 (n * length, width), `present` int32 (n, length), 1 for tokens and 0
    for padding, and `shape` int64 (3,), that is (n, length, 3 * width). Output: `states_out`
    float32 (n * length, width).

    Args:
        weights: gives a weight by its name in the Hugging Face format, float32.
        sizes: see `BertSizes`.
    """
    graph = _Graph(weights, sizes)
    states = "states"
    for number in range(sizes.layers):
        states = graph.layer(states, number)
    graph.rename_last(states, "states_out")
    return graph.serialised()


class _Graph:
    """Collects nodes and constants; every value has the name of what it is."""

    def __init__(self, weights: Weights, sizes: BertSizes) -> None:
        self._weights = weights
        self._sizes = sizes
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._constant("rows", np.array([-1, sizes.width], np.int64))
        self._constant("last_axis", np.array([-1], np.int64))
        self._constant("one", np.float32(1))
        self._constant("zero", np.uint8(0))
        self._constant("middle", np.uint8(_ZERO))
        self._constant("tiny", np.float32(1e-9))
        self._constant("per_step", np.float32(1 / _LARGEST_ACTIVATION))
        self._constant("per_unsigned_step", np.float32(1 / 255))
        self._constant("gelu_shift", np.float32(_GELU_SHIFT))

    def layer(self, states: str, number: int) -> str:
        """Add one transformer layer."""
        name, source = f"layer{number}", f"encoder.layer.{number}."
        own = f"{source}attention.self."
        parts = [f"{own}{part}" for part in ("query", "key", "value")]
        joined = self._quantised_linear(states, f"{name}.qkv", parts)
        cube = self._node("Reshape", [joined, "shape"], f"{name}.cube")
        queries, keys, values = (f"{name}.{part}" for part in ("query", "key", "value"))
        self._nodes.append(
            helper.make_node("Split", [cube], [queries, keys, values], axis=-1, num_outputs=3)
        )
        attended = self._contrib(
            "MultiHeadAttention",
            [queries, keys, values, "", "present"],
            f"{name}.attended",
            num_heads=self._sizes.heads,
        )
        mixed = self._node("Reshape", [attended, "rows"], f"{name}.mixed")
        out = self._quantised_linear(mixed, f"{name}.out", [f"{source}attention.output.dense"])
        middle = self._added(out, states, f"{source}attention.output.LayerNorm", f"{name}.middle")
        up = self._quantised_linear(middle, f"{name}.up", [f"{source}intermediate.dense"])
        active = self._contrib("Gelu", [up], f"{name}.gelu")
        down = self._quantised_linear(
            active, f"{name}.down", [f"{source}output.dense"], after_gelu=True
        )
        return self._added(down, middle, f"{source}output.LayerNorm", f"{name}.states")

    def rename_last(self, old: str, new: str) -> None:
        """Give the output its public name."""
        self._node("Identity", [old], new)

    def serialised(self) -> bytes:
        """The model as bytes."""
        width = self._sizes.width
        inputs = [
            helper.make_tensor_value_info("states", TensorProto.FLOAT, ["tokens", width]),
            helper.make_tensor_value_info("present", TensorProto.INT32, ["n", "length"]),
            helper.make_tensor_value_info("shape", TensorProto.INT64, [3]),
        ]
        outputs = [
            helper.make_tensor_value_info("states_out", TensorProto.FLOAT, ["tokens", width])
        ]
        graph = helper.make_graph(self._nodes, "bert", inputs, outputs, self._constants)
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        return bytes(model.SerializeToString())

    def _quantised_linear(
        self, states: str, name: str, sources: Sequence[str], after_gelu: bool = False
    ) -> str:
        weight = np.concatenate([self._weights(f"{source}.weight") for source in sources])
        bias = np.concatenate([self._weights(f"{source}.bias") for source in sources])
        columns, scales = quantise_rows(weight)
        if after_gelu:
            shift = np.float32(_GELU_SHIFT)
            bias = bias - shift * (columns.astype(np.float32) * scales[:, None]).sum(axis=1)
            numbers, steps = self._quantise_shifted(states, name)
        else:
            numbers, steps = self._quantise(states, name)
        product = self._contrib(
            "MatMulIntegerToFloat",
            [
                numbers,
                self._constant(f"{name}.weight", columns.T),
                "one",
                self._constant(f"{name}.scales", scales),
                "zero" if after_gelu else "middle",
            ],
            f"{name}.product",
        )
        scaled = self._node("Mul", [product, steps], f"{name}.scaled")
        return self._node("Add", [scaled, self._constant(f"{name}.bias", bias)], name)

    def _quantise(self, states: str, name: str) -> tuple[str, str]:
        sizes = self._node("Abs", [states], f"{name}.abs")
        return self._in_steps(states, sizes, "per_step", "middle", name)

    def _quantise_shifted(self, states: str, name: str) -> tuple[str, str]:
        shifted = self._node("Add", [states, "gelu_shift"], f"{name}.shifted")
        return self._in_steps(shifted, shifted, "per_unsigned_step", "zero", name)

    def _in_steps(
        self, states: str, sizes: str, per_step: str, zero: str, name: str
    ) -> tuple[str, str]:
        """The states in whole steps of each token, and how long these steps are."""
        largest = self._node("ReduceMax", [sizes, "last_axis"], f"{name}.largest", keepdims=1)
        step = self._node("Mul", [largest, per_step], f"{name}.step")
        step = self._node("Max", [step, "tiny"], f"{name}.safe_step")
        relative = self._node("Div", [states, step], f"{name}.relative")
        return self._node("QuantizeLinear", [relative, "one", zero], f"{name}.numbers"), step

    def _added(self, states: str, skipped: str, norm: str, name: str) -> str:
        return self._contrib(
            "SkipLayerNormalization",
            [
                states,
                skipped,
                self._constant(f"{name}.gain", self._weights(f"{norm}.weight")),
                self._constant(f"{name}.shift", self._weights(f"{norm}.bias")),
            ],
            name,
            epsilon=self._sizes.epsilon,
        )

    def _constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        # (not ascontiguousarray: it would give a number an axis)
        self._constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def _node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _contrib(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        return self._node(kind, inputs, output, domain=_CONTRIB, **attributes)


def quantise_rows(weight: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """Return int8 (n, m) of at most 7 bits and the float32 (n,) scales that give it back.

    Args:
        weight: float32 (n, m), one row for each output.
    """
    scales = np.maximum(np.abs(weight).max(axis=1) / _LARGEST_WEIGHT, 1e-12).astype(np.float32)
    return np.rint(weight / scales[:, None]).astype(np.int8), scales
