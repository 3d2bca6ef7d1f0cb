"""A model with another model's encoder, fitted anew: reranking and calibration for other data.

Minutes instead of hours: the encoder stays as it is, and so do indexes that were made with it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from er_engine.errors import TrainingError
from er_engine.model import load_model
from er_engine.phonemes.confusion_table import CONFUSIONS
from er_engine.rerank.settings import ModelSettings
from training.cases import FitSet
from training.config import TrainingConfig
from training.fit_sets import read_fit_sets
from training.fitting import fit_settings
from training.model_card import model_card
from training.progress import Progress
from training.train import PACKAGES, RECORD, check_output, install


@dataclass(frozen=True, slots=True)
class Refit:
    """All that is read before anything is fitted.

    Attributes:
        base: folder of the model whose encoder and confusions are taken.
        record: that of the new model.
        sets: what is fitted on.
        prior_pull: see `TrainingConfig`.
    """

    base: Path
    record: dict[str, Any]
    sets: Sequence[FitSet]
    prior_pull: float


def read_refit(
    config: TrainingConfig, data_folder: Path, base: Path, recordings: Path | None = None
) -> Refit:
    """Read a base and what to fit on.

    Args:
        config: its `fit`, `prior_pull` and seed count, nothing else.
        data_folder: what its paths are relative to.
        base: folder of a model.
        recordings: as in `training.train.train_model`.

    Raises:
        CatalogError, QueryError: a data file is missing or wrong.
        ConfigError: a surface form of a fit set has a field that none of its entities has.
        EncoderError: `base` is no model.
        TrainingError: nothing to fit on, or a base without a record of its training.
    """
    encoder = load_model(base).encoder.fingerprint
    record = _record_of(base)
    sets = read_fit_sets(config, data_folder, recordings)
    if not sets:
        raise TrainingError("the config has no [[fit]] section: there is nothing to fit on")
    fitted = config.as_json()
    record["refit"] = {
        "encoder": encoder,
        "fitted_on": [fit_set.name for fit_set in sets],
        "seed": config.run.seed,
        "versions": {name: version(name) for name in PACKAGES},
        **{name: fitted[name] for name in ("fit", "prior_pull")},
    }
    return Refit(base, record, sets, config.prior_pull)


def refit_model(refit: Refit, output: Path, progress: Progress) -> dict[str, Any]:
    """Fit reranking and calibration; return the record of the new model.

    Args:
        refit: see `read_refit`.
        output: folder of the new model, which appears when all is done; may be that of the base.
        progress: told what is going on.

    Raises:
        TrainingError: something else than a model is where the model belongs.
    """
    output = output.resolve()
    check_output(output)
    built = output.with_name(output.name + ".refit")
    if refit.base.resolve() == built:
        raise TrainingError(f"{built} is where the model is put together; move the base elsewhere")
    shutil.rmtree(built, ignore_errors=True)
    built.mkdir(parents=True)
    shutil.copytree(refit.base / "encoder", built / "encoder")
    if (refit.base / CONFUSIONS).exists():
        shutil.copyfile(refit.base / CONFUSIONS, built / CONFUSIONS)
    ModelSettings().save(built)
    settings = fit_settings(refit.sets, load_model(built), refit.prior_pull, progress)
    settings.save(built)
    install(built, refit.record, settings, output)
    return refit.record


def _record_of(base: Path) -> dict[str, Any]:
    try:
        record = dict(json.loads((base / RECORD).read_text(encoding="utf-8")))
        model_card(record, ModelSettings())  # what the card says has to be there
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{base / RECORD}: no whole record of the base's training ({error}); give a model "
            "folder as `er-engine train` writes it"
        ) from error
    return record
