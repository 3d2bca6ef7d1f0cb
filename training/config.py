"""The values of a training config, which say everything that shapes a model."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from er_engine.encoder.config import PACKAGED_MINILM, Towers
from er_engine.encoder.sizes import PhonemeTowerConfig
from er_engine.phonemes.inventory import INVENTORY_VERSION


@dataclass(frozen=True, slots=True)
class DataConfig:
    """Which files are read. Paths are relative to the config file.

    `nbest` are query files with `reference` or names in `catalogs`; `catalogs` give further names
    for confusions and negatives. One entity in `held_out_one_in` (by a hash of its spoken form) is
    never trained on. Hypotheses that sound less like the name than `min_similarity` (0 to 1) are
    not what was said, and left out.
    """

    nbest: tuple[str, ...]
    catalogs: tuple[str, ...] = ()
    held_out_one_in: int = 10
    max_hypotheses: int = 6
    min_similarity: float = 0.3


@dataclass(frozen=True, slots=True)
class PairConfig:
    """What a batch is made of: shares of pairs, and how strong synthetic confusions are.

    `recordings` is the share of names that come from recordings of real recognisers, where such are
    given; `recorded_noise` the share of recorded hypotheses that are confused a little more, so
    that few recordings teach more than themselves. Without `nbest` nothing that was ever heard is
    trained on, only synthetic confusions: for comparison.
    """

    nbest: bool = True
    hypothesis_pairs: float = 0.15
    synthetic: float = 0.25
    partial: float = 0.15
    extra_words: float = 0.08
    confusion_rate: float = 0.2
    recordings: float = 0.08
    recorded_noise: float = 0.3
    neighbours: int = 4
    false_negative_similarity: float = 0.9


@dataclass(frozen=True, slots=True)
class TowerSettings(PhonemeTowerConfig):
    """Sizes of the encoder and which towers it has (sum, phonetic or semantic)."""

    towers: Towers = "sum"
    semantic_model: str = PACKAGED_MINILM

    def sizes(self) -> PhonemeTowerConfig:
        """The sizes alone."""
        names = [item.name for item in dataclasses.fields(PhonemeTowerConfig)]
        return PhonemeTowerConfig(**{name: getattr(self, name) for name in names})


@dataclass(frozen=True, slots=True)
class RunConfig:
    """How long and how fast. `threads` of 0 leaves the choice to torch.

    `mixed_precision` multiplies matrices in bfloat16: fast on processors that do so in hardware
    (AMX), slow on others. Weights, losses and everything else stay in float32.
    """

    seed: int = 20_26
    steps: int = 6_000
    batch_size: int = 192
    learning_rate: float = 2e-3
    warmup_steps: int = 300
    weight_decay: float = 0.01
    scale: float = 20.0
    evaluate_every: int = 500
    mine_every: int = 1_000
    mine_entities: int = 20_000
    patience: int = 5
    threads: int = 0
    mixed_precision: bool = False


LOSSES = ("plain", "smoothing", "noise_layer", "active_passive", "brier", "label_free")


@dataclass(frozen=True, slots=True)
class LossConfig:
    """The loss of the encoder; all but `plain` are for pairs that may be wrong.

    What `strength` (0 to 1) is depends on the kind: see training/row_losses.py, and
    training/objective.py for `label_free`. benchmarks/noisy_pairs.md compares them.
    """

    kind: str = "plain"
    strength: float = 0.0


@dataclass(frozen=True, slots=True)
class FitConfig:
    """One domain to fit reranking and calibration on: queries whose entities are not trained on.

    `catalogs` together are what is searched, or `sample` of their entities (0 takes all) with the
    right ones among them; at most `limit` queries are used, evenly spread. `span_errors` makes
    wrong spans (see training/spans.py).
    """

    name: str
    catalogs: tuple[str, ...]
    queries: str
    surface_forms: tuple[str, ...] = ()
    limit: int = 600
    sample: int = 0
    span_errors: bool = False


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """A whole training config. Without any `fit`, held-out utterances of the data serve for it.

    `prior_pull` holds the reranking weights to a plain sum of similarities, in units of loss per
    squared difference of weights. Lower it (1, or 0.1) where the fit queries come from the very
    recogniser that will be served.
    """

    data: DataConfig
    fit: tuple[FitConfig, ...] = ()
    lang: str = "en"
    g2p: tuple[str, ...] = ("lexicon", "neural")
    prior_pull: float = 50.0
    pairs: PairConfig = field(default_factory=PairConfig)
    encoder: TowerSettings = field(default_factory=TowerSettings)
    run: RunConfig = field(default_factory=RunConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    inventory_version: str = field(default=INVENTORY_VERSION, init=False)

    def as_json(self) -> dict[str, Any]:
        """Plain values, stored in every checkpoint."""
        return dataclasses.asdict(self)
