"""Training configs: what is read, and that each mistake is named with file, section and key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from er_engine.errors import ConfigError
from training.config import LossConfig, PairConfig, TrainingConfig
from training.config_file import read_config

SHIPPED = sorted((Path(__file__).parents[3] / "training" / "configs").glob("*.toml"))


def read(folder: Path, text: str) -> TrainingConfig:
    """Read a config that is `text`, with a [data] section where it has none."""
    path = folder / "config.toml"
    path.write_text(text if "[data]" in text else f'{text}\n[data]\nnbest = ["a.jsonl"]')
    return read_config(path)


def test_values_are_read_and_the_rest_are_defaults(tmp_path: Path) -> None:
    """Lists become tuples, whole numbers may stand for fractions, several fits are kept apart."""
    config = read(
        tmp_path,
        """
        lang = "en"
        g2p = ["lexicon"]
        [data]
        nbest = ["a.jsonl", "b.jsonl"]
        [run]
        scale = 15
        [[fit]]
        name = "one"
        catalogs = ["c.jsonl"]
        queries = "q.jsonl"
        [[fit]]
        name = "two"
        catalogs = []
        queries = "r.jsonl"
        span_errors = true
        """,
    )
    assert config.g2p == ("lexicon",)
    assert config.data.nbest == ("a.jsonl", "b.jsonl")
    assert config.run.scale == 15
    assert [(fit.name, fit.span_errors) for fit in config.fit] == [("one", False), ("two", True)]
    assert config.pairs == PairConfig()
    assert config.loss == LossConfig("plain")


def test_a_loss_is_read(tmp_path: Path) -> None:
    """Its kind and its strength."""
    config = read(tmp_path, '[loss]\nkind = "noise_layer"\nstrength = 0.2')
    assert config.loss == LossConfig("noise_layer", 0.2)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_configs_are_right(path: Path) -> None:
    """Every config that comes with er-engine is read, and is JSON as checkpoints keep it."""
    config = read_config(path, fit_only=path.stem == "fit")
    assert json.loads(json.dumps(config.as_json()))["inventory_version"]


def test_only_a_config_that_only_fits_needs_no_data(tmp_path: Path) -> None:
    """What trains an encoder has to name its n-best files."""
    (path := tmp_path / "c.toml").write_text("[data]\nnbest = []\n", "utf-8")
    assert read_config(path, fit_only=True).data.nbest == ()
    with pytest.raises(ConfigError, match="names no file"):
        read_config(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[run]\nstep = 3", r"\[run\] unknown key 'step'; known are batch_size, .*steps"),
        ("typo = 3", r"unknown key 'typo'; known are data, encoder, fit"),
        ("[model]\na = 1", r"unknown key 'model'"),
        ('inventory_version = "1"', r"unknown key 'inventory_version'"),
        ('[run]\nsteps = "many"', r"\[run\] steps = 'many' must be a whole number"),
        ("[run]\nsteps = 2.5", r"\[run\] steps = 2.5 must be a whole number"),
        ("[run]\nsteps = true", r"\[run\] steps = True must be a whole number"),
        ("[run]\nscale = false", r"\[run\] scale = False must be a number"),
        ("lang = 3", r"lang = 3 must be a text"),
        ('g2p = "lexicon"', r"g2p = 'lexicon' must be a list of texts"),
        ('[data]\nnbest = "a.jsonl"', r"\[data\] nbest = 'a.jsonl' must be a list of texts"),
        ("[data]\nnbest = [1]", r"\[data\] nbest = \[1\] must be a list of texts"),
        ("[data]\ncatalogs = []", r"\[data\] nbest is missing"),
        ("[data]\nnbest = []", r"\[data\] nbest names no file"),
        ('[[fit]]\nname = "x"', r"\[fit 1\] catalogs is missing"),
        ('[fit]\nname = "x"', r"write \[\[fit\]\] with two brackets"),
        (
            '[[fit]]\nname = "x"\ncatalogs = []\nqueries = "q"\nlimit = 0',
            r"\[fit x\] limit or sample is too small",
        ),
        ("[data]\nnbest = ['a']\nheld_out_one_in = 1", r"held_out_one_in must be at least 2"),
        ("[pairs]\nsynthetic = 0.9", r"\[pairs\] shares must add up to at most 1"),
        ("[pairs]\nsynthetic = -0.1", r"\[pairs\] shares must be at least 0"),
        ("[pairs]\nneighbours = 0", r"\[pairs\] neighbours must be at least 1"),
        ('[encoder]\ntowers = "both"', r"\[encoder\] towers is unknown; known are sum, phonetic"),
        ("[encoder]\nwidth = 30\nheads = 4", r"\[encoder\] width must be even and a multiple of"),
        ("[encoder]\nheads = 0", r"\[encoder\] heads must be at least 1"),
        ("[encoder]\ndropout = 1", r"\[encoder\] dropout must be at least 0 and below 1"),
        ("[run]\nbatch_size = 1", r"\[run\] batch_size must be at least 2"),
        ("[run]\nevaluate_every = 0", r"\[run\] evaluate_every must be at least 1"),
        ("[run]\nmine_every = 0", r"\[run\] mine_every must be at least 1"),
        ("[run]\nlearning_rate = nan", r"\[run\] learning_rate must be above 0"),
        ("[run]\nseed = -1", r"\[run\] seed must be at least 0"),
        ('[loss]\nkind = "best"', r"\[loss\] kind is unknown; known are plain, .*label_free"),
        ('[loss]\nkind = "smoothing"\nstrength = 2', r"\[loss\] strength must be from 0 to 1"),
        ("[loss]\nstrength = 0.1", r"\[loss\] strength has no meaning for the loss 'plain'"),
        ('[loss]\nkind = "noise_layer"\nstrength = 1', r"\[loss\] strength .* must be below 1"),
        ("run = 3", r"\[run\] must be a section"),
        ("a = [", r"not a TOML file"),
    ],
)
def test_a_mistake_is_named_with_file_section_and_key(
    tmp_path: Path, text: str, message: str
) -> None:
    """One ConfigError says which file, which section and which key."""
    with pytest.raises(ConfigError, match=r"config\.toml: .*" + message):
        read(tmp_path, text)


def test_a_config_without_data_is_refused(tmp_path: Path) -> None:
    """The message says what the section is for."""
    (tmp_path / "config.toml").write_text("lang = 'en'")
    with pytest.raises(ConfigError, match=r"section \[data\] is missing"):
        read_config(tmp_path / "config.toml")


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    """Neither ends in a traceback."""
    with pytest.raises(ConfigError, match="no such training config"):
        read_config(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not a TOML file"):
        read_config(tmp_path / "binary.toml")
