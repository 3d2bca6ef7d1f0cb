"""A model fitted anew on other data keeps its encoder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from er_engine.catalog import write_catalog
from er_engine.cli import main
from er_engine.errors import EncoderError, TrainingError
from er_engine.model import DEFAULT_MODEL, load_model
from er_engine.queries import write_queries
from er_engine.types import Entity, Hypothesis, Query
from tests.unit.training.test_train import CONFIG, PARTS, data
from tests.unit.training.tiny import NAMES, QUIET
from training import refit
from training.config_file import read_config
from training.refit import read_refit, refit_model
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


def refitted(fit: Path, base: Path, output: Path) -> dict[str, Any]:
    """Fit a base on what a config says."""
    plan = read_refit(read_config(fit, fit_only=True), fit.parent, base)
    return refit_model(plan, output, QUIET)


def test_encoder_and_confusions_stay_and_the_rest_is_fitted(
    base: Path, fit: Path, tmp_path: Path
) -> None:
    """The same fingerprint of the encoder, so the same indexes; its own numbers and record."""
    record = refitted(fit, base, tmp_path / "b")
    assert {path.name for path in (tmp_path / "b").iterdir()} == PARTS
    old, new = load_model(base), load_model(tmp_path / "b")
    assert new.encoder.fingerprint == old.encoder.fingerprint
    assert new.settings != old.settings
    confusions = [(folder / "confusions.tsv").read_bytes() for folder in (base, tmp_path / "b")]
    assert confusions[0] == confusions[1]
    assert record["refit"]["fitted_on"] == ["mine"]
    assert record["refit"]["prior_pull"] == 1.0
    assert record["config"] == json.loads((base / "training.json").read_text("utf-8"))["config"]
    written = json.loads((tmp_path / "b" / "training.json").read_text("utf-8"))
    assert written == json.loads(json.dumps(record))
    card = (tmp_path / "b" / "model_card.md").read_text("utf-8")
    assert "fitted on: mine" in card
    assert "fitted anew" in card
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["b"]


def test_the_same_fit_gives_the_same_model(base: Path, fit: Path, tmp_path: Path) -> None:
    """Also in the place of its base, whose confusions may be missing."""
    refitted(fit, base, tmp_path / "b")
    first = load_model(tmp_path / "b").fingerprint
    refitted(fit, tmp_path / "b", tmp_path / "b")
    assert load_model(tmp_path / "b").fingerprint == first
    (tmp_path / "b" / "confusions.tsv").unlink()
    refitted(fit, tmp_path / "b", tmp_path / "c")
    assert not (tmp_path / "c" / "confusions.tsv").exists()


def test_the_command_fits_and_says_what_stays(
    base: Path, fit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`er-engine train fit.toml --base MODEL -o OUT`."""
    arguments = ["train", str(fit), "--base", str(base), "-o", str(tmp_path / "b"), "--quiet"]
    assert main(arguments) == 0
    assert f"indexes made with {base} can be used" in capsys.readouterr().out
    assert load_model(tmp_path / "b").encoder.fingerprint == load_model(base).encoder.fingerprint


def test_the_sets_can_be_checked_first(
    base: Path, fit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` says what would be fitted on, and writes nothing."""
    output = tmp_path / "b"
    assert main(["train", str(fit), "--base", str(base), "-o", str(output), "--check"]) == 0
    assert capsys.readouterr().out == "mine: 8 queries to fit on, 8 entities\n"
    assert not output.exists()


def test_the_packaged_model_is_the_base_unless_another_is_named(
    fit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a folder that happens to have some name."""
    bases: list[Path] = []
    monkeypatch.setattr(refit, "read_refit", lambda _c, _f, base, _r: bases.append(base))
    for named in ([], ["packaged"]):
        with pytest.raises(AttributeError):  # nothing was read
            main(["train", str(fit), "-o", str(tmp_path / "b"), "--base", *named])
    assert bases == [DEFAULT_MODEL, Path("packaged")]


def test_a_base_without_a_whole_record_is_refused(base: Path, fit: Path, tmp_path: Path) -> None:
    """Before minutes of fitting, and not after them."""
    shutil.copytree(base, tmp_path / "base")
    (tmp_path / "base" / "training.json").write_text('{"config": {}}', "utf-8")
    with pytest.raises(TrainingError, match=r"training\.json: no whole record"):
        refitted(fit, tmp_path / "base", tmp_path / "b")


def test_a_config_without_fit_sets_is_refused(base: Path, tmp_path: Path) -> None:
    """There is nothing that could be fitted on."""
    (tmp_path / "none.toml").write_text("prior_pull = 1.0\n", "utf-8")
    with pytest.raises(TrainingError, match=r"no \[\[fit\]\] section"):
        refitted(tmp_path / "none.toml", base, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_base_that_is_no_model_is_refused(fit: Path, tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(EncoderError, match="no model folder"):
        refitted(fit, tmp_path / "none", tmp_path / "b")
    assert not (tmp_path / "b").exists()
