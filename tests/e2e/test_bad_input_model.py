"""A damaged model is never used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.failing import Command, write_catalog


@pytest.fixture(scope="module")
def sound_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model without a semantic tower."""
    from er_engine.encoder.config import EncoderConfig
    from er_engine.encoder.weighted_sum import WeightedSum
    from er_engine.rerank.settings import ModelSettings

    folder = tmp_path_factory.mktemp("models")
    (folder / "encoder").mkdir()
    WeightedSum(EncoderConfig(towers="phonetic")).save(str(folder / "encoder"))
    ModelSettings().save(folder)
    return folder


@pytest.fixture
def model(sound_model: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(sound_model, tmp_path / "model"))


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line."""
    return Command(capsys)


def assert_refused(command: Command, model: Path, *words: str) -> None:
    """Building with the model fails with a message that has these words."""
    catalog = write_catalog(model.parent / "catalog.jsonl")
    output = model.parent / "index"
    command("index", "build", catalog, "-o", output, "--model", model).fails_saying(*words)
    assert not output.exists()


def test_a_sound_model_builds_an_index(command, model):
    """The other tests fail for the damage that they do, not for the model they start from."""
    catalog = write_catalog(model.parent / "catalog.jsonl")
    outcome = command("index", "build", catalog, "-o", model.parent / "index", "--model", model)
    assert outcome.code == 0, outcome.err


@pytest.mark.parametrize(
    "name",
    ["encoder/config.json", "encoder/model.safetensors", "rerank.json", "calibration.json"],
)
@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_a_damaged_file_is_told(name, damage, command, model):
    """Whichever file it is, the message names it or its folder."""
    path = model / name
    content = path.read_bytes()
    path.unlink()
    if damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    assert_refused(command, model, str(path.parent))


def test_weights_that_are_not_there_are_not_made_up(command, model):
    """A weights file without one of the weights is refused, not completed at random."""
    from safetensors.torch import load_file, save_file

    path = model / "encoder" / "model.safetensors"
    weights = load_file(path)
    lost = min(weights)
    save_file({name: value for name, value in weights.items() if name != lost}, path)
    assert_refused(command, model, lost, "model.safetensors")


@pytest.mark.parametrize("change", [{"unknown": 1}, {"inventory_version": "another"}])
def test_a_config_of_another_version_is_refused(change, command, model):
    """The message says what to do."""
    path = model / "encoder" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}), encoding="utf-8")
    assert_refused(command, model, "train the model again")
