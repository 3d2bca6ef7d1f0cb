"""A trained encoder loaded from a model folder, behind the `Encoder` protocol."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from er_engine.errors import EncoderError
from er_engine.files import sha256_of
from er_engine.search import FloatArray

if TYPE_CHECKING:
    from er_engine.encoder.weighted_sum import WeightedSum
    from er_engine.types import SurfaceForm

FINGERPRINT_FILES = ("config.json", "model.safetensors")


class TrainedEncoder:
    """Encodes surface forms with a `WeightedSum` module."""

    def __init__(self, module: WeightedSum, fingerprint: str) -> None:
        self._module = module.eval()
        self._fingerprint = fingerprint

    @classmethod
    def load(cls, folder: Path) -> TrainedEncoder:
        """Load from the `encoder/` folder of a model.

        Raises:
            EncoderError: the folder is missing, damaged or of another version.
        """
        missing = [name for name in FINGERPRINT_FILES if not (folder / name).is_file()]
        if missing:
            raise EncoderError(f"no encoder in {folder}: {', '.join(missing)} is missing")
        from er_engine.encoder.weighted_sum import WeightedSum

        return cls(WeightedSum.load(str(folder)), encoder_fingerprint(folder))

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self._module.get_embedding_dimension()

    @property
    def fingerprint(self) -> str:
        """Digest of config and weights."""
        return self._fingerprint

    @property
    def module(self) -> WeightedSum:
        """The torch module, for training and ablations."""
        return self._module

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """See `Encoder.encode`; sorted by length inside, so that little is padded."""
        import torch

        vectors = np.zeros((len(forms), self.dimension), dtype=np.float32)
        order = sorted(range(len(forms)), key=lambda row: len(forms[row].pronunciation))
        with torch.inference_mode():
            for start in range(0, len(order), batch_size):
                rows = order[start : start + batch_size]
                features = self._module.features([forms[row] for row in rows])
                vectors[rows] = self._module(features)["sentence_embedding"].numpy()
        return vectors


def encoder_fingerprint(folder: Path) -> str:
    """Hex SHA-256 over the files that determine the vectors."""
    digest = hashlib.sha256()
    for name in FINGERPRINT_FILES:
        digest.update(f"{name}:{sha256_of(folder / name)}\n".encode())
    return digest.hexdigest()
