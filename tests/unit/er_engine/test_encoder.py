"""The encoder: what its vectors promise, with each set of towers, saved, loaded and damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer

from er_engine.encoder.base import Encoder
from er_engine.encoder.config import EncoderConfig
from er_engine.encoder.dummy import DummyEncoder
from er_engine.encoder.phoneme_ids import MAX_PHONEMES, phoneme_ids
from er_engine.encoder.sizes import PhonemeTowerConfig
from er_engine.encoder.trained import TrainedEncoder
from er_engine.encoder.weighted_sum import WeightedSum
from er_engine.errors import EncoderError
from er_engine.phonemes.default import default_g2p
from er_engine.phonemes.inventory import SYMBOLS
from er_engine.surface_forms import text_forms
from er_engine.types import SurfaceForm

TOWER = PhonemeTowerConfig(dimension=24, width=16, layers=1, heads=2, pooling_queries=2)
TEXTS = ("chip and potato", "shipping potato", "nexstar", "arnold schwarzenegger", "a", "fm 428")


def make_module(towers: str = "phonetic", seed: int = 3) -> WeightedSum:
    """Return an untrained encoder, always the same for one seed."""
    torch.manual_seed(seed)
    return WeightedSum(EncoderConfig(towers=towers, tower=TOWER))  # type: ignore[arg-type]


def save(module: WeightedSum, folder: Path) -> Path:
    """Save as a model folder does."""
    SentenceTransformer(modules=[module], device="cpu").save(str(folder), create_model_card=False)
    return folder


def served(module: WeightedSum) -> TrainedEncoder:
    """Return the encoder that serving makes of a module's weights."""
    weights = {name: value.numpy() for name, value in module.own_weights().items()}
    return TrainedEncoder(module.config, weights, "x")


@pytest.fixture(scope="module")
def phonetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a phonetic encoder."""
    return save(make_module(), tmp_path_factory.mktemp("phonetic"))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an encoder with both towers; MiniLM takes seconds to load."""
    return save(make_module("sum"), tmp_path_factory.mktemp("both"))


@pytest.fixture(scope="module")
def loaded(both: Path) -> TrainedEncoder:
    """The encoder with both towers."""
    return TrainedEncoder.load(both)


@pytest.fixture(scope="module")
def forms() -> list[SurfaceForm]:
    """First forms of some texts."""
    return first_forms(*TEXTS)


def first_forms(*texts: str) -> list[SurfaceForm]:
    """Return the first form of each text."""
    return [group[0] for group in text_forms(texts, default_g2p("en", ("lexicon", "neural")))]


def encoder_with(towers: str) -> TrainedEncoder:
    """Return an encoder with these towers."""
    return served(make_module(towers))


def test_sentence_transformers_loads_it(
    both: Path, loaded: TrainedEncoder, forms: list[SurfaceForm]
) -> None:
    """`SentenceTransformer(folder).encode(texts)` gives the texts' first forms in 32 bits."""
    model = SentenceTransformer(str(both), device="cpu", trust_remote_code=True)
    assert isinstance(model[0], WeightedSum)
    assert model.get_embedding_dimension() == 24
    cosines = (model.encode(list(TEXTS)) * loaded.encode(forms)).sum(axis=1)
    assert cosines.min() > 0.99
    similarity = model.similarity(*(model.encode([text]) for text in TEXTS[:2]))
    wanted = loaded.encode(forms[:1]) @ loaded.encode(forms[1:2]).T
    np.testing.assert_allclose(similarity.numpy(), wanted, atol=0.02)


def test_without_a_semantic_tower_sentence_transformers_gives_the_same_vectors(
    phonetic: Path, forms: list[SurfaceForm]
) -> None:
    """NumPy and torch agree to rounding."""
    model = SentenceTransformer(str(phonetic), device="cpu", trust_remote_code=True)
    vectors = TrainedEncoder.load(phonetic).encode(forms)
    np.testing.assert_allclose(model.encode(list(TEXTS)), vectors, atol=1e-5)


@pytest.mark.parametrize("towers", ["phonetic", "semantic", "sum"])
def test_vectors_are_float32_of_unit_length(
    loaded: TrainedEncoder, forms: list[SurfaceForm], towers: str
) -> None:
    """With each set of towers; the towers' weights add up to 1 where there are two."""
    encoder = loaded if towers == "sum" else encoder_with(towers)
    assert isinstance(encoder, Encoder)
    vectors = encoder.encode(forms)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(forms), encoder.dimension) == (len(forms), 24)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert len(np.unique(vectors.round(4), axis=0)) == len(forms)


