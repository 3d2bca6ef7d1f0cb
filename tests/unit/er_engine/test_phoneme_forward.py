"""The phoneme tower in NumPy gives what torch trains, for every set of sizes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.encoder.phoneme_forward import PhonemeForward
from er_engine.encoder.phoneme_ids import padded_ids
from er_engine.encoder.phoneme_tower import PhonemeTower
from er_engine.encoder.sizes import PhonemeTowerConfig
from er_engine.phonemes.inventory import SYMBOLS

SOUNDS = st.lists(st.integers(2, len(SYMBOLS) - 1), max_size=40)
SIZES = st.builds(
    PhonemeTowerConfig,
    dimension=st.integers(1, 40),
    width=st.sampled_from([8, 24, 64]),
    layers=st.integers(0, 3),
    heads=st.sampled_from([1, 2, 4]),
    pooling_queries=st.integers(1, 5),
    dropout=st.just(0.1),
)


def towers(config: PhonemeTowerConfig, seed: int = 1) -> tuple[PhonemeTower, PhonemeForward]:
    """Return one tower twice, with biases and gains that aren't those of a fresh one."""
    torch.manual_seed(seed)
    tower = PhonemeTower(config).eval()
    with torch.no_grad():
        for value in tower.parameters():
            value += 0.05 * torch.randn_like(value)
    weights = {name: value.numpy() for name, value in tower.state_dict().items()}
    return tower, PhonemeForward(weights, config)


@settings(max_examples=40, deadline=None)
@given(SIZES, st.lists(SOUNDS, min_size=1, max_size=6))
def test_numpy_gives_what_torch_gives(config: PhonemeTowerConfig, rows: list[list[int]]) -> None:
    """To 1e-5, with padding and with rows without any sound, for all sizes."""
    tower, forward = towers(config)
    ids = padded_ids([np.array(row, dtype=np.uint8) for row in rows])
    with torch.inference_mode():
        wanted = tower(torch.from_numpy(ids)).numpy()
    vectors = forward(ids)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, wanted, atol=1e-5)


@pytest.mark.parametrize("width", [128, 256])
def test_large_towers_agree_over_long_names(width: int) -> None:
    """Four layers over 300 sounds."""
    config = PhonemeTowerConfig(dimension=192, width=width, layers=4, heads=8)
    tower, forward = towers(config)
    random = np.random.default_rng(1)
    ids = padded_ids([random.integers(2, len(SYMBOLS), size).astype(np.uint8) for size in (300, 7)])
    with torch.inference_mode():
        wanted = tower(torch.from_numpy(ids)).numpy()
    np.testing.assert_allclose(forward(ids), wanted, atol=1e-5)


def test_weights_of_other_sizes_are_refused() -> None:
    """A missing weight and one of another size are told by name."""
    config = PhonemeTowerConfig(dimension=8, width=8, layers=1, heads=2, pooling_queries=1)
    tower = PhonemeTower(config)
    weights = {name: value.detach().numpy() for name, value in tower.state_dict().items()}
    with pytest.raises(ValueError, match=r"pooling\.out\.weight has shape"):
        PhonemeForward(weights, PhonemeTowerConfig(9, 8, 1, 2, 1))
    del weights["layers.0.attention_out.bias"]
    with pytest.raises(KeyError, match="attention_out"):
        PhonemeForward(weights, config)
