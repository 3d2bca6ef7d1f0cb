"""The training loop: repeatable, resumable to the last bit, and stopped early when it is time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.unit.training.tiny import CONFIG, EXAMPLES, RUN, make_module, make_table, make_trainer
from training import trainer as trainer_module
from training.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from training.config import LOSSES, LossConfig, RunConfig, TrainingConfig
from training.examples import Examples, Utterance
from training.trainer import held_out_error


class StoppedError(Exception):
    """Stands for Ctrl-C or a lost machine."""


def weights_of(folder: Path, run: RunConfig = RUN, seed: int = 1) -> dict[str, Tensor]:
    """Train in `folder` and return the weights of its last checkpoint."""
    module = make_module(seed=seed)
    make_trainer(folder, run, module=module).train()
    last = load_checkpoint(folder / "last", trained_config(run))
    assert last is not None
    return last.weights


def trained_config(run: RunConfig) -> TrainingConfig:
    """Return the config that `make_trainer` uses."""
    return replace(CONFIG, run=run)


def assert_same(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    """Every weight agrees in every bit."""
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert torch.equal(found[name], value), name


def stop_after_checkpoint(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the training end in an error as soon as the checkpoint of this step is on the disk."""

    def save(folder: Path, checkpoint: Checkpoint) -> None:
        save_checkpoint(folder, checkpoint)
        if folder.name == "last" and checkpoint.step == step:
            raise StoppedError

    monkeypatch.setattr(trainer_module, "save_checkpoint", save)


def test_training_changes_the_weights_and_lowers_the_loss(tmp_path: Path) -> None:
    """Thirty steps on eight names are enough to learn something."""
    module = make_module()
    before = module.own_weights()["phonetic.embedding.weight"].clone()
    log = make_trainer(tmp_path, replace(RUN, steps=30, evaluate_every=10), module=module).train()
    assert [record["step"] for record in log] == [10, 20, 30]
    assert log[-1]["loss"] < log[0]["loss"]
    assert not torch.equal(module.own_weights()["phonetic.embedding.weight"], before)


def test_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    """Two runs of one config agree in every weight; another seed gives other weights."""
    first = weights_of(tmp_path / "a")
    assert_same(weights_of(tmp_path / "b"), first)
    other = weights_of(tmp_path / "c", replace(RUN, seed=5))
    assert not torch.equal(
        other["phonetic.pooling.out.weight"], first["phonetic.pooling.out.weight"]
    )


def test_mixed_precision_learns_nearly_the_same(tmp_path: Path) -> None:
    """Its losses are near those of float32, not equal, its weights float32, and every run alike."""
    slow = replace(RUN, learning_rate=1e-4)
    run = replace(slow, mixed_precision=True)
    plain = make_trainer(tmp_path / "plain", slow).train()
    module = make_module()
    mixed = make_trainer(tmp_path / "mixed", run, module=module).train()
    losses = [[record["loss"] for record in log] for log in (mixed, plain)]
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.01)
    assert {value.dtype for value in module.own_weights().values()} == {torch.float32}
    assert_same(weights_of(tmp_path / "again", run), module.own_weights())