def test_weighted_sum_is_that_of_the_formula(
    both: Path, loaded: TrainedEncoder, forms: list[SurfaceForm]
) -> None:
    """Unit length of w times phonetic plus 1 - w times semantic, w a sigmoid."""
    parts = loaded.parts(forms)
    weight = torch.sigmoid(WeightedSum.load(str(both)).balance).item()
    total = weight * parts["phonetic"] + (1 - weight) * parts["semantic"]
    wanted = total / np.linalg.norm(total, axis=1, keepdims=True)
    np.testing.assert_allclose(loaded.encode(forms), wanted, atol=1e-6)


def test_batches_and_order_change_nothing(loaded: TrainedEncoder, forms: list[SurfaceForm]) -> None:
    """Alone, in batches of two or all at once, forwards or backwards: the same vectors."""
    together = loaded.encode(forms)
    np.testing.assert_allclose(loaded.encode(forms, batch_size=2), together, atol=1e-5)
    np.testing.assert_allclose(loaded.encode(forms[::-1])[::-1], together, atol=1e-5)
    alone = np.concatenate([loaded.encode([form]) for form in forms])
    np.testing.assert_allclose(alone, together, atol=1e-5)
    assert loaded.encode([]).shape == (0, 24)


def test_order_of_sounds_matters(phonetic: Path) -> None:
    """A name, its sounds reversed, and its words swapped are three different things."""
    encoder = TrainedEncoder.load(phonetic)
    (name,) = first_forms("chip and potato")
    backwards = SurfaceForm(name.text, name.spoken, name.pronunciation[::-1])
    (swapped,) = first_forms("potato and chip")
    vectors = encoder.encode([name, backwards, swapped])
    scores = vectors @ vectors.T
    assert scores[np.triu_indices(3, 1)].max() < 0.999


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(SYMBOLS[3:]), max_size=60))
def test_any_sounds_give_one_finite_vector(sounds: list[str]) -> None:
    """Of unit length, or zero where there is no sound at all."""
    encoder = served(make_module())
    (vector,) = encoder.encode([SurfaceForm("", "", tuple(sounds))])
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1.0 if sounds else 0.0, abs=1e-5)


def test_no_pronunciation_is_found_by_its_spelling(loaded: TrainedEncoder) -> None:
    """Without sounds, the vector is the semantic one alone; beside others in one batch, too."""
    silent = SurfaceForm("♥", "heart", ())
    alone = loaded.encode([silent])
    assert np.isfinite(alone).all()
    assert np.linalg.norm(alone) == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(loaded.encode([*first_forms("heart"), silent])[1:], alone, atol=1e-5)


def test_a_name_of_64_words_is_read_to_its_end(phonetic: Path) -> None:
    """Its last word counts; what goes beyond the limit of sounds is cut, not refused."""
    encoder = TrainedEncoder.load(phonetic)
    words = ["banana"] * 64
    long, other = first_forms(" ".join(words), " ".join([*words[:-1], "kingdom"]))
    vectors = encoder.encode([long, other])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-4
    endless = SurfaceForm("", "", ("b", "ə") * 5_000)
    assert len(phoneme_ids(endless.pronunciation)) == MAX_PHONEMES
    assert np.isfinite(encoder.encode([endless])).all()


def test_the_tower_stays_on_the_device_of_its_sounds() -> None:
    """No tensor is made on the CPU behind its back, which would fail on an accelerator."""
    module = make_module().to("meta")
    features = {
        name: value.to("meta")
        for name, value in module.features(first_forms("chip and potato")).items()
    }
    assert module(features)["sentence_embedding"].device.type == "meta"


def test_saved_and_loaded_gives_the_same_vectors(
    phonetic: Path, tmp_path: Path, forms: list[SurfaceForm]
) -> None:
    """And the same fingerprint, also after saving what was loaded."""
    first = TrainedEncoder.load(phonetic)
    module = WeightedSum.load(str(phonetic))
    again = TrainedEncoder.load(save(module, tmp_path / "again"))
    np.testing.assert_array_equal(again.encode(forms), first.encode(forms))
    np.testing.assert_array_equal(first.encode(forms), served(make_module()).encode(forms))
    assert again.fingerprint == first.fingerprint
    assert again.config == first.config


