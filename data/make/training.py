"""Copy film and people names and their n-best: python data/make/training.py FOLDER

FOLDER has catalogs/{movies,people}.jsonl and simulated/{movies,people}.jsonl.gz; what they are and
where they come from: data/training/README.md. Nine tenths of the names go to data/training, one
tenth to data/training/held_out; whatever the samples name or say is left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from common import (
    HELD_OUT,
    TRAINING,
    Record,
    fits,
    held_out,
    read_jsonl,
    sample_texts,
    split_key,
    spoken,
    write_jsonl,
)  # fmt: skip


def main() -> None:
    """Write films and people, for training and held out."""
    sampled = {split_key(text) for text in sample_texts()} | {spoken(t) for t in sample_texts()}
    copy(Path(sys.argv[1]), "movies", "films", sampled)
    copy(Path(sys.argv[1]), "people", "people", sampled)


def copy(folder: Path, source: str, target: str, sampled: set[str]) -> None:
    """Names (films with their year) and n-best; whatever the samples say is left out."""
    catalog = [
        _entity(record)
        for record in read_jsonl(folder / "catalogs" / f"{source}.jsonl")
        if not clashes(record["name"], sampled)
    ]
    by_spoken = fits((record["id"], record["name"]) for record in catalog)
    queries = [
        _query(record, by_spoken[spoken(record["reference"])])
        for record in read_jsonl(folder / "simulated" / f"{source}.jsonl.gz")
        if not clashes(record["reference"], sampled)
    ]
    queries.sort(key=lambda record: record["id"])
    write_split(target, catalog, queries)


def _entity(record: Record) -> Record:
    kept = {key: record[key] for key in ("id", "name", "type")}
    year = record.get("attributes", {}).get("year")
    return {**kept, "attributes": {"year": year}} if year else kept


def _query(record: Record, entity_ids: list[str]) -> Record:
    tags = {**record["tags"], "voice": f"flite:{record['tags']['voice']}"}
    return {**record, "entity_ids": entity_ids, "tags": tags}


def clashes(name: str, sampled: set[str]) -> bool:
    """True if the samples have a name that is written or sounds like this one."""
    return split_key(name) in sampled or spoken(name) in sampled


def write_split(kind: str, catalog: list[Record], queries: list[Record]) -> None:
    """Nine tenths to data/training, one tenth to data/training/held_out."""
    held_ids = {record["id"] for record in catalog if held_out(record["name"])}
    for folder, wanted in ((TRAINING, False), (HELD_OUT, True)):
        entities = [r for r in catalog if (r["id"] in held_ids) == wanted]
        # A query goes with its entities; the few that fit entities on both sides go nowhere.
        chosen = [q for q in queries if all((i in held_ids) == wanted for i in q["entity_ids"])]
        write_jsonl(folder / f"{kind}.jsonl.gz", entities)
        write_jsonl(folder / f"{kind}_nbest.jsonl.gz", chosen)


if __name__ == "__main__":
    main()
