"""A trained encoder loaded from a model folder, behind the `Encoder` protocol; no torch needed.

The phoneme tower runs in NumPy, the packaged MiniLM in ONNX Runtime with 8 bits. The same folder
loaded by sentence-transformers (`er_engine.encoder.weighted_sum`) runs both in torch: equal to
1e-5 where there is no semantic tower, and within a cosine of 0.99 where 8 bits round it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from er_engine.encoder.config import CONFIG_FILE, WEIGHTS_FILE, EncoderConfig
from er_engine.encoder.phoneme_forward import PhonemeForward
from er_engine.encoder.phoneme_ids import padded_ids, phoneme_ids
from er_engine.encoder.sentence_embedder import SentenceEmbedder, load_sentence_embedder
from er_engine.encoder.sound_vectors import SoundVectors
from er_engine.errors import EncoderError
from er_engine.files import sha256_of
from er_engine.search import FloatArray, unit_length
from er_engine.types import SurfaceForm

FINGERPRINT_FILES = (CONFIG_FILE, WEIGHTS_FILE)
_PHONETIC = "phonetic."


class TrainedEncoder:
    """Encodes surface forms with both towers and their learned weights.

        vector = unit(w * phonetic + (1 - w) * unit(projection(semantic))),   w = sigmoid(balance)

    Source: Zhou, Bao, Campbell, Interspeech 2022.
    """

    def __init__(
        self,
        config: EncoderConfig,
        weights: Mapping[str, FloatArray],
        fingerprint: str,
        embedder: SentenceEmbedder | None = None,
    ) -> None:
        """Take the weights of a `WeightedSum`, by their names there.

        Args:
            config: which towers, and their sizes.
            weights: float32, without those of the semantic model.
            fingerprint: digest of config and weights.
            embedder: the semantic model; None loads the one that `config` names.

        Raises:
            KeyError, ValueError: a weight is missing or has another size.
            EncoderError: the semantic model can't be loaded.
        """
        self._config = config
        # `balance` is always there; it is learned, and counts, only where there are two towers.
        share = np.float32(1 / (1 + np.exp(-float(weights["balance"]))))
        self._shares = {"phonetic": share, "semantic": np.float32(1) - share}
        tower = {
            name.removeprefix(_PHONETIC): value
            for name, value in weights.items()
            if name.startswith(_PHONETIC)
        }
        self._phonetic = PhonemeForward(tower, config.tower)
        self._sound_vectors = SoundVectors(self._phonetic)
        self._embedder = None
        if config.towers != "phonetic":
            self._embedder = embedder or load_sentence_embedder(config.semantic_model)
            self._projection = weights["projection.weight"].T
            self._projection_bias = weights["projection.bias"]
            if self._projection.shape != (self._embedder.width, config.tower.dimension):
                raise ValueError(f"projection.weight has shape {self._projection.shape[::-1]}")
            fingerprint = f"{fingerprint}\n{self._embedder.fingerprint}"
            fingerprint = hashlib.sha256(fingerprint.encode()).hexdigest()
        self._fingerprint = fingerprint

    @classmethod
    def load(cls, folder: Path) -> TrainedEncoder:
        """Load from the `encoder/` folder of a model.

        Raises:
            EncoderError: the folder is missing, damaged or of another version.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        missing = [name for name in FINGERPRINT_FILES if not (folder / name).is_file()]
        if missing:
            raise EncoderError(f"no encoder in {folder}: {', '.join(missing)} is missing")
        try:
            values = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
            config = EncoderConfig.from_json(values)
            weights = load_file(folder / WEIGHTS_FILE)
            return cls(config, weights, files_fingerprint(folder))
        except KeyError as error:
            problem = f"no {error} in {WEIGHTS_FILE}"
        except (OSError, ValueError, TypeError, SafetensorError) as error:
            problem = str(error)
        raise EncoderError(
            f"encoder {folder}: {problem}; the folder is missing, damaged or of another version"
        )

    @property
    def config(self) -> EncoderConfig:
        """What shapes it."""
        return self._config

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self._config.tower.dimension

    @property
    def fingerprint(self) -> str:
        """Digest of config, weights and how the semantic model is run."""
        return self._fingerprint

    @property
    def sound_vectors(self) -> SoundVectors | None:
        """The phoneme tower alone; None where the encoder does not use it."""
        return None if self._config.towers == "semantic" else self._sound_vectors

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """See `Encoder.encode`; sorted by length inside, so that little is padded."""
        vectors = np.zeros((len(forms), self.dimension), dtype=np.float32)
        order = sorted(range(len(forms)), key=lambda row: len(forms[row].pronunciation))
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            parts = self.parts([forms[row] for row in rows])
            vectors[rows] = self.join(parts)
        return vectors

    def parts(self, forms: Sequence[SurfaceForm]) -> dict[str, FloatArray]:
        """Each tower's own unit vectors, float32 (n, dimension), by tower."""
        parts = {}
        if self._config.towers != "semantic":
            ids = [phoneme_ids(form.pronunciation) for form in forms]
            parts["phonetic"] = self._phonetic(padded_ids(ids))
            # What was heard is soon compared with parts of names.
            sounds = [row.tobytes() for row in ids]
            self._sound_vectors.keep(dict(zip(sounds, parts["phonetic"], strict=True)))
        if self._embedder is not None:
            parts["semantic"] = self._semantic(self._embedder, forms)
        return parts

    def _semantic(self, embedder: SentenceEmbedder, forms: Sequence[SurfaceForm]) -> FloatArray:
        # Several pronunciations of one text share its sentence embedding.
        row_of: dict[str, int] = {}
        rows = [row_of.setdefault(form.spoken, len(row_of)) for form in forms]
        meaning = embedder.embed(list(row_of)) @ self._projection + self._projection_bias
        return unit_length(meaning)[rows]

    def join(self, parts: Mapping[str, FloatArray]) -> FloatArray:
        """Return the weighted sum of what `parts` returned, float32 (n, dimension), unit length."""
        if self._config.towers != "sum":
            (only,) = parts.values()
            return only
        weighted = [self._shares[name] * vectors for name, vectors in parts.items()]
        return unit_length(np.sum(weighted, axis=0))


def files_fingerprint(folder: Path) -> str:
    """Hex SHA-256 over the files that determine the vectors."""
    digest = hashlib.sha256()
    for name in FINGERPRINT_FILES:
        digest.update(f"{name}:{sha256_of(folder / name)}\n".encode())
    return digest.hexdigest()
