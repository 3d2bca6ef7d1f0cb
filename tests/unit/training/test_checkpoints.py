"""Checkpoints: all comes back; a stop while saving leaves the old one; a wrong one is refused."""

from __future__ import annotations

import errno
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from er_engine.errors import TrainingError
from tests.unit.training.tiny import CONFIG, RUN
from training import checkpoints
from training.checkpoints import (
    Checkpoint,
    load_checkpoint,
    moments_of,
    restore_moments,
    save_checkpoint,
)
from training.config import FitConfig


def checkpoint(step: int) -> Checkpoint:
    """Return a checkpoint that differs in each part by its step."""
    return Checkpoint(
        config=CONFIG.as_json(),
        data="ab12",
        step=step,
        log=[{"step": step, "loss": 0.1 * step}],
        weights={"w": torch.full((2, 3), float(step))},
        moments={"0.exp_avg": torch.full((3,), 0.5 * step), "0.step": torch.tensor(float(step))},
        neighbours={step: np.array([7, 8]), 9: np.array([1, step])},
    )


def assert_is(folder: Path, step: int) -> None:
    """The checkpoint in `folder` is that of `step`, in every part."""
    found, wanted = load_checkpoint(folder, CONFIG), checkpoint(step)
    assert found is not None
    assert (found.step, found.log) == (wanted.step, wanted.log)
    assert torch.equal(found.weights["w"], wanted.weights["w"])
    assert found.moments.keys() == wanted.moments.keys()
    assert all(torch.equal(found.moments[name], wanted.moments[name]) for name in wanted.moments)
    assert list(found.neighbours) == list(wanted.neighbours)
    assert all((found.neighbours[row] == wanted.neighbours[row]).all() for row in wanted.neighbours)


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    """Each part, also after it replaced an older one; nothing else is left in the folder."""
    for step in (1, 2):
        save_checkpoint(tmp_path / "last", checkpoint(step))
        assert_is(tmp_path / "last", step)
    assert [path.name for path in tmp_path.iterdir()] == ["last"]


def test_no_checkpoint_is_none(tmp_path: Path) -> None:
    """A first run starts without one; before the first mining there are no neighbours."""
    assert load_checkpoint(tmp_path / "last", CONFIG) is None
    save_checkpoint(tmp_path / "last", replace(checkpoint(1), neighbours={}))
    found = load_checkpoint(tmp_path / "last", CONFIG)
    assert found is not None
    assert found.neighbours == {}


def test_another_config_or_other_data_are_refused(tmp_path: Path) -> None:
    """The message says what to do."""
    save_checkpoint(tmp_path / "last", checkpoint(1))
    other = replace(CONFIG, run=replace(RUN, steps=99))
    with pytest.raises(TrainingError, match="made with another config; give another output"):
        load_checkpoint(tmp_path / "last", other)
    with pytest.raises(TrainingError, match=r"other data .* or delete .* to start anew"):
        load_checkpoint(tmp_path / "last", CONFIG, "cd34")
    assert load_checkpoint(tmp_path / "last", CONFIG, "ab12") is not None


def test_what_is_fitted_afterwards_may_change(tmp_path: Path) -> None:
    """Other sets to fit reranking on need no new encoder."""
    save_checkpoint(tmp_path / "last", checkpoint(1))
    fit = FitConfig(name="more", catalogs=("c.jsonl",), queries="q.jsonl")
    other = replace(CONFIG, fit=(fit,), prior_pull=1.0)
    assert load_checkpoint(tmp_path / "last", other) is not None


def test_a_checkpoint_of_an_older_version_is_taken_with_any_data(tmp_path: Path) -> None:
    """It says nothing of its data."""
    save_checkpoint(tmp_path / "last", replace(checkpoint(1), data=None))
    assert load_checkpoint(tmp_path / "last", CONFIG, "cd34") is not None


@pytest.mark.parametrize("name", ["record.json", "model.safetensors", "optimizer.safetensors"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, name: str) -> None:
    """A file that is missing or cut says so, without a traceback."""
    save_checkpoint(tmp_path / "last", checkpoint(1))
    file = tmp_path / "last" / name
    file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(TrainingError, match=r"is damaged .* delete it to start anew"):
        load_checkpoint(tmp_path / "last", CONFIG)
    file.unlink()
    with pytest.raises(TrainingError, match="is damaged"):
        load_checkpoint(tmp_path / "last", CONFIG)


@pytest.mark.parametrize("name", ["save_file", "fsync_file", "fsync_directory"])
def test_a_stop_while_writing_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """No space left, at whatever point before the swap; the next save succeeds."""
    save_checkpoint(tmp_path / "last", checkpoint(1))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, name, full)
        with pytest.raises(OSError, match="No space left"):
            save_checkpoint(tmp_path / "last", checkpoint(2))
    assert_is(tmp_path / "last", 1)
    save_checkpoint(tmp_path / "last", checkpoint(3))
    assert_is(tmp_path / "last", 3)


def test_a_stop_between_the_renames_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one is aside already and the new one not yet in place."""
    save_checkpoint(tmp_path / "last", checkpoint(1))
    rename = checkpoints.os.replace

    def stop(source: Path, target: Path) -> None:
        if target.name == "last":
            raise KeyboardInterrupt
        rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints.os, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            save_checkpoint(tmp_path / "last", checkpoint(2))
    assert not (tmp_path / "last").exists()
    assert_is(tmp_path / "last", 1)
    save_checkpoint(tmp_path / "last", checkpoint(3))
    shutil.rmtree(tmp_path / "last.new", ignore_errors=True)
    assert_is(tmp_path / "last", 3)


def test_an_optimizer_goes_on_where_it_was() -> None:
    """Two optimizers, one restored from the other's moments, make the same next step."""
    parameters = [torch.nn.Parameter(torch.ones(3)) for _ in range(2)]
    first, second = (torch.optim.AdamW([p], lr=0.1) for p in parameters)
    for _ in range(3):
        (parameters[0] ** 2).sum().backward()
        first.step()
    parameters[1].data.copy_(parameters[0].data)
    restore_moments(second, {name: value.clone() for name, value in moments_of(first).items()})
    for parameter, optimizer in zip(parameters, (first, second), strict=True):
        parameter.grad = torch.tensor([0.1, -0.2, 0.3])
        optimizer.step()
    assert torch.equal(parameters[0], parameters[1])
