"""The catalog of the confusables: hand-made targets and distractors among 10,000 real names.

`python -m tests.confusables.make_catalog catalog.jsonl` writes it. `--sample MOVIES PEOPLE` first
draws the film and people names again from two catalogs (README.md says which).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import unicodedata
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
QUERIES = FOLDER / "confusables.jsonl"
TARGETS = FOLDER / "targets.jsonl"
DISTRACTORS = FOLDER / "distractors.tsv"
NAMES = FOLDER / "names.jsonl.gz"
SEED = 2049
FILMS = 5_400
PEOPLE = 4_200

Record = dict[str, Any]


def catalog() -> list[Record]:
    """Every entity as a catalog line, in an order that gives nothing away."""
    records = [*_read(TARGETS), *distractors(), *names()]
    random.Random(SEED).shuffle(records)
    return records


def write_catalog(path: Path) -> None:
    """Write the catalog as JSONL."""
    path.write_text("".join(_line(record) for record in catalog()), encoding="utf-8")


def distractors() -> list[Record]:
    """The hand-made distractors; each has the type of its target, so that types give no hint."""
    types = {record["id"]: record["type"] for record in _read(TARGETS)}
    rows = [row.split("\t") for row in DISTRACTORS.read_text(encoding="utf-8").splitlines()[1:]]
    return [
        {"id": f"distractor-{number:03}", "name": name, "type": types[target]}
        for number, (target, name) in enumerate(rows, start=1)
    ]


def names() -> list[Record]:
    """The sampled names, less those that are as right as a target."""
    with gzip.open(NAMES, "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    taken = _taken_keys()
    mentions = [f" {said} " for said in _said()]
    kept = []
    for record in records:
        name = key(record["name"])
        if name not in taken and not any(mention in f" {name} " for mention in mentions):
            kept.append(record)
    return kept


def key(text: str) -> str:
    """The words of a text without case, accents, punctuation and a leading article."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    words = re.sub(r"[^a-z0-9]+", " ", plain.replace("'", "")).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in {"the", "a", "an"} else words)


def draw(films: Path, people: Path) -> None:
    """Draw film titles and people's names and write them to NAMES."""
    rng = random.Random(SEED)
    drawn = _sample(films, FILMS, rng) + _sample(people, PEOPLE, rng)
    # No time stamp: the same names give the same bytes.
    content = "".join(_line(record) for record in drawn).encode()
    NAMES.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))


def _sample(path: Path, count: int, rng: random.Random) -> list[Record]:
    by_key = {key(record["name"]): record for record in reversed(_read(path))}
    chosen = rng.sample(sorted(name for name in by_key if name), count)
    return [{field: by_key[name][field] for field in ("id", "name", "type")} for name in chosen]


def _said() -> list[str]:
    """Partial mentions, and whole names of two words or more: longer names may fit these, too."""
    partial = [key(query["reference"]) for query in _read(QUERIES) if "reference" in query]
    return partial + [name for name in map(key, _names_of(TARGETS)) if " " in name]


def _names_of(path: Path) -> list[str]:
    return [record["name"] for record in _read(path)]


def _taken_keys() -> set[str]:
    heard = [hypothesis["text"] for query in _read(QUERIES) for hypothesis in query["nbest"]]
    made = [*_names_of(TARGETS), *(record["name"] for record in distractors())]
    return {key(text) for text in (*heard, *made)}


def _read(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def main() -> None:
    """See the module's description."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--sample", nargs=2, type=Path, metavar=("MOVIES", "PEOPLE"))
    args = parser.parse_args()
    if args.sample:
        draw(*args.sample)
    write_catalog(args.output)


if __name__ == "__main__":
    main()
