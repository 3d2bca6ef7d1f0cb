"""How large the phoneme tower should be: errors against time and memory.

python -m benchmarks.tower_sizes [--work DIR] [-o benchmarks/tower_sizes.md]

Trains the phoneme tower alone in several sizes on all of `data/training`, each for the same number
of steps on one thread, and measures it on the held-out entities. Results are kept as JSON in the
work folder; a run that is started again goes on where it stopped. What is written by hand below the
table stays.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.held_out import misses, tested_utterances
from er_engine.encoder.sizes import PhonemeTowerConfig
from training.config import TowerSettings, TrainingConfig
from training.config_file import read_config

DEFAULT = Path(__file__).resolve().parents[1] / "training" / "configs" / "en.toml"
SIZES = tuple(
    PhonemeTowerConfig(dimension=dimension, width=width, layers=layers)
    for width, layers, dimension in (
        (64, 1, 64),
        (128, 1, 128),
        (160, 1, 192),
        (160, 2, 192),
        (224, 2, 192),
    )
)
STEPS = 500
# What is written by hand below the table starts here.
READING = "## What this says\n"
_TIMED_FORMS, _REPEATS = 5, 200


def main() -> int:
    """Train what is missing, write the table; return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tower_sizes", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--work", type=Path, default=Path("out/tower_sizes"), help="kept results")
    parser.add_argument("--steps", type=int, default=STEPS, help="of each training")
    parser.add_argument("-o", "--output", type=Path, default=Path("benchmarks/tower_sizes.md"))
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    study = Study(args.work, args.steps)
    cells: list[dict[str, Any]] = []
    for size in SIZES:
        cells.append(study.cell(size))
        write_report(args.output, cells)
    print(f"wrote {args.output}")
    return 0


