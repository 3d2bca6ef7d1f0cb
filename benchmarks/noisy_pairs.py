"""How training takes wrong pairs: losses and other defences, at several shares of them.

python -m benchmarks.noisy_pairs [--work DIR] [-o benchmarks/noisy_pairs.md]

Trains a small phonetic tower on `data/training` for every method and share, one after the other on
one thread, and measures it on the held-out entities there. Results are kept as JSON in the work
folder; a run that is started again goes on where it stopped. benchmarks/noisy_report.py writes the
table.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.held_out import DATA, KINDS, misses, tested_utterances
from training.config import (
    DataConfig,
    LossConfig,
    PairConfig,
    RunConfig,
    TowerSettings,
    TrainingConfig,
)
from training.config_file import read_config
from training.examples import Examples, Utterance, read_examples

if TYPE_CHECKING:
    from er_engine.encoder.weighted_sum import WeightedSum

DEFAULT = Path(__file__).resolve().parents[1] / "training" / "configs" / "en.toml"


@dataclass(frozen=True, slots=True)
class Method:
    """One row of the table: a loss, and which hypotheses are left out for sounding different."""

    name: str
    loss: LossConfig = field(default_factory=LossConfig)
    min_similarity: float = 0.0


METHODS = (
    Method("plain"),
    Method("filter", min_similarity=0.3),
    Method("smoothing", LossConfig("smoothing", 0.1)),
    Method("noise layer", LossConfig("noise_layer", 0.2)),
    Method("active-passive", LossConfig("active_passive", 0.8)),
    Method("Brier", LossConfig("brier")),
    Method("label-free", LossConfig("label_free", 1.0)),
    Method("filter, noise layer", LossConfig("noise_layer", 0.2), 0.3),
)
PROMISING = tuple(
    method for method in METHODS if method.name in ("plain", "filter", "smoothing", "Brier")
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is trained on, about so many utterances and which kinds of pairs of them, and how."""

    name: str
    utterances: int
    steps: int
    shares: tuple[float, ...]
    seeds: tuple[int, ...]
    pairs: PairConfig
    methods: tuple[Method, ...]


# Few utterances, so that training passes over them about as often as in a full training.
RECORDED = PairConfig(
    hypothesis_pairs=0.0,
    synthetic=0.0,
    partial=0.0,
    extra_words=0.0,
    recordings=0.0,
    recorded_noise=0.0,
)
SETTINGS = (
    Setting("recorded", 1_500, 300, (0.0, 0.2, 0.5), (1, 2), RECORDED, METHODS),
    Setting("default", 3_000, 500, (0.0, 0.2), (1,), read_config(DEFAULT).pairs, PROMISING),
)


