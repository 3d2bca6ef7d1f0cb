"""`er-engine train`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.config import TrainingConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine train`."""
    parser.add_argument("config", metavar="CONFIG.toml", type=Path, help="training config")
    parser.add_argument(
        "-o", "--output", metavar="MODEL", type=Path, required=True, help="model folder to write"
    )
    parser.add_argument(
        "--check", action="store_true", help="only read the config and the data, and say what is in"
    )
    part = parser.add_mutually_exclusive_group()
    part.add_argument(
        "--only",
        choices=("confusions",),
        help="only learn the table of confusions and write it into MODEL",
    )
    parser.add_argument(
        "--recordings",
        metavar="DIR",
        type=Path,
        help="folder with catalog.jsonl and queries.jsonl of real recognisers: half of its "
        "entities are trained on too",
    )
    part.add_argument(
        "--base",
        metavar="MODEL",
        type=Path,
        nargs="?",
        const=True,
        help="keep the encoder and the confusions of this model (the packaged one unless named), "
        "and only fit reranking and calibration on the [[fit]] sets of the config: minutes "
        "instead of hours",
    )
    parser.add_argument("--json", action="store_true", help="print the record of the training")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(args: argparse.Namespace) -> int:
    """Train a model; a training that was stopped goes on from its last checkpoint."""
    from training.config_file import read_config
    from training.examples import read_examples
    from training.progress import Progress

    config = read_config(args.config, fit_only=bool(args.base))
    folder = args.config.parent
    if args.base:
        return _refit(config, args)
    if args.check:
        examples = read_examples(config.data, folder)
        print(
            f"{len(examples.utterances)} utterances and {len(examples.names)} names to train on, "
            f"{len(examples.held_out)} utterances held out"
        )
        return 0
    if args.only:
        return _learn_confusions(args)
    from training.train import train_model

    record = train_model(config, folder, args.output, Progress(args.quiet), args.recordings)
    if args.json:
        print(json.dumps(record))
    else:
        print(f"{args.output}: trained in {record['minutes']} minutes; see model_card.md")
    return 0


def _refit(config: TrainingConfig, args: argparse.Namespace) -> int:
    from er_engine.model import DEFAULT_MODEL
    from training.progress import Progress
    from training.refit import read_refit, refit_model

    base = DEFAULT_MODEL if args.base is True else args.base
    refit = read_refit(config, args.config.parent, base, args.recordings)
    if args.check:
        for one in refit.sets:
            print(f"{one.name}: {len(one.queries)} queries to fit on, {len(one.entities)} entities")
        return 0
    record = refit_model(refit, args.output, Progress(args.quiet))
    if args.json:
        print(json.dumps(record))
    else:
        print(f"{args.output}: fitted; indexes made with {base} can be used with it")
    return 0


def _learn_confusions(args: argparse.Namespace) -> int:
    from er_engine.phonemes.confusion_table import CONFUSIONS
    from training.config_file import read_config
    from training.confusion.step import learn_step
    from training.progress import Progress

    config = read_config(args.config)
    args.output.mkdir(parents=True, exist_ok=True)
    progress = Progress(args.quiet)
    record = learn_step(config, args.config.parent, args.output, progress, args.recordings)
    if args.json:
        print(json.dumps(record))
    else:
        print(f"{args.output / CONFUSIONS}: learned from {record['pairs']} pairs")
    return 0
