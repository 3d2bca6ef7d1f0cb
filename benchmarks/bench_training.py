"""Time of one training step of the phoneme tower, in float32 and with mixed precision.

python -m benchmarks.bench_training [--steps N]

Forward and backward pass of 192 made-up pairs on one thread; drawing pairs and the optimizer, which
are the same for both, are left out. The two take turns, and the fastest step of each counts.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

import numpy as np
import torch

from er_engine.encoder.config import EncoderConfig
from er_engine.encoder.sizes import PhonemeTowerConfig
from er_engine.encoder.weighted_sum import WeightedSum
from er_engine.phonemes.inventory import SYMBOLS
from training.batches import Batch, Side
from training.config import LossConfig, RunConfig
from training.objective import Objective

PAIRS = 192
# Names have from 4 to 32 sounds.
SHORTEST, LONGEST = 4, 32
# The default model, and two larger towers.
SIZES = ((224, 2), (320, 3), (448, 3))


def main() -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=5, help="of each kind and size")
    steps = parser.parse_args().steps
    torch.set_num_threads(1)
    for width, layers in SIZES:
        plain, mixed = (min(taken) for taken in _seconds(width, layers, steps))
        print(
            f"width {width}, {layers} layers: float32 {plain:.2f} s, "
            f"mixed precision {mixed:.2f} s, {mixed / plain:.2f} of it"
        )
    return 0


def _seconds(width: int, layers: int, steps: int) -> Iterator[list[float]]:
    """Yield the seconds of each step, in float32 and then with mixed precision."""
    tower = PhonemeTowerConfig(dimension=192, width=width, layers=layers)
    batch = _batch(np.random.default_rng(1))
    objectives = []
    for mixed in (False, True):
        torch.manual_seed(1)
        module = WeightedSum(EncoderConfig(towers="phonetic", tower=tower))
        objectives.append(Objective(module, LossConfig(), RunConfig().scale, mixed))
    taken: list[list[float]] = [[], []]
    for _ in range(steps):
        for objective, seconds in zip(objectives, taken, strict=True):
            start = time.perf_counter()
            objective(batch).backward()  # type: ignore[no-untyped-call]
            seconds.append(time.perf_counter() - start)
    yield from taken


def _batch(random: np.random.Generator) -> Batch:
    sides = [_side(random) for _ in range(2)]
    ones = torch.ones(PAIRS)
    return Batch(*sides, ones, torch.zeros(PAIRS), torch.zeros(PAIRS, PAIRS, dtype=torch.bool))


def _side(random: np.random.Generator) -> Side:
    lengths = random.integers(SHORTEST, LONGEST + 1, PAIRS)
    sounds = [random.integers(3, len(SYMBOLS), n).astype(np.uint8) for n in lengths]
    return Side(sounds, torch.zeros(PAIRS, 1))


if __name__ == "__main__":
    sys.exit(main())
