"""The training loop: draw pairs, step, mine, evaluate on held-out names, stop early."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from er_engine.encoder.weighted_sum import WeightedSum
from er_engine.phonemes.confusion_table import ConfusionTable
from training.batches import BatchMaker
from training.checkpoints import (
    Checkpoint,
    data_digest,
    load_checkpoint,
    moments_of,
    restore_moments,
    save_checkpoint,
    without_state,
)
from training.config import RunConfig, TrainingConfig
from training.examples import Examples
from training.form_table import FormTable
from training.mining import encode_rows, mine_neighbours
from training.objective import Objective
from training.progress import Progress

# Held-out queries and names that one evaluation looks at.
EVALUATED_QUERIES = 1_500


@dataclass(slots=True)
class _State:
    step: int = 0
    best_error: float = 1.0
    best_step: int = 0


class Trainer:
    """Trains one encoder; can be stopped at any time and resumed from its last checkpoint."""

    def __init__(
        self,
        module: WeightedSum,
        config: TrainingConfig,
        examples: Examples,
        table: FormTable,
        confusions: ConfusionTable | None,
        work_folder: Path,
        progress: Progress,
    ) -> None:
        self._module = module
        self._config = config
        self._run: RunConfig = config.run
        self._table = table
        self._examples = examples
        self._folder = work_folder
        self._progress = progress
        self._batches = BatchMaker(
            table,
            examples.utterances,
            examples.names,
            config.pairs,
            config.data.min_similarity,
            examples.recorded,
            confusions,
        )
        self._objective = Objective(
            module, config.loss, config.run.scale, config.run.mixed_precision
        )
        self._optimizer = torch.optim.AdamW(
            self._objective.parameters(),
            lr=self._run.learning_rate,
            weight_decay=self._run.weight_decay,
        )
        self._data = data_digest(examples, table)
        self._state = _State()
        self._log: list[dict[str, float]] = []

    def train(self) -> list[dict[str, float]]:
        """Train until the last step, or until held-out error stops falling.

        At the last step the learning rate has fallen to 0, and its weights are kept: held-out error
        among the evaluations before differs by chance as much as by merit. A run that is stopped
        has nothing of the kind, and gets the best weights so far.

        Returns:
            One record per evaluation: step, loss, held-out error rate at 1, weight of the
            phonetic tower.
        """
        self._resume()
        losses: list[float] = []
        while self._state.step < self._run.steps and not self._out_of_patience():
            if self._state.step % self._run.mine_every == 0 and self._state.step > 0:
                self._mine()
            losses.append(self._step())
            self._progress.say_again(f"step {self._state.step} of {self._run.steps}")
            if self._state.step % self._run.evaluate_every == 0:
                self._evaluate(float(np.mean(losses)))
                losses = []
        if losses:
            self._evaluate(float(np.mean(losses)))
        if self._state.step < self._run.steps:
            self._load_best()
        return self._log

    def _load_best(self) -> None:
        best = load_checkpoint(self._folder / "best", self._config, self._data)
        if best is not None:
            self._objective.load(best.weights)

    def _out_of_patience(self) -> bool:
        waited = (self._state.step - self._state.best_step) // self._run.evaluate_every
        return self._state.best_step > 0 and waited >= self._run.patience

    def _step(self) -> float:
        self._state.step += 1
        # One generator per step, so that a resumed run draws what an unbroken one would have.
        random = np.random.default_rng([self._run.seed, self._state.step])
        torch.manual_seed(self._run.seed * 1_000_003 + self._state.step)
        batch = self._batches.draw(self._run.batch_size, random)
        for group in self._optimizer.param_groups:
            group["lr"] = self._run.learning_rate * self._schedule()
        loss = self._objective(batch)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for module in self._objective.modules:
            torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        self._optimizer.step()
        return float(loss.item())

    def _schedule(self) -> float:
        step, run = self._state.step, self._run
        if step < run.warmup_steps:
            return step / run.warmup_steps
        share = (step - run.warmup_steps) / max(1, run.steps - run.warmup_steps)
        return 0.5 * (1 + float(np.cos(np.pi * min(1.0, share))))

    def _mine(self) -> None:
        random = np.random.default_rng([self._run.seed, self._state.step, 1])
        rows = self._batches.name_rows
        if len(rows) > self._run.mine_entities:
            rows = np.sort(random.choice(rows, self._run.mine_entities, replace=False))
        self._batches.neighbours = mine_neighbours(self._module, self._table, rows)
        self._progress.say(f"step {self._state.step}: mined neighbours of {len(rows)} names")

    def _evaluate(self, loss: float) -> None:
        error = held_out_error(self._module, self._table, self._examples)
        balance = float(self._module.weight("phonetic").item())
        record = {"step": self._state.step, "loss": loss, "error_at_1": error, "phonetic": balance}
        self._log.append(record)
        self._progress.say(
            f"step {self._state.step} of {self._run.steps}: loss {loss:.3f}, "
            f"held-out error @1 {error:.3f}, "
            f"weight of the phonetic tower {balance:.2f}"
        )
        checkpoint = Checkpoint(
            config=self._config.as_json(),
            data=self._data,
            step=self._state.step,
            log=self._log,
            weights=self._objective.weights(),
            moments=moments_of(self._optimizer),
            neighbours=self._batches.neighbours,
        )
        if error < self._state.best_error:
            self._state.best_error, self._state.best_step = error, self._state.step
            save_checkpoint(self._folder / "best", without_state(checkpoint))
        save_checkpoint(self._folder / "last", checkpoint)

    def _resume(self) -> None:
        last = load_checkpoint(self._folder / "last", self._config, self._data)
        if last is None:
            return
        self._objective.load(last.weights)
        restore_moments(self._optimizer, last.moments)
        self._batches.neighbours = last.neighbours
        self._log = last.log
        self._state.step = last.step
        for record in self._log:
            if record["error_at_1"] < self._state.best_error:
                self._state.best_error = record["error_at_1"]
                self._state.best_step = int(record["step"])
        self._progress.say(f"resumed at step {last.step} of {self._run.steps}")


def held_out_error(module: WeightedSum, table: FormTable, examples: Examples) -> float:
    """Error rate at 1 of held-out first hypotheses among all held-out names; ties count against."""
    names = np.array([table.row_of[name] for name in examples.held_out_names])
    queries = examples.held_out[:: max(1, len(examples.held_out) // EVALUATED_QUERIES)]
    if not len(queries) or not len(names):
        return 1.0
    heard = np.array([table.row_of[utterance.heard[0]] for utterance in queries])
    said = np.array([table.row_of[utterance.said] for utterance in queries])
    scores = encode_rows(module, table, heard) @ encode_rows(module, table, names).T
    right = np.array([int(np.flatnonzero(names == row)[0]) for row in said])
    of_right = scores[np.arange(len(right)), right]
    ranks = (scores >= of_right[:, None]).sum(axis=1)
    return float((ranks > 1).mean())
