"""A model: the encoder, its G2P, and the learned numbers of reranking and calibration.

One folder: `encoder/` (sentence-transformers format), `confusions.tsv` (a model without it aligns
phonemes by articulation alone), `rerank.json`, `calibration.json`, `model_card.md`. The packaged
default is `er_engine/models/en`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from er_engine.encoder.base import Encoder
from er_engine.encoder.dummy import DummyEncoder
from er_engine.encoder.sound_vectors import SoundVectors
from er_engine.errors import EncoderError
from er_engine.files import sha256_of
from er_engine.phonemes.confusion_costs import confusion_costs
from er_engine.phonemes.confusion_table import CONFUSIONS, read_confusions
from er_engine.phonemes.default import default_g2p
from er_engine.phonemes.g2p import G2P
from er_engine.phonemes.similarity import Costs, articulatory_costs
from er_engine.rerank.settings import ModelSettings

MODELS = Path(__file__).parent / "models"
DEFAULT_MODEL = MODELS / "en"
# For tests and for trying things out: no weights, no torch.
DUMMY = "dummy"
_SETTINGS_FILES = ("rerank.json", "calibration.json")


@dataclass(frozen=True, slots=True)
class Model:
    """What resolving needs beside an index.

    `costs` align what was heard with names; `sound_vectors` compare it with parts of names, None
    leaves that out.
    """

    encoder: Encoder
    g2p: G2P
    lang: str = "en"
    settings: ModelSettings = field(default_factory=ModelSettings)
    fingerprint: str = DUMMY
    costs: Costs = field(default_factory=articulatory_costs, compare=False, repr=False)
    sound_vectors: SoundVectors | None = field(default=None, compare=False, repr=False)


def load_model(location: Path | str | None = None, lang: str | None = None) -> Model:
    """Load a model folder; None is the packaged default, "dummy" an encoder without weights.

    Args:
        location: folder of a model.
        lang: language of the catalog; None takes the model's own.

    Raises:
        EncoderError: the folder is missing, damaged or of another version.
        MissingExtraError: the language needs eSpeak.
    """
    if location == DUMMY:
        return Model(DummyEncoder(), default_g2p(lang or "en"), lang or "en")
    folder = DEFAULT_MODEL if location is None else Path(location)
    if not folder.is_dir():
        raise EncoderError(f"no model folder at {folder}; train one with `er-engine train`")
    from er_engine.encoder.trained import TrainedEncoder

    settings = ModelSettings.load(folder)
    encoder = TrainedEncoder.load(folder / "encoder")
    config = encoder.config
    spoken = lang or config.lang
    g2p = default_g2p(spoken, config.g2p if spoken == config.lang else None)
    fingerprint = _fingerprint(folder, encoder, g2p)
    return Model(encoder, g2p, spoken, settings, fingerprint, _costs(folder), encoder.sound_vectors)


def _costs(folder: Path) -> Costs:
    path = folder / CONFUSIONS
    return confusion_costs(read_confusions(path)) if path.exists() else articulatory_costs()


def _fingerprint(folder: Path, encoder: Encoder, g2p: G2P) -> str:
    parts = [encoder.fingerprint, g2p.name]
    parts.extend(sha256_of(folder / name) for name in _SETTINGS_FILES)
    if (folder / CONFUSIONS).exists():
        parts.append(sha256_of(folder / CONFUSIONS))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