def config_of(size: PhonemeTowerConfig, steps: int) -> TrainingConfig:
    """The default config with the phoneme tower alone, in this size, for so many steps."""
    default = read_config(DEFAULT)
    return replace(
        default,
        encoder=TowerSettings(towers="phonetic", **asdict(size)),
        run=replace(
            default.run,
            steps=steps,
            warmup_steps=max(1, steps // 16),
            evaluate_every=max(1, steps // 4),
            mine_every=max(1, steps // 4),
            patience=100,  # every size gets all its steps
        ),
    )


class Study:
    """The data, read and pronounced once."""

    def __init__(self, work: Path, steps: int) -> None:
        from er_engine.phonemes.default import default_g2p
        from training.examples import read_examples
        from training.form_table import make_form_table
        from training.progress import Progress

        self._work, self._steps = work, steps
        self._progress = Progress()
        self._examples = read_examples(config_of(SIZES[0], steps).data, DEFAULT.parent)
        self._tested, self._names = tested_utterances()
        heard = [text for utterance in self._tested for text in utterance.heard]
        texts = [*self._examples.texts(), *self._names, *heard]
        self._table = make_form_table(texts, default_g2p("en"), None, work, self._progress)

    def cell(self, size: PhonemeTowerConfig) -> dict[str, Any]:
        """Train and test one size, unless its result is in the work folder."""
        config = config_of(size, self._steps)
        key = json.loads(json.dumps(config.as_json()))
        name = f"{size.width}-{size.layers}-{size.dimension}"
        path = self._work / f"{name}.json"
        if path.exists() and (kept := json.loads(path.read_text("utf-8")))["key"] == key:
            return dict(kept)
        self._progress.say(name)
        record = {"key": key, **self._measured(config, self._work / "runs" / name)}
        path.write_text(json.dumps(record) + "\n", "utf-8")
        return record

    def _measured(self, config: TrainingConfig, folder: Path) -> dict[str, Any]:
        import torch

        from er_engine.encoder.config import EncoderConfig
        from er_engine.encoder.weighted_sum import WeightedSum
        from er_engine.model import DEFAULT_MODEL
        from er_engine.phonemes.confusion_table import CONFUSIONS, read_confusions
        from training.trainer import Trainer

        torch.set_num_threads(1)
        torch.manual_seed(config.run.seed)
        module = WeightedSum(EncoderConfig(towers="phonetic", tower=config.encoder.sizes()))
        confusions = read_confusions(DEFAULT_MODEL / CONFUSIONS)
        folder.mkdir(parents=True, exist_ok=True)
        start = time.process_time()
        Trainer(
            module, config, self._examples, self._table, confusions, folder, self._progress
        ).train()
        seconds = time.process_time() - start
        shutil.rmtree(folder)
        return {
            "seconds": round(seconds),
            "parameters": sum(value.numel() for value in module.own_weights().values()),
            "milliseconds": self._query_time(module, config.encoder.sizes()),
            "names": len(self._names),
            "entities": [u.said for u in self._tested for _ in u.heard],
            "missed": "".join(map(str, misses(module, self._table, self._tested, self._names))),
        }

    def _query_time(self, module: Any, size: PhonemeTowerConfig) -> float:
        """Median ms in which the product encodes the hypotheses of one query, on one thread."""
        from er_engine.encoder.phoneme_forward import PhonemeForward
        from er_engine.encoder.weighted_sum import pad_phonemes

        weights = {
            name.removeprefix("phonetic."): value.numpy()
            for name, value in module.own_weights().items()
        }
        forward = PhonemeForward(weights, size)
        heard = [text for utterance in self._tested for text in utterance.heard]
        taken = []
        for number in range(_REPEATS):
            texts = heard[number * _TIMED_FORMS : (number + 1) * _TIMED_FORMS]
            sounds = [self._table.pronunciations[self._table.row_of[text]] for text in texts]
            ids = pad_phonemes([each[0] for each in sounds if each]).numpy()
            start = time.perf_counter()
            forward(ids)
            taken.append(time.perf_counter() - start)
        return float(1e3 * np.median(taken))


def write_report(path: Path, cells: Sequence[Mapping[str, Any]]) -> None:
    """Write the table; what was written below it stays."""
    from er_engine.files import write_atomically

    before = path.read_text("utf-8") if path.exists() else ""
    reading = before[before.find(READING) :] if READING in before else READING
    rows = "\n".join(_row(cell) for cell in cells)
    run, first = cells[0]["key"]["run"], cells[0]
    minutes = sum(cell["seconds"] for cell in cells) / 60
    write_atomically(
        path,
        f"""# Sizes of the phoneme tower

Written by `python -m benchmarks.tower_sizes`; {minutes:.0f} minutes on one core.

- The phoneme tower alone, {run["steps"]} steps of {run["batch_size"]} pairs, all else as in
  `training/configs/en.toml` (without recordings of calls); one seed.
- Tested: each of the first three hypotheses of the held-out utterances of films, people and
  composed names alone against {first["names"]} names: {len(first["entities"])} queries. Error rate
  @1 in %, ties count against us, with 95 % intervals that resample what was said.
- *Query*: median ms in which five hypotheses are encoded, one thread. *Index*: KB of the vectors of
  1,000 surface forms.

| width | layers | dimension | parameters | error @1 | 95 % interval | training, s | query | index |
| ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |
{rows}

{reading}""",
    )


def _row(cell: Mapping[str, Any]) -> str:
    from er_engine.evaluation.intervals import (
        percentile_interval,
        resampled_totals,
        sums_by_group,
    )

    size = cell["key"]["encoder"]
    missed = np.array([float(digit) for digit in cell["missed"]])
    drawn = resampled_totals(sums_by_group([missed], cell["entities"]))
    interval = percentile_interval(100 * drawn[:, 0] / drawn[:, -1])
    assert interval is not None  # every draw has queries
    return (
        f"| {size['width']} | {size['layers']} | {size['dimension']} | {cell['parameters']:,} | "
        f"{100 * missed.mean():.1f} | {interval[0]:.1f} to {interval[1]:.1f} | {cell['seconds']} | "
        f"{cell['milliseconds']:.2f} | {size['dimension'] * 4} |"
    )


if __name__ == "__main__":
    raise SystemExit(main())
