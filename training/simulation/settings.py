"""Everything that decides what a simulation gives; its fingerprint guards a resumed one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from er_engine.errors import ConfigError
from training.simulation.prompts import Prompt


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """How prompts are spoken and recognised. `snr_db` is the signal-to-noise ratio in decibels."""

    voices: tuple[str, ...] = ("flite:slt", "flite:rms", "flite:awb", "flite:kal16")
    snr_db: tuple[float, ...] = (24, 28, 32, 40)
    recogniser: str = "pocketsphinx"
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

    def to_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)


def plan_record(settings: SimulationSettings, prompts: Sequence[Prompt]) -> dict[str, object]:
    """Return the settings and a hash of the prompts: two simulations with equal ones are equal."""
    digest = hashlib.sha256()
    for prompt in prompts:
        digest.update(json.dumps(asdict(prompt), sort_keys=True, default=str).encode())
    # Through JSON and back, so that it compares equal with what a file gives.
    record = {**settings.to_dict(), "prompts": len(prompts), "prompts_sha256": digest.hexdigest()}
    plain: dict[str, object] = json.loads(json.dumps(record))
    return plain
