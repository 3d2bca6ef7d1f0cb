"""Model folders: what is loaded, what the fingerprint covers, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from er_engine.encoder.config import EncoderConfig
from er_engine.encoder.sizes import PhonemeTowerConfig
from er_engine.encoder.weighted_sum import WeightedSum
from er_engine.errors import EncoderError
from er_engine.model import load_model
from er_engine.phonemes.confusion_table import CONFUSIONS, ConfusionTable, N
from er_engine.phonemes.default import default_g2p
from er_engine.phonemes.inventory import ids
from er_engine.phonemes.similarity import articulatory_costs
from er_engine.rerank.settings import ModelSettings, RerankSettings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole model with a toy encoder."""
    torch.manual_seed(1)
    tower = PhonemeTowerConfig(dimension=16, width=16, layers=1, heads=2, pooling_queries=2)
    module = WeightedSum(EncoderConfig(towers="phonetic", tower=tower))
    model = SentenceTransformer(modules=[module], device="cpu")
    model.save(str(tmp_path / "m" / "encoder"), create_model_card=False)
    ModelSettings(RerankSettings({"vector": 1.0})).save(tmp_path / "m")
    return tmp_path / "m"


def test_a_model_is_loaded_with_all_its_parts(folder: Path) -> None:
    """Encoder, G2P, language and learned numbers; the same fingerprint at each load."""
    model = load_model(folder)
    assert model.encoder.dimension == 16
    assert (model.lang, model.g2p.name) == ("en", default_g2p().name)
    assert model.settings.rerank.weights == {"vector": 1.0}
    assert load_model(folder).fingerprint == model.fingerprint


def test_the_fingerprint_covers_learned_numbers(folder: Path) -> None:
    """Other weights of the reranker: another model, with the same encoder."""
    before = load_model(folder)
    ModelSettings(RerankSettings({"vector": 0.5})).save(folder)
    after = load_model(folder)
    assert after.fingerprint != before.fingerprint
    assert after.encoder.fingerprint == before.encoder.fingerprint


def test_counted_confusions_are_the_costs_of_alignment(folder: Path) -> None:
    """With a table, other costs and another model; without one, articulation alone."""
    before = load_model(folder)
    assert before.costs is articulatory_costs()
    sounds = np.zeros((N, N + 1))
    p, s = ids(["p", "s"])
    sounds[p, s] = 100.0
    ConfusionTable(sounds, np.zeros(N), 10.0).save(folder / CONFUSIONS)
    after = load_model(folder)
    assert after.costs.substitution[s, p] < before.costs.substitution[s, p]
    assert after.fingerprint != before.fingerprint
    (folder / CONFUSIONS).write_text("nothing\n")
    with pytest.raises(EncoderError, match=r"confusions\.tsv, line 1"):
        load_model(folder)


def test_an_incomplete_model_is_refused(folder: Path) -> None:
    """The message names what is missing."""
    (folder / "calibration.json").unlink()
    with pytest.raises(EncoderError, match=r"calibration\.json is missing"):
        load_model(folder)
    with pytest.raises(EncoderError, match=r"no model folder at .*; train one"):
        load_model(folder / "none")
    (folder / "calibration.json").write_text("{}")
    (folder / "encoder" / "config.json").unlink()
    with pytest.raises(EncoderError, match=r"config\.json is missing"):
        load_model(folder)


def test_an_encoder_with_another_inventory_is_refused(folder: Path) -> None:
    """Its phoneme ids would mean something else."""
    path = folder / "encoder" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"inventory_version": "0-old"}))
    with pytest.raises(EncoderError, match="phoneme inventory 0-old"):
        load_model(folder)


def test_the_dummy_needs_no_folder() -> None:
    """For tests of everything else."""
    model = load_model("dummy")
    assert model.encoder.fingerprint == "dummy-64"
    assert model.settings == ModelSettings()
