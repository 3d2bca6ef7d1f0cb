"""Shards: a long simulation as many small finished files, so that it can be stopped and resumed."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from er_engine.errors import SimulationError
from er_engine.files import write_atomically


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """The folder `OUTPUT.shards` beside the output: settings and one file per finished shard."""

    path: Path

    @classmethod
    def beside(cls, output: Path) -> WorkFolder:
        """The work folder of this output file."""
        return cls(output.with_name(f"{output.name}.shards"))

    @property
    def settings_path(self) -> Path:
        """What this simulation was begun with."""
        return self.path / "settings.json"

    @property
    def vocabulary_path(self) -> Path:
        """What the recogniser knows, for the processes that record."""
        return self.path / "vocabulary.tsv"

    def shard_path(self, number: int) -> Path:
        """The file of one finished shard (query format)."""
        return self.path / f"{number:05d}.jsonl"

    def open(self, record: dict[str, object]) -> None:
        """Create the folder, or check that it was begun with the same settings.

        Raises:
            SimulationError: it was begun with others.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        if not self.settings_path.exists():
            write_atomically(self.settings_path, json.dumps(record, indent=1, sort_keys=True))
            return
        begun = json.loads(self.settings_path.read_text())
        for key in sorted(record.keys() | begun.keys()):
            if record.get(key) != begun.get(key):
                raise SimulationError(
                    f"{self.path}: begun with {key} {begun.get(key)!r}, now {record.get(key)!r}; "
                    "use the same settings to resume, or remove that folder to begin again"
                )

    def missing(self, n_shards: int) -> list[int]:
        """Numbers of the shards that are still to do."""
        return [number for number in range(n_shards) if not self.shard_path(number).exists()]

    def remove(self) -> None:
        """Remove the folder once the output is written."""
        shutil.rmtree(self.path)
