"""Checkpoints: weights and optimizer state as safetensors, with the full config beside them."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from er_engine.errors import TrainingError
from er_engine.files import fsync_directory, fsync_file
from training.config import TrainingConfig

WEIGHTS, OPTIMIZER, RECORD = "model.safetensors", "optimizer.safetensors", "record.json"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything needed to go on: `optimizer` on saving, `moments` on loading."""

    config: dict[str, Any]
    step: int
    log: list[dict[str, float]]
    weights: dict[str, Tensor]
    optimizer: torch.optim.Optimizer | None = None
    moments: dict[str, Tensor] = field(default_factory=dict)

    def restore(self, optimizer: torch.optim.Optimizer) -> None:
        """Give an optimizer over the same parameters its moments back."""
        state = optimizer.state_dict()
        restored: dict[int, dict[str, Tensor]] = {}
        for key, value in self.moments.items():
            index, name = key.split(".", 1)
            restored.setdefault(int(index), {})[name] = value
        optimizer.load_state_dict({"state": restored, "param_groups": state["param_groups"]})


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write to a temporary folder, fsync, swap in: a stop in between leaves the old one."""
    temporary = folder.with_name(folder.name + ".new")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    save_file(checkpoint.weights, temporary / WEIGHTS)
    if checkpoint.optimizer is not None:
        save_file(_moments(checkpoint.optimizer), temporary / OPTIMIZER)
    record = {"config": checkpoint.config, "step": checkpoint.step, "log": checkpoint.log}
    (temporary / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
    for file in temporary.iterdir():
        fsync_file(file)
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(temporary, folder)
    fsync_directory(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: Path, config: TrainingConfig) -> Checkpoint | None:
    """Return the checkpoint in `folder`, or None where there is none.

    Raises:
        TrainingError: it was made with another config.
    """
    if not (folder / RECORD).is_file():
        return None
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    # Through JSON and back, because tuples become lists there.
    if record["config"] != json.loads(json.dumps(config.as_json())):
        raise TrainingError(
            f"{folder} was made with another config; give another output folder, "
            "or delete that one to start anew"
        )
    return Checkpoint(
        config=record["config"],
        step=record["step"],
        log=record["log"],
        weights=load_file(folder / WEIGHTS),
        moments=load_file(folder / OPTIMIZER) if (folder / OPTIMIZER).is_file() else {},
    )


def _moments(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"{index}.{name}": value.contiguous()
        for index, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
        if isinstance(value, Tensor)
    }
