"""The step that learns confusions alone, by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from er_engine.catalog import write_catalog
from er_engine.cli import main
from er_engine.phonemes.confusion_table import read_confusions
from er_engine.queries import write_queries
from er_engine.types import Entity, Hypothesis, Query
from training.confusion.halves import in_training_half
from training.confusion.step import half_of_recordings

NAMES = ("vito lomaro", "rena sobel", "tom banner", "nora wilde", "ada moss", "ivo hart")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A training config with a catalog and an n-best file, used as recordings too."""
    write_catalog(tmp_path / "catalog.jsonl", [Entity(name, name) for name in NAMES])
    queries = [Query(n, (Hypothesis(n.replace("o", "u")),), (n,), reference=n) for n in NAMES]
    write_queries(tmp_path / "queries.jsonl", queries)
    path = tmp_path / "config.toml"
    path.write_text('[data]\nnbest = ["queries.jsonl"]\ncatalogs = ["catalog.jsonl"]\n')
    return path


def train(config: Path, *more: str) -> Path:
    """Learn confusions into a folder beside the config."""
    folder = config.with_name("model")
    arguments = ["train", str(config), "-o", str(folder), "--only", "confusions", "--quiet"]
    assert main([*arguments, *more]) == 0
    return folder / "confusions.tsv"


def test_the_step_writes_the_table_and_nothing_else(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counts of what was heard; the same bytes when learned again."""
    path = train(config, "--json")
    record = json.loads(capsys.readouterr().out)
    assert 0 < record["pairs"] <= record["utterances"] <= len(NAMES)
    assert read_confusions(path).sounds.sum() > 0
    assert [found.name for found in path.parent.iterdir()] == ["confusions.tsv"]
    before = path.read_bytes()
    assert train(config).read_bytes() == before


def test_half_of_the_recordings_is_learned_from(config: Path) -> None:
    """The other half stays for tests; recordings change what is learned."""
    found = {utterance.said for utterance in half_of_recordings(config.parent)}
    assert found == {name for name in NAMES if in_training_half(name)}
    before = read_confusions(train(config)).sounds.sum()
    assert read_confusions(train(config, "--recordings", str(config.parent))).sounds.sum() > before


def test_missing_recordings_are_an_error(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped folder must not pass for a training without recordings."""
    arguments = ["train", str(config), "-o", str(tmp_path / "model"), "--only", "confusions"]
    assert main([*arguments, "--recordings", str(tmp_path / "none")]) == 1
    assert (
        f"{tmp_path / 'none' / 'catalog.jsonl'}: there is no such file" in capsys.readouterr().err
    )