def main() -> int:
    """Train what is missing, write the table; return 0."""
    args = _arguments()
    from benchmarks.noisy_report import write_report

    args.work.mkdir(parents=True, exist_ok=True)
    cells = []
    for setting in SETTINGS:
        study = Study(setting, args.work)
        for seed, share, method in itertools.product(
            setting.seeds, setting.shares, setting.methods
        ):
            cells.append(study.cell(method, share, config_of(setting, method, seed)))
            write_report(args.output, cells)
    print(f"wrote {args.output}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.noisy_pairs", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--work", type=Path, default=Path("out/noisy_pairs"), help="kept results")
    parser.add_argument("-o", "--output", type=Path, default=Path("benchmarks/noisy_pairs.md"))
    return parser.parse_args()


def config_of(setting: Setting, method: Method, seed: int) -> TrainingConfig:
    """The config of one training."""
    steps = setting.steps
    return TrainingConfig(
        data=DataConfig(
            nbest=tuple(f"{kind}_nbest.jsonl.gz" for kind in KINDS),
            catalogs=tuple(f"{kind}.jsonl.gz" for kind in KINDS),
            held_out_one_in=20,
            min_similarity=method.min_similarity,
        ),
        pairs=setting.pairs,
        encoder=TowerSettings(towers="phonetic", dimension=64, width=64, layers=1),
        run=RunConfig(
            seed=seed,
            steps=steps,
            batch_size=96,
            warmup_steps=max(1, steps // 16),
            evaluate_every=max(1, steps // 5),
            mine_every=max(1, steps // 3),
            mine_entities=5_000,
            patience=100,  # the whole run is needed: plain takes its last checkpoint
            threads=1,
        ),
        loss=method.loss,
    )


def with_wrong_pairs(
    utterances: tuple[Utterance, ...], share: float, seed: int
) -> tuple[Utterance, ...]:
    """Give a share of the utterances what was heard of one that said something else."""
    random = np.random.default_rng(seed)
    noisy = list(utterances)
    for index in random.permutation(len(utterances))[: round(share * len(utterances))]:
        said = utterances[index].said
        while (other := utterances[int(random.integers(len(utterances)))]).said == said:
            pass
        noisy[index] = replace(utterances[index], heard=other.heard)
    return tuple(noisy)


class Study:
    """The data of a setting, read and pronounced once."""

    def __init__(self, setting: Setting, work: Path) -> None:
        from er_engine.phonemes.default import default_g2p
        from training.form_table import make_form_table
        from training.progress import Progress

        self._work = work
        self._progress = Progress()
        self._setting = setting
        read = read_examples(config_of(setting, METHODS[0], 0).data, DATA)
        kept = read.utterances[:: max(1, len(read.utterances) // setting.utterances)]
        said = (name for utterance in kept for name in (utterance.said, *utterance.names))
        self._examples = replace(read, utterances=kept, names=tuple(dict.fromkeys(said)))
        self._tested, self._names = tested_utterances()
        heard = [text for u in self._tested for text in u.heard]
        texts = [*self._examples.texts(), *self._names, *heard]
        self._table = make_form_table(texts, default_g2p("en"), None, work, self._progress)
        self._progress.say(
            f"{len(kept)} utterances to train on, {len(self._examples.held_out)} to validate, "
            f"{len(self._tested)} to test among {len(self._names)} names"
        )

    def cell(self, method: Method, share: float, config: TrainingConfig) -> dict[str, Any]:
        """Train and test one cell, unless its result is in the work folder."""
        key = {
            "setting": self._setting.name,
            "method": method.name,
            "share": share,
            "utterances": len(self._examples.utterances),
            "config": json.loads(json.dumps(config.as_json())),
        }
        short = method.name.replace(", ", "+").replace(" ", "_")
        name = f"{self._setting.name}-{short}-{share}-{config.run.seed}"
        path = self._work / f"{name}.json"
        if path.exists() and (kept := json.loads(path.read_text("utf-8")))["key"] == key:
            return dict(kept)
        self._progress.say(name)
        start = time.process_time()
        missed, log = self._train(share, config, self._work / "runs" / name)
        record = {
            "key": key,
            "log": log,
            "seconds": round(time.process_time() - start),
            "entities": [utterance.said for utterance in self._tested for _ in utterance.heard],
            "names": len(self._names),
            "missed": {name: "".join(map(str, values)) for name, values in missed.items()},
        }
        path.write_text(json.dumps(record) + "\n", "utf-8")
        return record

    def _train(
        self, share: float, config: TrainingConfig, folder: Path
    ) -> tuple[dict[str, list[int]], list[dict[str, float]]]:
        """Misses of the best and of the last checkpoint, and the log."""
        import torch

        from er_engine.encoder.config import EncoderConfig
        from er_engine.encoder.weighted_sum import WeightedSum
        from training.checkpoints import load_checkpoint
        from training.trainer import Trainer

        torch.set_num_threads(1)
        torch.manual_seed(config.run.seed)
        module = WeightedSum(EncoderConfig(towers="phonetic", tower=config.encoder.sizes()))
        folder.mkdir(parents=True, exist_ok=True)
        examples = self._noisy(share, config.run.seed)
        log = Trainer(module, config, examples, self._table, None, folder, self._progress).train()
        missed = {}
        if config.loss.kind == "plain":  # its best checkpoint is a row of its own
            missed["best"] = self._misses(module)
        last = load_checkpoint(folder / "last", config)
        assert last is not None
        module.load_state_dict({name: last.weights[name] for name in module.own_weights()})
        missed["last"] = self._misses(module)
        shutil.rmtree(folder)
        return missed, log

    def _noisy(self, share: float, seed: int) -> Examples:
        """Wrong pairs to train on, and as many to validate: who has the ones has the others."""
        examples = self._examples
        return replace(
            examples,
            utterances=with_wrong_pairs(examples.utterances, share, seed),
            held_out=with_wrong_pairs(examples.held_out, share, seed),
        )

    def _misses(self, module: WeightedSum) -> list[int]:
        return misses(module, self._table, self._tested, self._names)


if __name__ == "__main__":
    raise SystemExit(main())
