"""Make training catalogs and prompts of places, companies and contacts: python data/make/spoken.py

Everything is invented. data/make/record_spoken.sh records all prompts as one stream, of which every
beginning is a fair sample; data/make/split_spoken.py sorts what was recorded into data/training.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from common import (
    HELD_OUT,
    TRAINING,
    Record,
    held_out,
    people,
    read_jsonl,
    sample_texts,
    split_key,
    write_jsonl,
)
from composed import LOCALES
from dev import DEV
from invented import contact_records, firm_records, place_records, titled_records
from mentions import usable
from said import SaidContacts, SaidFirms, SaidPlaces

SEED = 73_351
PROMPTS = TRAINING / "spoken_prompts.jsonl.gz"
COUNTS = {"places": 2_500, "companies": 2_200, "contacts": 2_700, "titled": 120}
WANTED = {"places": 5_000, "companies": 3_700, "contacts": 4_700}
HOW = {
    "places": ("name", "name", "part", "address", "name and city", "part and city",
               "name and street", "name and address", "name and address", "part and address"),
    "companies": ("name", "name", "short", "short", "part", "part", "initials", "possessive"),
    "contacts": ("name", "name", "first", "last"),
}  # fmt: skip
SAID = {"places": SaidPlaces, "companies": SaidFirms, "contacts": SaidContacts}


def main() -> None:
    """Write catalogs to data/training (a tenth held out), and the stream of prompts."""
    forbidden = {split_key(text) for text in sample_texts() | development_texts()}
    stream: list[Record] = []
    for kind, catalog in catalogs(set(forbidden)).items():
        for folder, wanted in ((TRAINING, False), (HELD_OUT, True)):
            side = [record for record in catalog if held_out(record["name"]) == wanted]
            write_jsonl(folder / f"{kind}.jsonl.gz", side)
            n = round(WANTED[kind] * (0.1 if wanted else 0.9))
            prompts = prompts_of(kind, side, n, forbidden)
            stream += [{"id": f"{kind}-{'h' if wanted else 't'}{i:04d}", **p}
                       for i, p in enumerate(prompts, start=1)]  # fmt: skip
    random.Random(SEED).shuffle(stream)
    write_jsonl(PROMPTS, stream)


def development_texts() -> set[str]:
    """All names and prompts of the development data."""
    catalogs = [p for p in sorted(DEV.glob("*.jsonl.gz")) if not p.stem.count("_queries")]
    names = {n for p in catalogs for r in read_jsonl(p) for n in (r["name"], *r.get("aliases", []))}
    prompts = sorted((DEV / "prompts").glob("*.jsonl.gz"))
    return names | {record["reference"] for path in prompts for record in read_jsonl(path)}


def catalogs(taken: set[str]) -> dict[str, list[Record]]:
    """Catalogs by kind; no two have a name in common."""
    surnames = [last for _, last, _ in people(SEED + 1, LOCALES, 1_500)]
    contacts = contact_records(COUNTS["contacts"], SEED, LOCALES, taken)
    titled = titled_records(COUNTS["titled"], f"{SEED} titled", contacts, taken)
    places = place_records(COUNTS["places"], f"{SEED} places", surnames, taken, development=False)
    firms = firm_records(COUNTS["companies"], f"{SEED} companies", surnames, taken)
    return {"places": places, "companies": firms, "contacts": contacts + titled}


def prompts_of(kind: str, catalog: list[Record], n: int, forbidden: set[str]) -> list[Record]:
    """`n` distinct prompts, entities in turn, each time another way of saying them."""
    rng = random.Random(f"{SEED} {kind} prompts")
    make: Callable[[Record, str], Record] = SAID[kind](catalog, rng).prompt
    found: dict[tuple[str, str], Record] = {}
    while len(found) < n:
        for record in rng.sample(catalog, len(catalog)):
            made = make(record, _how(kind, record, rng))
            if usable(made, forbidden):
                found.setdefault((made["reference"], made["tags"]["said"]), made)
    return list(found.values())[:n]


def _how(kind: str, record: Record, rng: random.Random) -> str:
    ways: Sequence[str] = HOW[kind]
    if kind == "contacts" and "first" not in record["attributes"]:
        ways = ("name",)
    if kind == "contacts" and record.get("aliases"):
        ways = (*ways, "nickname", "nick")
    return rng.choice(ways)


if __name__ == "__main__":
    main()
