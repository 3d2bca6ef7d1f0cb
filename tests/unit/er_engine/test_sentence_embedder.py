"""The packaged MiniLM in 8 bits: near its float32 model, and the same in every batch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from er_engine.encoder.config import PACKAGED_MINILM
from er_engine.encoder.quantised_bert import quantise_rows
from er_engine.encoder.semantic_tower import load_semantic_model
from er_engine.encoder.sentence_embedder import (
    QuantisedMiniLM,
    TorchEmbedder,
    load_sentence_embedder,
    packaged_minilm,
)
from er_engine.errors import EncoderError
from er_engine.search import FloatArray

TEXTS = (
    "chip and potato",
    "a",
    "the lord of the rings the return of the king",
    "nexstar",
    "fm four twenty eight",
    "zwölf boxkämpfer",
    "our old shorts hanger",
    "",
)


@pytest.fixture(scope="module")
def embedder() -> QuantisedMiniLM:
    """The packaged model in 8 bits."""
    return QuantisedMiniLM(packaged_minilm())


@pytest.fixture(scope="module")
def exact() -> FloatArray:
    """What sentence-transformers makes of the texts in 32 bits."""
    return TorchEmbedder(load_semantic_model(PACKAGED_MINILM)).embed(TEXTS)


def test_eight_bits_stay_near_the_float_model(embedder: QuantisedMiniLM, exact: FloatArray) -> None:
    """Cosine above 0.98 for each text; unit length, float32."""
    found = embedder.embed(TEXTS)
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), embedder.width) == exact.shape
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    cosines = (found * exact).sum(axis=1)
    assert cosines.min() > 0.98
    assert cosines.mean() > 0.99


def test_a_text_has_one_vector_in_every_batch(embedder: QuantisedMiniLM) -> None:
    """Alone, among others, in any order and however long these are: the same bits."""
    together = embedder.embed(TEXTS)
    for row, text in enumerate(TEXTS):
        np.testing.assert_array_equal(embedder.embed([text])[0], together[row])
    crowd = [*TEXTS[::-1], "a very long name " * 40, *("filler" for _ in range(70))]
    np.testing.assert_array_equal(embedder.embed(crowd)[: len(TEXTS)][::-1], together)


def test_threads_change_nothing(embedder: QuantisedMiniLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread and three give the same bits and the same fingerprint."""
    texts = [f"{text} {number}" for text in TEXTS for number in range(8)]
    for threads in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        other = QuantisedMiniLM(packaged_minilm())
        assert other.fingerprint == embedder.fingerprint
        np.testing.assert_array_equal(other.embed(texts), embedder.embed(texts))


def test_other_weights_of_one_name_have_another_fingerprint(tmp_path: Path) -> None:
    """An index of the old ones is then refused; the same weights elsewhere are the same."""
    import torch

    model = load_semantic_model(PACKAGED_MINILM)
    folder = tmp_path / "model"
    model.save(str(folder), create_model_card=False)
    first = load_sentence_embedder(str(folder)).fingerprint
    assert TorchEmbedder(model).fingerprint == first
    with torch.no_grad():
        next(model.parameters())[0, 0] += 1.0
    model.save(str(folder), create_model_card=False)
    assert load_sentence_embedder(str(folder)).fingerprint != first


def test_no_text_gives_no_vector(embedder: QuantisedMiniLM) -> None:
    """An empty list is no error."""
    assert embedder.embed([]).shape == (0, embedder.width)


def test_other_models_are_run_by_sentence_transformers(exact: FloatArray) -> None:
    """A folder gives the float model, under another fingerprint."""
    other = load_sentence_embedder(str(packaged_minilm()))
    assert isinstance(other, TorchEmbedder)
    assert other.embed([]).shape == (0, other.width)
    np.testing.assert_allclose(other.embed(TEXTS), exact, atol=1e-6)
    assert other.fingerprint != load_sentence_embedder(PACKAGED_MINILM).fingerprint


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_damaged_package_is_refused(tmp_path: Path, name: str) -> None:
    """The message says where and what to do."""
    folder = tmp_path / "model"
    shutil.copytree(packaged_minilm(), folder)
    (folder / name).write_bytes(b"{")
    with pytest.raises(EncoderError, match="install er-engine again"):
        QuantisedMiniLM(folder)


def test_weights_are_rounded_by_half_a_step_at_most() -> None:
    """Each row has its own scale; 7 bits; a row of zeros stays zero."""
    weight = np.random.default_rng(1).normal(size=(5, 9)).astype(np.float32)
    weight[2] = 0
    numbers, scales = quantise_rows(weight)
    assert np.abs(numbers).max() == 63
    assert numbers.dtype == np.int8
    assert (np.abs(numbers * scales[:, None] - weight) <= scales[:, None] * 0.5001).all()
    assert not numbers[2].any()


def test_serving_loads_no_torch() -> None:
    """The packaged model encodes without importing torch or sentence-transformers."""
    code = (
        "import sys\nfrom er_engine.model import load_model\n"
        "from er_engine.types import SurfaceForm\n"
        "load_model().encoder.encode([SurfaceForm('a', 'a', ('a',))])\n"
        "print({'torch', 'sentence_transformers'} & sys.modules.keys() or 'none')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "none"
