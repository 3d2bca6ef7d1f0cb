"""A model fitted anew on other data keeps its encoder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from er_engine.catalog import write_catalog
from er_engine.cli import main
from er_engine.errors import EncoderError, TrainingError
from er_engine.model import load_model
from er_engine.queries import write_queries
from er_engine.types import Entity, Hypothesis, Query
from tests.unit.training.test_train import CONFIG, PARTS, data
from tests.unit.training.tiny import NAMES, QUIET
from training.config_file import read_config
from training.refit import refit_model
from training.train import train_model

__all__ = ["data"]
FIT_ONLY = """
prior_pull = 1.0

[[fit]]
name = "mine"
catalogs = ["mine.jsonl"]
queries = "mine_queries.jsonl"
"""


@pytest.fixture(scope="module")
def base(data: Path) -> Path:
    """A trained model."""
    train_model(CONFIG, data, data / "base", QUIET)
    return data / "base"


@pytest.fixture
def fit(tmp_path: Path) -> Path:
    """A config with nothing but a set to fit on, beside its files."""
    names = [name.replace("n", "m") for name in NAMES]
    write_catalog(tmp_path / "mine.jsonl", [Entity(name, name) for name in names])
    queries = [Query(n, (Hypothesis(n.replace("a", "o")),), (n,)) for n in names]
    write_queries(tmp_path / "mine_queries.jsonl", queries)
    (tmp_path / "fit.toml").write_text(FIT_ONLY, "utf-8")
    return tmp_path / "fit.toml"


def test_encoder_and_confusions_stay_and_the_rest_is_fitted(
    base: Path, fit: Path, tmp_path: Path
) -> None:
    """The same fingerprint of the encoder, so the same indexes; its own numbers and record."""
    record = refit_model(read_config(fit, fit_only=True), fit.parent, base, tmp_path / "b", QUIET)
    assert {path.name for path in (tmp_path / "b").iterdir()} == PARTS
    old, new = load_model(base), load_model(tmp_path / "b")
    assert new.encoder.fingerprint == old.encoder.fingerprint
    assert new.settings != old.settings
    confusions = [(folder / "confusions.tsv").read_bytes() for folder in (base, tmp_path / "b")]
    assert confusions[0] == confusions[1]
    assert [one["name"] for one in record["config"]["fit"]] == ["mine"]
    assert record["config"]["prior_pull"] == 1.0
    assert record["config"]["data"]["nbest"] == list(CONFIG.data.nbest)
    written = json.loads((tmp_path / "b" / "training.json").read_text("utf-8"))
    assert written == json.loads(json.dumps(record))
    assert "fitted on: mine" in (tmp_path / "b" / "model_card.md").read_text("utf-8")


def test_the_same_fit_gives_the_same_model(base: Path, fit: Path, tmp_path: Path) -> None:
    """Also in the place of the one before."""
    config, made = read_config(fit, fit_only=True), []
    for _ in range(2):
        refit_model(config, fit.parent, base, tmp_path / "b", QUIET)
        made.append(load_model(tmp_path / "b").fingerprint)
    assert made[0] == made[1]


def test_the_command_fits_and_says_what_stays(
    base: Path, fit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`er-engine train fit.toml --base MODEL -o OUT`."""
    arguments = ["train", str(fit), "--base", str(base), "-o", str(tmp_path / "b"), "--quiet"]
    assert main(arguments) == 0
    assert "indexes made with" in capsys.readouterr().out
    assert load_model(tmp_path / "b").encoder.fingerprint == load_model(base).encoder.fingerprint


def test_the_sets_can_be_checked_first(
    base: Path, fit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` says what would be fitted on, and writes nothing."""
    output = tmp_path / "b"
    assert main(["train", str(fit), "--base", str(base), "-o", str(output), "--check"]) == 0
    assert capsys.readouterr().out == "mine: 8 queries to fit on, 8 entities\n"
    assert not output.exists()


def test_a_config_without_fit_sets_is_refused(base: Path, tmp_path: Path) -> None:
    """There is nothing that could be fitted on."""
    (tmp_path / "none.toml").write_text("prior_pull = 1.0\n", "utf-8")
    config = read_config(tmp_path / "none.toml", fit_only=True)
    with pytest.raises(TrainingError, match=r"no \[\[fit\]\] section"):
        refit_model(config, tmp_path, base, tmp_path / "b", QUIET)
    assert not (tmp_path / "b").exists()


def test_a_base_that_is_no_model_is_refused(fit: Path, tmp_path: Path) -> None:
    """Before anything is written."""
    config = read_config(fit, fit_only=True)
    with pytest.raises(EncoderError, match="no model folder"):
        refit_model(config, fit.parent, tmp_path / "none", tmp_path / "b", QUIET)
    assert not (tmp_path / "b").exists()
