"""Record prompts: python data/make/record.py CATALOG PROMPTS OUT VOICES SEED [WORKERS]

The same as `er-engine simulate` with the settings below, but in shards of 25 utterances, so that a
busy or often interrupted machine gets on. Run it again to resume.
"""

from __future__ import annotations

import sys
from pathlib import Path

from common import read_jsonl
from names import names

from training.simulation.prompts import read_prompts
from training.simulation.settings import SimulationSettings
from training.simulation.simulate import simulate
from training.simulation.vocabulary import build_vocabulary

KNOWN_WORDS, KNOWN_NAMES = 0.7, 0.5  # shares of the catalog that the recogniser knows


def main() -> None:
    """Record, or go on recording."""
    catalog, prompts, out = (Path(text) for text in sys.argv[1:4])
    voices, seed = tuple(sys.argv[4].split(",")), int(sys.argv[5])
    settings = SimulationSettings(
        voices=voices, snr_db=(28, 32, 36, 40), strength=0.5, seed=seed, shard_size=25
    )
    known = dict.fromkeys(name for record in read_jsonl(catalog) for name in names(record))
    vocabulary = build_vocabulary(list(known), KNOWN_WORDS, KNOWN_NAMES, seed)
    workers = int(sys.argv[6]) if len(sys.argv) > 6 else 1
    simulate(read_prompts(prompts), out, settings, vocabulary=vocabulary, workers=workers)


if __name__ == "__main__":
    main()
