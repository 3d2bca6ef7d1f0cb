"""The smallest training that is still one: a few names, heard a few ways, a toy encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from er_engine.encoder.config import EncoderConfig
from er_engine.encoder.sizes import PhonemeTowerConfig
from er_engine.encoder.weighted_sum import WeightedSum
from er_engine.types import Pronunciation
from tests.unit.index.builds import SpellingG2P
from training.config import DataConfig, LossConfig, PairConfig, RunConfig, TrainingConfig
from training.confusion.counting import empty_table
from training.examples import Examples, Utterance
from training.form_table import FormTable, make_form_table
from training.progress import Progress
from training.trainer import Trainer

QUIET = Progress(quiet=True)
TOWER = PhonemeTowerConfig(dimension=16, width=16, layers=1, heads=2, pooling_queries=2)
NAMES = (
    "vito lomaro",
    "rena sobel",
    "tim banter",
    "tom banner",
    "nora wilde",
    "lou farrell",
    "ada moss",
    "ivo hart",
)
HEARD = tuple(
    Utterance(name, (name.replace("o", "u"), name.replace("n", "m"), name), (name,))
    for name in NAMES
)
HELD_OUT = ("edo mabel", "una frost", "zoe hill")
EXAMPLES = Examples(
    utterances=HEARD,
    names=NAMES,
    held_out=tuple(Utterance(name, (name.replace("e", "i"),), (name,)) for name in HELD_OUT),
    held_out_names=HELD_OUT,
)
RUN = RunConfig(
    steps=6,
    batch_size=8,
    warmup_steps=2,
    evaluate_every=2,
    mine_every=3,
    mine_entities=6,
    learning_rate=5e-3,
)
CONFIG = TrainingConfig(data=DataConfig(nbest=("none.jsonl",)), pairs=PairConfig(), run=RUN)


class SpelledWords(SpellingG2P):
    """Every known letter is its own phoneme; nothing but symbols has no pronunciation."""

    def pronounce(self, spoken: Sequence[str]) -> list[tuple[Pronunciation, ...]]:
        """At most one pronunciation for each text."""
        return [readings if readings[0] else () for readings in super().pronounce(spoken)]


def make_module(towers: str = "phonetic", seed: int = 1) -> WeightedSum:
    """Return an untrained phonetic encoder, always the same for one seed."""
    assert towers == "phonetic", "the semantic tower takes seconds to load"
    torch.manual_seed(seed)
    return WeightedSum(EncoderConfig(towers="phonetic", tower=TOWER))


def make_table(folder: Path, examples: Examples = EXAMPLES) -> FormTable:
    """Return the forms of some examples, without a semantic tower."""
    return make_form_table(examples.texts(), SpelledWords(), None, folder, QUIET)


def make_trainer(
    folder: Path,
    run: RunConfig = RUN,
    examples: Examples = EXAMPLES,
    module: WeightedSum | None = None,
    loss: LossConfig | None = None,
) -> Trainer:
    """Return a trainer that keeps its checkpoints in `folder`."""
    return Trainer(
        module or make_module(),
        replace(CONFIG, run=run, loss=loss or LossConfig()),
        examples,
        make_table(folder, examples),
        empty_table(),
        folder,
        QUIET,
    )
