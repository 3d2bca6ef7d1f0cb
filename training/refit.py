"""A model with another model's encoder, fitted anew: reranking and calibration for other data.

Minutes instead of hours: the encoder stays as it is, and so do indexes that were made with it.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from er_engine.errors import TrainingError
from er_engine.files import write_atomically
from er_engine.model import load_model
from er_engine.phonemes.confusion_table import CONFUSIONS
from er_engine.rerank.settings import ModelSettings
from training.config import TrainingConfig
from training.fit_sets import read_fit_sets
from training.fitting import fit_settings
from training.model_card import model_card
from training.progress import Progress
from training.train import CARD, RECORD, check_output, install


def refit_model(
    config: TrainingConfig,
    data_folder: Path,
    base: Path,
    output: Path,
    progress: Progress,
    recordings: Path | None = None,
) -> dict[str, Any]:
    """Fit reranking and calibration on `config.fit`; return the record of the new model.

    Args:
        config: its `fit` and `prior_pull` count, nothing else.
        data_folder: what its paths are relative to.
        base: folder of the model whose encoder and confusions are taken; it stays as it is, unless
            `output` is the same folder.
        output: folder of the new model; it appears when all is done.
        progress: told what is going on.
        recordings: as in `training.train.train_model`.

    Raises:
        CatalogError, QueryError: a data file is missing or wrong.
        ConfigError: a surface form of a fit set has a field that none of its entities has.
        EncoderError: `base` is no model.
        TrainingError: nothing to fit on, a base without a record of its training, or something
            else than a model is where the model belongs.
    """
    output = output.resolve()
    check_output(output)
    record = _record_of(base)
    sets = read_fit_sets(config, data_folder, recordings)
    if not sets:
        raise TrainingError("the config has no [[fit]] section: there is nothing to fit on")
    built = output.with_name(output.name + ".work") / "model"
    shutil.rmtree(built, ignore_errors=True)
    built.mkdir(parents=True)
    shutil.copytree(base / "encoder", built / "encoder")
    if (base / CONFUSIONS).exists():
        shutil.copyfile(base / CONFUSIONS, built / CONFUSIONS)
    ModelSettings().save(built)
    settings = fit_settings(sets, load_model(built), config.prior_pull, progress)
    settings.save(built)
    fitted = config.as_json()
    record["config"] |= {name: fitted[name] for name in ("fit", "prior_pull")}
    write_atomically(built / RECORD, json.dumps(record, indent=1) + "\n")
    write_atomically(built / CARD, model_card(record, settings))
    install(built, output)
    return record


def _record_of(base: Path) -> dict[str, Any]:
    load_model(base)  # what is no model is refused before anything is fitted
    try:
        record = json.loads((base / RECORD).read_text(encoding="utf-8"))
        return {**record, "config": dict(record["config"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{base / RECORD}: no record of the base's training ({error}); give a model folder as "
            "`er-engine train` writes it"
        ) from error
