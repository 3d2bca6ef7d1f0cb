"""The Siamese encoder as a sentence-transformers module: phonetic + semantic, a weighted sum.

    vector = unit(w * phonetic + (1 - w) * unit(projection(semantic))),   w = sigmoid(balance)

Source: "Phonetic embedding for ASR robustness in entity resolution", Zhou, Bao, Campbell,
Interspeech 2022. `SentenceTransformer(path, trust_remote_code=True)` loads it (the flag allows
classes that are not sentence-transformers' own); `SentenceTransformerTrainer` trains it. Serving
takes the same folder without torch: `er_engine.encoder.trained`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule
from torch import Tensor, nn
from torch.nn import functional

from er_engine.encoder.config import CONFIG_FILE, WEIGHTS_FILE, EncoderConfig
from er_engine.encoder.phoneme_ids import padded_ids, phoneme_ids
from er_engine.encoder.phoneme_tower import PhonemeTower
from er_engine.encoder.semantic_tower import load_semantic_model, semantic_width
from er_engine.errors import EncoderError
from er_engine.phonemes.default import default_g2p
from er_engine.surface_forms import text_forms
from er_engine.types import SurfaceForm

# The trainer of sentence-transformers finds the features of a column by this name alone.
PHONEME_IDS = "input_ids"
# Not with an underscore: "..._input_ids" would be taken for a column of its own there.
SEMANTIC_PREFIX = "semantic."
SPOKEN_ROWS = "spoken_rows"


class WeightedSum(InputModule):
    """Spoken forms in, unit vectors out, for sentence-transformers."""

    save_in_root = True
    config_file_name = CONFIG_FILE

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.config = config
        self.phonetic = PhonemeTower(config.tower)
        self.balance = nn.Parameter(torch.tensor(0.0))
        self.semantic: SentenceTransformer | None = None
        if config.towers != "phonetic":
            self.semantic = load_semantic_model(config.semantic_model)
            self.semantic.requires_grad_(False)
            width = semantic_width(self.semantic)
            self.projection = nn.Linear(width, config.tower.dimension)
        self._g2p = default_g2p(config.lang, config.g2p)

    def get_embedding_dimension(self) -> int:
        """Width of the vectors."""
        return self.config.tower.dimension

    def preprocess(  # type: ignore[override]  # text is the only modality
        self, inputs: Sequence[str], prompt: str | None = None, **_: Any
    ) -> dict[str, Tensor]:
        """Texts to features, through the same normalisation and G2P as everywhere else.

        A text with several spoken forms or pronunciations is represented by its first.
        """
        texts = [f"{prompt or ''}{text}" for text in inputs]
        first = [forms[0] for forms in text_forms(texts, self._g2p, self.config.lang)]
        return self.features(first)

    def features(self, forms: Sequence[SurfaceForm]) -> dict[str, Tensor]:
        """Surface forms to the tensors that `forward` reads."""
        features = {PHONEME_IDS: pad_phonemes([phoneme_ids(f.pronunciation) for f in forms])}
        if self.semantic is not None:
            # Several pronunciations of one text share its sentence embedding.
            row_of: dict[str, int] = {}
            rows = [row_of.setdefault(form.spoken, len(row_of)) for form in forms]
            features[SPOKEN_ROWS] = torch.tensor(rows)
            tokens = self.semantic.preprocess(list(row_of))
            for name, value in tokens.items():
                if isinstance(value, Tensor):
                    features[SEMANTIC_PREFIX + name] = value
        return features

    def forward(self, features: dict[str, Tensor], **_: Any) -> dict[str, Tensor]:
        """Add `sentence_embedding` float32 (n, dimension), unit length.

        `semantic_embedding` float32 (n, semantic width) may be given in place of tokens, so that
        training computes the frozen semantic tower only once.
        """
        parts = self.parts(features)
        weighted = torch.stack([self.weight(name) * part for name, part in parts.items()])
        features["sentence_embedding"] = functional.normalize(weighted.sum(dim=0), dim=-1)
        return features

    def parts(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Each tower's own unit vectors, float32 (n, dimension), by tower."""
        parts = {}
        if self.config.towers != "semantic":
            parts["phonetic"] = self.phonetic(features[PHONEME_IDS])
        if self.config.towers != "phonetic":
            meaning = self._semantic_embedding(features)
            parts["semantic"] = functional.normalize(self.projection(meaning).float(), dim=-1)
        return parts

    def weight(self, tower: str) -> Tensor:
        """The learned weight of a tower, 0 to 1; both add up to 1."""
        if self.config.towers != "sum":
            return torch.ones(())
        phonetic = torch.sigmoid(self.balance)
        return phonetic if tower == "phonetic" else 1 - phonetic

    def _semantic_embedding(self, features: Mapping[str, Tensor]) -> Tensor:
        given = features.get("semantic_embedding")
        if given is not None:
            return given
        assert self.semantic is not None
        tokens = {
            name.removeprefix(SEMANTIC_PREFIX): value
            for name, value in features.items()
            if name.startswith(SEMANTIC_PREFIX)
        }
        embedding: Tensor = self.semantic(tokens)["sentence_embedding"]
        return embedding[features[SPOKEN_ROWS]]

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Write config.json and model.safetensors; the semantic model is named, not copied."""
        folder = Path(output_path)
        config = json.dumps(self.config.as_json(), indent=2, sort_keys=True)
        (folder / self.config_file_name).write_text(config + "\n", encoding="utf-8")
        save_file(self.own_weights(), folder / WEIGHTS_FILE)
        (folder / WEIGHTS_FILE).chmod(0o644)  # safetensors lets only the owner read

    def own_weights(self) -> dict[str, Tensor]:
        """The weights without those of the semantic model, which is stored by name."""
        return {
            name: value.contiguous()
            for name, value in self.state_dict().items()
            if not name.startswith("semantic.")
        }

    @classmethod
    def load(  # type: ignore[override]  # no hub: the folder is local
        cls, model_name_or_path: str, subfolder: str = "", **_: Any
    ) -> Self:
        """Read what `save` wrote.

        Raises:
            EncoderError: the folder is missing, damaged or of another version.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        folder = Path(model_name_or_path) / subfolder
        try:
            values = json.loads((folder / cls.config_file_name).read_text(encoding="utf-8"))
            module = cls(EncoderConfig.from_json(values))
            weights = load_file(folder / WEIGHTS_FILE)
            if missing := sorted(module.own_weights().keys() - weights.keys()):
                raise ValueError(f"no {missing[0]!r} in {WEIGHTS_FILE}")
            module.load_state_dict({**module.state_dict(), **weights}, strict=True)
        except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
            raise EncoderError(
                f"encoder {folder}: {error}; the folder is missing, damaged or of another version"
            ) from error
        return module


def pad_phonemes(rows: Sequence[np.ndarray[Any, np.dtype[np.uint8]]]) -> Tensor:
    """Ragged ids to int64 (n, longest), 0 where padded; at least one column."""
    return torch.from_numpy(padded_ids(rows))
