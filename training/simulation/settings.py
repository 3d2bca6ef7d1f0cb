"""Everything that decides what a simulation gives; its fingerprint guards a resumed one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from er_engine.errors import ConfigError
from training.simulation.prompts import Prompt
from training.simulation.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class RecogniserSettings:
    """Which recogniser, and what it knows.

    `language_model` is a file that it reads (ARPA or binary) in place of its own; `vocabulary` are
    words and names beside its own dictionary.
    """

    name: str = "pocketsphinx"
    n_best: int = 8
    language_model: str | None = None
    vocabulary: Vocabulary = field(default_factory=Vocabulary)


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """How prompts are spoken and recognised.

    `snr_db` is the signal-to-noise ratio in decibels; `strength` is that of the other effects
    (see `training.simulation.augment.draw_effects`).
    """

    voices: tuple[str, ...] = ("flite:slt", "flite:rms", "flite:awb", "flite:kal16")
    snr_db: tuple[float, ...] = (24, 28, 32, 40)
    strength: float = 0.0
    recogniser: str = "pocketsphinx"
    language_model: str | None = None
    n_best: int = 8
    seed: int = 0
    shard_size: int = 100
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.voices or not self.snr_db:
            raise ConfigError("a simulation needs at least one voice and one SNR")
        for name in ("n_best", "shard_size"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not 0 <= self.strength <= 1:
            raise ConfigError(f"strength must be from 0 to 1, got {self.strength}")

    def recogniser_settings(self, vocabulary: Vocabulary) -> RecogniserSettings:
        """What a recogniser with this vocabulary is opened with."""
        return RecogniserSettings(self.recogniser, self.n_best, self.language_model, vocabulary)

    def to_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)


def plan_record(
    settings: SimulationSettings, prompts: Sequence[Prompt], vocabulary: Vocabulary
) -> dict[str, object]:
    """Return the settings and hashes of prompts and vocabulary: equal ones give equal results."""
    digest = hashlib.sha256()
    for prompt in prompts:
        plain_prompt = asdict(prompt)
        if prompt.audio is None:
            del plain_prompt["audio"]  # So that recordings changed no record of synthetic speech.
        digest.update(json.dumps(plain_prompt, sort_keys=True, default=str).encode())
    # Through JSON and back, so that it compares equal with what a file gives.
    record = {
        **settings.to_dict(),
        "prompts": len(prompts),
        "prompts_sha256": digest.hexdigest(),
        "vocabulary_sha256": vocabulary.sha256(),
    }
    plain: dict[str, object] = json.loads(json.dumps(record))
    return plain
