"""Checkpoints: all that training needs to go on as if it had never stopped.

Weights, optimizer state and mined neighbours are safetensors files, with the full config, the step
and the log beside them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from er_engine.errors import TrainingError
from er_engine.files import fsync_directory, fsync_file
from training.config import TrainingConfig
from training.examples import Examples
from training.form_table import FormTable

WEIGHTS, MOMENTS, NEIGHBOURS, RECORD = (
    "model.safetensors",
    "optimizer.safetensors",
    "neighbours.safetensors",
    "record.json",
)
Neighbours = dict[int, NDArray[np.int64]]
# Parts of a config that only matter once the encoder is trained.
FITTED_LATER = ("fit", "prior_pull")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything needed to go on.

    `data` is a digest of what is trained on (see `data_digest`; checkpoints of older versions have
    none, and are taken with any data). `moments` are those of the optimizer (see `moments_of`),
    `neighbours` are mined for each row, equally many for all.
    """

    config: dict[str, Any]
    data: str | None
    step: int
    log: list[dict[str, float]]
    weights: dict[str, Tensor]
    moments: dict[str, Tensor]
    neighbours: Neighbours


def data_digest(examples: Examples, table: FormTable) -> str:
    """Hex digest of all utterances, names and pronunciations of a training."""
    digest = hashlib.sha256(json.dumps(asdict(examples)).encode())
    for readings in table.pronunciations:
        digest.update(b"\n".join(reading.tobytes() for reading in readings) + b"\n\n")
    return digest.hexdigest()


def without_state(checkpoint: Checkpoint) -> Checkpoint:
    """Return the weights alone, without what only going on needs: two thirds of the size."""
    return replace(checkpoint, moments={}, neighbours={})


def moments_of(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimizer's state by `parameter number.name`."""
    return {
        f"{index}.{name}": value.contiguous()
        for index, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
        if isinstance(value, Tensor)
    }


def restore_moments(optimizer: torch.optim.Optimizer, moments: Mapping[str, Tensor]) -> None:
    """Give an optimizer over the same parameters its state back."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in moments.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write to a temporary folder, fsync, swap in: a stop in between leaves the old one."""
    temporary = folder.with_name(folder.name + ".new")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    save_file(checkpoint.weights, temporary / WEIGHTS)
    save_file(checkpoint.moments, temporary / MOMENTS)
    save_file(_as_tensors(checkpoint.neighbours), temporary / NEIGHBOURS)
    record = {name: getattr(checkpoint, name) for name in ("config", "data", "step", "log")}
    (temporary / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
    for file in temporary.iterdir():
        fsync_file(file)
    fsync_directory(temporary)
    old = _aside(folder)
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
        os.replace(folder, old)
    os.replace(temporary, folder)
    fsync_directory(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(
    folder: Path, config: TrainingConfig, data: str | None = None
) -> Checkpoint | None:
    """Return the checkpoint in `folder`, or None where there is none.

    Args:
        folder: of one checkpoint, beside others of the same training.
        config: what it must have been made with.
        data: the digest that it must have; None takes any.

    Raises:
        TrainingError: it was made with another config or other data, or it is damaged.
    """
    if not folder.exists():
        folder = _aside(folder)  # saving stopped between its two renames
    if not folder.exists():
        return None
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        found = Checkpoint(
            config=record["config"],
            data=record.get("data"),
            step=record["step"],
            log=record["log"],
            weights=load_file(folder / WEIGHTS),
            moments=load_file(folder / MOMENTS),
            neighbours=_from_tensors(load_file(folder / NEIGHBOURS)),
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise TrainingError(
            f"checkpoint {folder} is damaged ({error}); delete it to start anew"
        ) from error
    # Through JSON and back, because tuples become lists there.
    asked = json.loads(json.dumps(config.as_json()))
    other_config = _of_encoder(found.config) != _of_encoder(asked)
    other_data = None not in (data, found.data) and data != found.data
    if other_config or other_data:
        other = "another config" if other_config else "other data (files, recordings or readings)"
        raise TrainingError(
            f"{folder} was made with {other}; give another output folder, "
            f"or delete {folder.parent} to start anew"
        )
    return found


def _of_encoder(config: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is fitted once the encoder is trained, which may change in between."""
    return {name: value for name, value in config.items() if name not in FITTED_LATER}


def _aside(folder: Path) -> Path:
    return folder.with_name(folder.name + ".old")


def _as_tensors(neighbours: Neighbours) -> dict[str, Tensor]:
    return {
        "rows": torch.tensor(list(neighbours), dtype=torch.int64),
        "near": torch.from_numpy(np.array(list(neighbours.values()), dtype=np.int64)),
    }


def _from_tensors(tensors: Mapping[str, Tensor]) -> Neighbours:
    return dict(zip(tensors["rows"].tolist(), tensors["near"].numpy(), strict=True))
