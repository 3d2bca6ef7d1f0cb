"""From a config to a model folder: what is written, resumed, and never overwritten."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from er_engine.catalog import write_catalog
from er_engine.errors import CatalogError, ConfigError, QueryError, TrainingError
from er_engine.model import load_model
from er_engine.queries import write_queries
from er_engine.types import Entity, Hypothesis, Query
from tests.unit.training.tiny import NAMES, QUIET, RUN
from training.config import DataConfig, FitConfig, TowerSettings, TrainingConfig
from training.train import train_model

CONFIG = TrainingConfig(
    data=DataConfig(nbest=("q.jsonl",), catalogs=("c.jsonl",), held_out_one_in=3),
    encoder=TowerSettings(
        towers="phonetic", dimension=16, width=16, layers=1, heads=2, pooling_queries=2
    ),
    run=replace(RUN, steps=2),
)
PARTS = {
    "encoder",
    "confusions.tsv",
    "rerank.json",
    "calibration.json",
    "training.json",
    "model_card.md",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a catalog and an n-best file."""
    folder = tmp_path_factory.mktemp("data")
    write_catalog(folder / "c.jsonl", [Entity(name, name) for name in NAMES])
    queries = [Query(n, (Hypothesis(n.replace("o", "u")),), (n,), reference=n) for n in NAMES]
    write_queries(folder / "q.jsonl", queries)
    return folder


def test_a_trained_model_is_whole_and_repeatable(data: Path, tmp_path: Path) -> None:
    """All parts are there and loaded; a second run from nothing gives the same model."""
    record = train_model(CONFIG, data, tmp_path / "a", QUIET)
    assert {path.name for path in (tmp_path / "a").iterdir()} == PARTS
    written = json.loads((tmp_path / "a" / "training.json").read_text())
    assert written == json.loads(json.dumps(record))
    assert record["config"]["run"]["steps"] == 2
    model = load_model(tmp_path / "a")
    train_model(CONFIG, data, tmp_path / "b", QUIET)
    assert load_model(tmp_path / "b").fingerprint == model.fingerprint


def test_an_older_model_is_replaced(data: Path, tmp_path: Path) -> None:
    """Nothing of it is left, nor anything aside."""
    for _ in range(2):
        train_model(CONFIG, data, tmp_path / "m", QUIET)
    assert {path.name for path in tmp_path.iterdir()} == {"m", "m.work"}


def test_only_a_model_is_replaced(data: Path, tmp_path: Path) -> None:
    """A folder with anything else in it, or a file, is refused before any work."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("mine")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(TrainingError, match=r"holds 'thesis\.tex', which is no part of a model"):
        train_model(CONFIG, data, tmp_path / "home", QUIET)
    with pytest.raises(TrainingError, match="is a file; give a folder"):
        train_model(CONFIG, data, tmp_path / "file", QUIET)
    assert {path.name for path in tmp_path.iterdir()} == {"home", "file"}
    assert (tmp_path / "home" / "thesis.tex").read_text() == "mine"


def test_another_config_in_the_same_place_is_refused(data: Path, tmp_path: Path) -> None:
    """Checkpoints of one config are never gone on with by another."""
    train_model(CONFIG, data, tmp_path / "m", QUIET)
    other = replace(CONFIG, run=replace(CONFIG.run, steps=3))
    with pytest.raises(TrainingError, match="made with another config"):
        train_model(other, data, tmp_path / "m", QUIET)
    assert load_model(tmp_path / "m").encoder.dimension == 16


def test_other_data_in_the_same_place_are_refused(data: Path, tmp_path: Path) -> None:
    """Else the encoder of the old data would be taken for one of the new."""
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    train_model(CONFIG, folder, tmp_path / "m", QUIET)
    with (folder / "c.jsonl").open("a") as file:
        file.write('{"id": "new", "name": "a new name"}\n')
    with pytest.raises(TrainingError, match="made with other data"):
        train_model(CONFIG, folder, tmp_path / "m", QUIET)


@pytest.mark.parametrize(
    ("fit", "error", "message"),
    [
        (FitConfig("x", ("c.jsonl",), "none.jsonl"), QueryError, "there is no such file"),
        (FitConfig("x", ("none.jsonl",), "q.jsonl"), CatalogError, "there is no such file"),
        (FitConfig("x", ("c.jsonl",), "q.jsonl", ("{y}",)), ConfigError, "no entity has the field"),
        (FitConfig("x", ("c.jsonl",), "q.jsonl", ("{",)), ConfigError, "surface form template"),
        (FitConfig("x", ("c.jsonl",), "other.jsonl"), TrainingError, "x: no query has an entity"),
    ],
)
def test_a_wrong_fit_set_stops_before_any_training(
    data: Path, tmp_path: Path, fit: FitConfig, error: type[Exception], message: str
) -> None:
    """What is only needed in the end is read at the start; nothing is left behind."""
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    write_queries(folder / "other.jsonl", [Query("q", (Hypothesis("vito"),), ("stranger",))])
    with pytest.raises(error, match=message):
        train_model(replace(CONFIG, fit=(fit,)), folder, tmp_path / "m", QUIET)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_nothing_held_out_to_fit_on_is_an_error(data: Path, tmp_path: Path) -> None:
    """The message says what to change."""
    config = replace(CONFIG, data=replace(CONFIG.data, held_out_one_in=10**9))
    with pytest.raises(TrainingError, match="no held-out utterance to fit reranking on"):
        train_model(config, data, tmp_path / "m", QUIET)
