"""Make development catalogs and prompts of contacts and places: python data/make/dev.py

Then recorded by data/make/record_dev.sh, and data/make/dev_queries.py writes the query files. No
name and no prompt is in the samples or in data/training, whose newer parts avoid them in turn.
"""

from __future__ import annotations

import random

from common import (
    DATA,
    HELD_OUT,
    TRAINING,
    Record,
    people,
    read_jsonl,
    sample_texts,
    split_key,
    write_jsonl,
)
from invented import contact_records, place_records
from mentions import usable
from said import SaidContacts, SaidPlaces
from samples import CONTACT_LOCALES

SEED = 60_413
DEV = DATA / "dev"
PLACES, PLACE_QUERIES = 400, 500
CONTACTS, CATALOG, CONTACT_QUERIES = 200, 20_000, 600
OLDER = ("films", "people", "composed")  # training data that was there before
HOW = ("name", "name", "part", "address", "address", "name and city", "part and city",
       "name and street", "name and address", "name and address", "part and address")  # fmt: skip


def main() -> None:
    """Write the catalogs and prompts."""
    taken = heard()
    contacts(set(taken), taken)
    places(set(taken), taken)


def heard() -> set[str]:
    """Keys of all names and prompts of the samples and of the older training data."""
    texts = sample_texts()
    for folder in (TRAINING, HELD_OUT):
        for kind in OLDER:
            texts |= {record["name"] for record in read_jsonl(folder / f"{kind}.jsonl.gz")}
            nbest = read_jsonl(folder / f"{kind}_nbest.jsonl.gz")
            texts |= {record["reference"] for record in nbest}
    return {split_key(text) for text in texts}


def contacts(taken: set[str], forbidden: set[str]) -> None:
    """200 people, asked for by full and partial names; the same among 20,000."""
    rng = random.Random(f"{SEED} contacts")
    everyone = contact_records(CATALOG, SEED, CONTACT_LOCALES, taken)
    for record in everyone:
        record.pop("aliases", None)
    few = rng.sample(everyone, CONTACTS)
    said = SaidContacts(few, rng)
    full = [said.prompt(record, "name") for record in few]
    parts = [said.prompt(r, part) for part in ("first", "last") for r in few]
    parts = [p for p in parts if usable(p, forbidden)]
    half = CONTACT_QUERIES // 2
    chosen = [*full, *rng.sample(full, half - len(full))]
    chosen += [*parts[:half], *rng.sample(parts, max(half - len(parts), 0))]
    rng.shuffle(chosen)
    write("contacts", few, chosen)
    write_jsonl(DEV / "contacts_20k.jsonl.gz", everyone)


def places(taken: set[str], forbidden: set[str]) -> None:
    """400 places, asked for by name, part of the name, address, town, street."""
    rng = random.Random(f"{SEED} places")
    surnames = [last for _, last, _ in people(SEED + 1, CONTACT_LOCALES, 300)]
    catalog = place_records(PLACES, f"{SEED} places", surnames, taken, development=True)
    said = SaidPlaces(catalog, rng)
    wanted = [*catalog, *rng.sample(catalog, PLACE_QUERIES // 2)]
    prompts = [said.prompt(r, HOW[n % len(HOW)]) for n, r in enumerate(wanted)]
    prompts = [p for p in prompts if usable(p, forbidden)][:PLACE_QUERIES]
    rng.shuffle(prompts)
    write("places", catalog, prompts)


def write(kind: str, catalog: list[Record], prompts: list[Record]) -> None:
    """Write a catalog and its prompts with ids."""
    write_jsonl(DEV / f"{kind}.jsonl.gz", catalog)
    numbered = [{"id": f"{kind}-{n:03d}", **p} for n, p in enumerate(prompts, start=1)]
    write_jsonl(DEV / "prompts" / f"{kind}.jsonl.gz", numbered)


if __name__ == "__main__":
    main()
