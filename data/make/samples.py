"""Make the sample catalogs and the prompts for their queries: python data/make/samples.py MOVIES

MOVIES is a catalog of films (JSONL: name, year); only names of its held-out tenth are taken.
The queries are then recorded by data/make/record_samples.sh.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from common import (
    SAMPLES,
    Record,
    fits,
    held_out,
    people,
    read_jsonl,
    split_key,
    spoken,
    write_jsonl,
)  # fmt: skip
from titles import numbered, title

SEED = 20_221
LISTS = Path(__file__).parent / "lists"
QUERIES = 300  # per catalog
WITHOUT_ANSWER = 0.15
# Half of the names are of English-speaking countries, the other half of many others.
CONTACT_LOCALES = (
    "en_US", "en_GB", "de_DE", "en_US", "fr_FR", "en_AU", "es_ES", "en_US", "it_IT", "en_CA",
    "pl_PL", "en_US", "nl_NL", "en_IE", "sv_SE", "en_GB", "pt_BR", "en_US", "tr_TR", "en_NZ",
    "cs_CZ", "en_US", "vi_VN", "en_GB", "id_ID", "en_US", "en_IN", "en_GB", "fi_FI", "en_US",
    "hu_HU", "en_US", "es_MX", "en_GB", "ro_RO", "en_US", "hr_HR", "en_US", "ga_IE", "en_PH",
    "yo_NG",
)  # fmt: skip


def main() -> None:
    """Write the three catalogs and their prompts."""
    movies = Path(sys.argv[1])
    write_sample("screen", *screen(movies))
    write_sample("books", *books())
    write_contacts()


def screen(movies: Path) -> tuple[list[Record], list[str]]:
    """Well-known series, and films of the held-out tenth; other films as no-match."""
    rng = random.Random(SEED)
    series = [line.split("|") for line in (LISTS / "tv.txt").read_text().splitlines()]
    catalog: list[Record] = [
        {"id": f"tv{n}", "name": name, "type": "tv", "attributes": {"year": int(year)}}
        for n, (name, year) in enumerate(series, start=1)
    ]
    known = {split_key(record["name"]) for record in catalog}
    films = {
        split_key(record["name"]): record
        for record in read_jsonl(movies)
        if held_out(record["name"]) and record["name"].isascii() and len(record["name"]) <= 60
    }
    drawn = rng.sample(sorted(films.keys() - known), 440)
    for n, key in enumerate(drawn[:360], start=1):
        attributes = {"year": films[key]["attributes"]["year"]}
        catalog.append(
            {"id": f"film{n}", "name": films[key]["name"], "type": "film", "attributes": attributes}
        )
    return catalog, [films[key]["name"] for key in drawn[360:]]


def books() -> tuple[list[Record], list[str]]:
    """Well-known books, some of them kept out as no-match, and invented titles."""
    rng = random.Random(SEED + 1)
    lines = list(dict.fromkeys((LISTS / "books.txt").read_text().splitlines()))
    absent = set(rng.sample(lines[1:], 50))
    catalog: list[Record] = []
    for line in lines:
        name, author = line.split("|")
        if line not in absent:
            attributes = {"author": author} if author else {}
            catalog.append(
                {"id": f"book{len(catalog) + 1}", "name": name, "type": "book",
                 "attributes": attributes}
            )  # fmt: skip
    taken = {split_key(line.split("|")[0]) for line in lines}
    for first, last, _ in people(SEED + 1, ("en_US", "en_GB", "de_DE", "en_IN"), 140):
        name = next(t for t in iter(lambda: _invented(rng), None) if split_key(t) not in taken)
        taken.add(split_key(name))
        catalog.append(
            {"id": f"book{len(catalog) + 1}", "name": name, "type": "book",
             "attributes": {"author": f"{first} {last}", "invented": True}}
        )  # fmt: skip
    return catalog, [line.split("|")[0] for line in sorted(absent)]


def _invented(rng: random.Random) -> str:
    return numbered(rng) if rng.random() < 0.25 else title(rng)


def write_sample(kind: str, catalog: list[Record], absent: list[str]) -> None:
    """Write a catalog, and prompts for some of its entities and for names that it doesn't have."""
    rng = random.Random(f"{SEED} {kind}")
    by_spoken = fits((record["id"], record["name"]) for record in catalog)
    n_absent = round(QUERIES * WITHOUT_ANSWER)
    said = [catalog[0], *rng.sample(catalog[1:], QUERIES - n_absent - 1)]
    prompts: list[Record] = [
        {
            "reference": r["name"],
            "entity_ids": by_spoken[spoken(r["name"])],
            "tags": {"said": "name"},
        }
        for r in said
    ]
    strangers = [name for name in absent if spoken(name) not in by_spoken]
    prompts += no_match(rng.sample(strangers, n_absent))
    write_files(kind, catalog, prompts)


def no_match(names: list[str]) -> list[Record]:
    """Prompts that nothing in the catalog is right for."""
    return [
        {"reference": name, "entity_ids": [], "tags": {"said": "absent name"}} for name in names
    ]


def write_contacts() -> None:
    """Invented people of many origins; full names, first names only, last names only, strangers."""
    rng = random.Random(f"{SEED} contacts")
    everyone = people(SEED + 2, CONTACT_LOCALES, 460)
    persons, strangers = everyone[:390], everyone[390:]
    catalog: list[Record] = [
        {"id": f"contact{n}", "name": f"{first} {last}", "type": "contact",
         "attributes": {"first": first, "last": last, "origin": origin}}
        for n, (first, last, origin) in enumerate(persons, start=1)
    ]  # fmt: skip
    prompts: list[Record] = []
    for part, n in (("name", 165), ("first", 45), ("last", 45)):
        texts = {r["id"]: r["name"] if part == "name" else r["attributes"][part] for r in catalog}
        by_spoken = fits(texts.items())
        for form in rng.sample(list(by_spoken), n):
            ids = by_spoken[form]
            prompts.append({"reference": texts[ids[0]], "entity_ids": ids, "tags": {"said": part}})
    prompts += no_match([f"{first} {last}" for first, last, _ in strangers[:45]])
    write_files("contacts", catalog, prompts)


def write_files(kind: str, catalog: list[Record], prompts: list[Record]) -> None:
    """Write the catalog and prompts/ with the same name."""
    write_jsonl(SAMPLES / f"{kind}.jsonl", catalog)
    numbered_prompts = [{"id": f"{kind}-{n:03d}", **p} for n, p in enumerate(prompts, start=1)]
    write_jsonl(SAMPLES / "prompts" / f"{kind}.jsonl", numbered_prompts)


if __name__ == "__main__":
    main()