@pytest.mark.parametrize("step", [2, 4, 6, 8])
def test_a_resumed_run_ends_like_an_unbroken_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Weights and log agree, whether the stop comes before, at or between the minings."""
    run = replace(RUN, steps=9, mine_every=4)
    unbroken = make_trainer(tmp_path / "unbroken", run).train()
    with monkeypatch.context() as patched:
        stop_after_checkpoint(patched, step)
        with pytest.raises(StoppedError):
            make_trainer(tmp_path / "resumed", run).train()
    # Other weights at the start: all that counts must come from the checkpoint.
    resumed = make_trainer(tmp_path / "resumed", run, module=make_module(seed=99)).train()
    assert resumed == unbroken
    found = load_checkpoint(tmp_path / "resumed" / "last", trained_config(run))
    wanted = load_checkpoint(tmp_path / "unbroken" / "last", trained_config(run))
    assert found is not None
    assert wanted is not None
    assert_same(found.weights, wanted.weights)
    assert_same(found.moments, wanted.moments)


def test_a_finished_run_is_not_trained_further(tmp_path: Path) -> None:
    """Started again, it returns the same log and weights."""
    module, again = make_module(), make_module(seed=7)
    log = make_trainer(tmp_path, module=module).train()
    assert make_trainer(tmp_path, module=again).train() == log
    assert_same(again.own_weights(), module.own_weights())


def test_training_stops_when_held_out_error_does_not_fall(tmp_path: Path) -> None:
    """With steps too small to change anything, patience runs out after as many evaluations."""
    run = replace(RUN, steps=100, evaluate_every=2, patience=3, learning_rate=1e-12)
    log = make_trainer(tmp_path, run).train()
    assert log[0]["error_at_1"] < 1
    assert [record["step"] for record in log] == [2, 4, 6, 8]


@pytest.mark.parametrize(("steps", "kept"), [(6, "last"), (100, "best")])
def test_a_run_that_stops_early_returns_its_best_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, kept: str
) -> None:
    """And one that ends at its last step the last ones; the best's checkpoint has weights alone."""
    errors = iter([0.5, 0.25, 0.75])
    monkeypatch.setattr(trainer_module, "held_out_error", lambda *_: next(errors))
    module, run = make_module(), replace(RUN, steps=steps, patience=1)
    make_trainer(tmp_path, run, module=module).train()
    best = load_checkpoint(tmp_path / "best", trained_config(run))
    last = load_checkpoint(tmp_path / "last", trained_config(run))
    assert best is not None
    assert last is not None
    assert (best.step, last.step) == (4, 6)
    assert last.moments
    assert not best.moments
    assert not best.neighbours
    assert_same(module.own_weights(), best.weights if kept == "best" else last.weights)


def test_held_out_error_counts_ties_against_the_model(tmp_path: Path) -> None:
    """Two held-out names with the same sounds can't be told apart: both are errors."""
    examples = Examples(
        utterances=EXAMPLES.utterances,
        names=EXAMPLES.names,
        held_out=(Utterance("q una", ("una",), ("q una",)), Utterance("zoe", ("zoe",), ("zoe",))),
        held_out_names=("q una", "una", "zoe"),
    )
    # The letter q has no sound here.
    table = make_table(tmp_path, examples)
    assert held_out_error(make_module(), table, examples) == 0.5
    nothing = replace(examples, held_out=(), held_out_names=())
    assert held_out_error(make_module(), table, nothing) == 1.0


@pytest.mark.parametrize("kind", [kind for kind in LOSSES if kind != "plain"])
def test_every_loss_trains(tmp_path: Path, kind: str) -> None:
    """It changes the weights, and does so in the same way twice."""
    loss = LossConfig(kind, 0.0 if kind == "brier" else 0.5)
    module, again = make_module(), make_module()
    before = module.own_weights()["phonetic.embedding.weight"].clone()
    log = make_trainer(tmp_path / "a", module=module, loss=loss).train()
    assert make_trainer(tmp_path / "b", module=again, loss=loss).train() == log
    assert_same(again.own_weights(), module.own_weights())
    assert not torch.equal(module.own_weights()["phonetic.embedding.weight"], before)


def test_a_helper_is_resumed_and_never_part_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A label-free run that was stopped ends as an unbroken one; checkpoints have the helper."""
    loss = LossConfig("label_free", 1.0)
    unbroken = make_module()
    log = make_trainer(tmp_path / "unbroken", module=unbroken, loss=loss).train()
    with monkeypatch.context() as patched:
        stop_after_checkpoint(patched, 4)
        with pytest.raises(StoppedError):
            make_trainer(tmp_path / "resumed", loss=loss).train()
    resumed = make_module(seed=99)
    assert make_trainer(tmp_path / "resumed", module=resumed, loss=loss).train() == log
    assert_same(resumed.own_weights(), unbroken.own_weights())
    last = load_checkpoint(tmp_path / "resumed" / "last", replace(CONFIG, run=RUN, loss=loss))
    assert last is not None
    assert {name.removeprefix("helper.") for name in last.weights} == set(unbroken.own_weights())
    assert len(last.weights) == 2 * len(unbroken.own_weights())
