"""Sort recorded places, companies and contacts into data/training: python split_spoken.py RECORDED

RECORDED is the query file that data/make/record_spoken.sh writes, or the folder of its finished
shards while it is not done. Prints a table of how much the recogniser got right.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from common import HELD_OUT, TRAINING, Record, read_jsonl, write_jsonl
from rates import print_rates
from spoken import PROMPTS, WANTED


def main() -> None:
    """Write KIND_nbest.jsonl.gz to data/training and data/training/held_out."""
    recorded = list(read(Path(sys.argv[1])))
    known = {prompt["id"] for prompt in read_jsonl(PROMPTS)}
    strangers = [record["id"] for record in recorded if record["id"] not in known]
    if strangers:
        raise SystemExit(f"{len(strangers)} recorded ids are no prompts, such as {strangers[0]}")
    for kind in WANTED:
        for folder, side in ((TRAINING, "t"), (HELD_OUT, "h")):
            mine = [r for r in recorded if r["id"].startswith(f"{kind}-{side}")]
            mine.sort(key=lambda record: record["id"])
            write_jsonl(folder / f"{kind}_nbest.jsonl.gz", mine)
    print_rates(recorded)


def read(path: Path) -> Iterable[Record]:
    """Queries of a file, or of all shards in a folder."""
    paths = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    return (record for part in paths for record in read_jsonl(part))


if __name__ == "__main__":
    main()