def test_the_fingerprint_follows_weights_and_config(phonetic: Path, tmp_path: Path) -> None:
    """Another weight, another fingerprint; so with another G2P."""
    before = TrainedEncoder.load(phonetic).fingerprint
    module = make_module()
    with torch.no_grad():
        module.phonetic.pooling.out.bias[0] += 1e-3
    assert TrainedEncoder.load(save(module, tmp_path / "a")).fingerprint != before
    other = WeightedSum(EncoderConfig(towers="phonetic", tower=TOWER, g2p=("lexicon",)))
    other.load_state_dict(make_module().state_dict())
    assert TrainedEncoder.load(save(other, tmp_path / "b")).fingerprint != before


def damaged(phonetic: Path, folder: Path, **changes: object) -> Path:
    """Return a copy of the encoder with these values in its config."""
    shutil.copytree(phonetic, folder)
    values = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(values | changes))
    return folder


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inventory_version": "0-old"}, "trained with phoneme inventory 0-old"),
        ({"towers": "three"}, "towers 'three' is unknown"),
        ({"colour": 1}, "encoder config: .*colour"),
        ({"tower": {"width": 8, "depth": 1}}, "encoder config: .*depth"),
        ({"tower": {"width": 8}}, "damaged or of another version"),
        ({"tower": {"width": "8"}}, "damaged or of another version"),
        ({"g2p": None}, "encoder config"),
    ],
)
def test_another_config_is_refused(
    phonetic: Path, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    """An EncoderError says what is wrong."""
    with pytest.raises(EncoderError, match=message):
        TrainedEncoder.load(damaged(phonetic, tmp_path / "x", **changes))


def test_damaged_weights_are_refused(phonetic: Path, tmp_path: Path) -> None:
    """Cut, empty, or missing weights and a config that is no JSON."""
    folder = damaged(phonetic, tmp_path / "x")
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    for content in (whole[:-8], whole[: len(whole) // 2], b"", b"junk" * 100):
        weights.write_bytes(content)
        with pytest.raises(EncoderError, match="damaged or of another version"):
            TrainedEncoder.load(folder)
    weights.unlink()
    with pytest.raises(EncoderError, match=r"model\.safetensors is missing"):
        TrainedEncoder.load(folder)
    weights.write_bytes(whole)
    (folder / "config.json").write_text("[1")
    with pytest.raises(EncoderError, match="damaged or of another version"):
        TrainedEncoder.load(folder)


def test_an_unknown_semantic_model_is_refused(tmp_path: Path) -> None:
    """The message says what may be given."""
    config = EncoderConfig(tower=TOWER, semantic_model=str(tmp_path / "none"))
    with pytest.raises(EncoderError, match=r"semantic model .* can't be loaded"):
        WeightedSum(config)


def test_the_trainer_of_sentence_transformers_trains_it(tmp_path: Path) -> None:
    """Two steps with its own loss change the weights."""
    from datasets import Dataset
    from sentence_transformers import (
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    module = make_module()
    model = SentenceTransformer(modules=[module], device="cpu")
    before = {name: value.clone() for name, value in module.own_weights().items()}
    pairs = {
        "anchor": ["shipping potato", "braking bed"],
        "positive": ["chip and potato", "breaking bad"],
    }
    SentenceTransformerTrainer(
        model=model,
        args=SentenceTransformerTrainingArguments(
            output_dir=str(tmp_path),
            max_steps=2,
            per_device_train_batch_size=2,
            learning_rate=1e-2,
            report_to="none",
            use_cpu=True,
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_dict(pairs),
        loss=MultipleNegativesRankingLoss(model),
    ).train()
    changed = {n for n, value in module.own_weights().items() if not torch.equal(value, before[n])}
    # Of one tower alone there is no balance to learn.
    assert changed >= {"phonetic.embedding.weight", "phonetic.pooling.out.weight"}
    assert "balance" not in changed


def test_the_dummy_encoder_keeps_the_promises(forms: list[SurfaceForm]) -> None:
    """It stands for a model in tests: unit vectors, the same at each call, alike for what is."""
    dummy = DummyEncoder(32)
    assert isinstance(dummy, Encoder)
    vectors = dummy.encode(forms)
    np.testing.assert_array_equal(vectors, dummy.encode(forms))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert dummy.fingerprint != DummyEncoder(64).fingerprint
