"""From a config to a model folder: encoder, reranking weights, calibration, record and card."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from er_engine.errors import TrainingError
from er_engine.files import write_atomically
from er_engine.model import load_model
from er_engine.phonemes.confusion_table import CONFUSIONS, read_confusions
from er_engine.rerank.settings import ModelSettings
from training.cases import FitSet
from training.config import TrainingConfig
from training.confusion.step import half_of_recordings, learn_step
from training.examples import Examples, read_examples
from training.fit_sets import fit_sets
from training.fitting import fit_settings
from training.model_card import model_card
from training.progress import Progress
from training.stopwatch import total_seconds

if TYPE_CHECKING:
    from er_engine.encoder.config import EncoderConfig

RECORD, CARD = "training.json", "model_card.md"
# All that a model folder may hold.
MODEL_FILES = {"encoder", CONFUSIONS, "rerank.json", "calibration.json", RECORD, CARD}
PACKAGES = ("er-engine", "torch", "sentence-transformers", "numpy", "g2p-en", "pocketsphinx")


def train_model(
    config: TrainingConfig,
    data_folder: Path,
    output: Path,
    progress: Progress,
    recordings: Path | None = None,
) -> dict[str, Any]:
    """Train, or go on with a training that was stopped; return the record of it.

    Checkpoints and caches live in `<output>.work`; the model folder appears when all is done.
    Half of the entities of `recordings`, where given, are trained on, too: encoder and confusions.

    Raises:
        CatalogError, QueryError: a data file is missing or wrong.
        ConfigError: a surface form of a fit set has a field that none of its entities has.
        TrainingError: no utterances, a checkpoint of another config, or something else than a
            model is where the model belongs.
    """
    from training.checkpoints import load_checkpoint

    output = output.resolve()
    work = output.with_name(output.name + ".work")
    check_output(output)
    load_checkpoint(work / "last", config)  # one of another config is refused before any work
    # All files are read before hours of training, not when their turn comes.
    examples = _read_examples(config, data_folder, recordings, progress)
    sets = fit_sets(config, data_folder, examples, recordings)
    work.mkdir(parents=True, exist_ok=True)
    with total_seconds(work) as seconds:
        confusions = learn_step(config, data_folder, work, progress, recordings)
        log = _train_encoder(config, examples, work, progress)
        settings = _fit(config, sets, work, progress)
        record = _record(config, examples, confusions, log)
        record["minutes"] = round(seconds() / 60, 1)
    install(work / "model", record, settings, output)
    return record


def _read_examples(
    config: TrainingConfig, data_folder: Path, recordings: Path | None, progress: Progress
) -> Examples:
    examples = read_examples(config.data, data_folder)
    if recordings is not None:
        examples = replace(examples, recorded=tuple(half_of_recordings(recordings)))
    progress.say(
        f"{len(examples.utterances)} utterances and {len(examples.names)} names to train on, "
        f"{len(examples.recorded)} utterances of real recognisers, "
        f"{len(examples.held_out)} utterances held out"
    )
    return examples


def _fit(
    config: TrainingConfig, sets: Sequence[FitSet], work: Path, progress: Progress
) -> ModelSettings:
    """Complete the model whose encoder is trained."""
    model = work / "model"
    shutil.copyfile(work / CONFUSIONS, model / CONFUSIONS)
    ModelSettings().save(model)
    settings = fit_settings(sets, load_model(model), config.prior_pull, progress)
    settings.save(model)
    return settings


def _record(
    config: TrainingConfig,
    examples: Examples,
    confusions: dict[str, Any],
    log: list[dict[str, float]],
) -> dict[str, Any]:
    return {
        "config": config.as_json(),
        "utterances": len(examples.utterances),
        "names": len(examples.names),
        "recorded_utterances": len(examples.recorded),
        "held_out_utterances": len(examples.held_out),
        "confusions": confusions,
        "evaluations": log,
        "hardware": f"{platform.machine()}, {os.cpu_count() or 1} cores, no accelerator",
        "versions": {name: version(name) for name in PACKAGES},
    }


def _train_encoder(
    config: TrainingConfig, examples: Examples, work: Path, progress: Progress
) -> list[dict[str, float]]:
    import torch
    from sentence_transformers import SentenceTransformer

    from er_engine.encoder.weighted_sum import WeightedSum
    from er_engine.phonemes.default import default_g2p
    from training.form_table import make_form_table
    from training.trainer import Trainer

    if config.run.threads:
        torch.set_num_threads(config.run.threads)
    torch.manual_seed(config.run.seed)
    module = WeightedSum(_encoder_config(config))
    semantic = None if config.encoder.towers == "phonetic" else config.encoder.semantic_model
    g2p = default_g2p(config.lang, config.g2p)
    table = make_form_table(examples.texts(), g2p, semantic, work, progress)
    progress.say(f"{len(table.spoken)} distinct spoken forms")
    confusions = read_confusions(work / CONFUSIONS)
    log = Trainer(module, config, examples, table, confusions, work, progress).train()
    shutil.rmtree(work / "model", ignore_errors=True)
    model = SentenceTransformer(modules=[module], device="cpu")
    model.save(str(work / "model" / "encoder"), create_model_card=False)
    return log


def _encoder_config(config: TrainingConfig) -> EncoderConfig:
    from er_engine.encoder.config import EncoderConfig

    return EncoderConfig(
        towers=config.encoder.towers,
        lang=config.lang,
        g2p=config.g2p,
        semantic_model=config.encoder.semantic_model,
        tower=config.encoder.sizes(),
    )


def check_output(output: Path) -> None:
    """Only a model may be replaced: what else is there could not be had back."""
    if output.exists() and not output.is_dir():
        raise TrainingError(f"{output} is a file; give a folder for the model")
    others = sorted(set(os.listdir(output)) - MODEL_FILES) if output.exists() else []
    if others:
        raise TrainingError(
            f"{output} holds {others[0]!r}, which is no part of a model; give another folder"
        )


def install(built: Path, record: dict[str, Any], settings: ModelSettings, output: Path) -> None:
    """Add record and card and put the model in place; an older one is moved aside, then removed."""
    write_atomically(built / RECORD, json.dumps(record, indent=1) + "\n")
    write_atomically(built / CARD, model_card(record, settings))
    old = output.with_name(output.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if output.exists():
        output.rename(old)
    built.rename(output)
    shutil.rmtree(old, ignore_errors=True)
