"""Reading a training config: a TOML file, checked before anything is trained."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from er_engine.encoder.config import Towers
from er_engine.errors import ConfigError
from training.config import (
    LOSSES,
    DataConfig,
    FitConfig,
    LossConfig,
    PairConfig,
    RunConfig,
    TowerSettings,
    TrainingConfig,
)

T = TypeVar("T")


def read_config(path: Path, fit_only: bool = False) -> TrainingConfig:
    """Read and check a TOML training config.

    Args:
        path: the file.
        fit_only: whether only `[[fit]]` is wanted; then the section `[data]` may be missing.

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
    if fit_only:
        values.setdefault("data", {"nbest": []})
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
    if not fit_only and not config.data.nbest:
        raise ConfigError(f"{path}: [data] nbest names no file")
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
    "Towers": ("a text", lambda value: isinstance(value, str)),
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
        (
            sizes.towers in get_args(Towers),
            f"[encoder] towers is unknown; known are {', '.join(get_args(Towers))}",
        ),
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
