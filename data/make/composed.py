"""Make the composed training catalog and what is said of it: python data/make/composed.py

People of many origins (full and partial names), places with addresses, companies, titles, titles
with numbers, initialisms. Recorded by data/make/record_training.sh; nine tenths of the entities
for training, one tenth held out.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from common import (
    HELD_OUT,
    TRAINING,
    Record,
    fits,
    held_out,
    people,
    sample_texts,
    split_key,
    spoken,
    spoken_forms,
    write_jsonl,
)  # fmt: skip
from titles import ROMANS, company, initialism, numbered, place, title

SEED = 41_057
_OTHERS = (
    "de_DE", "fr_FR", "es_ES", "es_MX", "it_IT", "pl_PL", "nl_NL", "sv_SE", "pt_BR", "tr_TR",
    "cs_CZ", "fi_FI", "hu_HU", "vi_VN", "id_ID", "ro_RO", "hr_HR", "ga_IE", "en_PH", "yo_NG",
    "da_DK", "no_NO", "en_IN", "en_KE", "sk_SK", "sl_SI", "de_AT", "fr_CA", "es_AR", "pt_PT",
)  # fmt: skip
_ENGLISH = ("en_US", "en_GB", "en_AU", "en_CA", "en_US", "en_NZ")
LOCALES = tuple(
    locale for n, other in enumerate(_OTHERS) for locale in (other, _ENGLISH[n % len(_ENGLISH)])
)
COUNTS = {"contact": 1_500, "place": 1_000, "company": 850, "title": 1_150, "numbered": 550,
          "initialism": 250}  # fmt: skip
PARTS = {"first": 0.45, "last": 0.45}  # share of the distinct first and last names that are said


def main() -> None:
    """Write composed.jsonl.gz and composed_prompts.jsonl.gz, for training and held out."""
    sampled = frozenset(split_key(text) for text in sample_texts())
    taken = set(sampled)
    catalog = [*contacts(taken), *places(taken), *named(taken)]
    for folder, wanted in ((TRAINING, False), (HELD_OUT, True)):
        chosen = [record for record in catalog if held_out(record["name"]) == wanted]
        prompts = [p for p in said(chosen) if split_key(p["reference"]) not in sampled]
        # Mixed, so that a part of the recordings is a fair sample of the whole.
        random.Random(SEED).shuffle(prompts)
        prompts = [{"id": f"composed-{n:04d}", **p} for n, p in enumerate(prompts, start=1)]
        write_jsonl(folder / "composed.jsonl.gz", chosen)
        write_jsonl(folder / "composed_prompts.jsonl.gz", prompts)


def contacts(taken: set[str]) -> list[Record]:
    """People of many origins."""
    found = [
        p for p in people(SEED, LOCALES, COUNTS["contact"]) if split_key(p[0] + p[1]) not in taken
    ]
    return [
        {"id": f"person{n}", "name": f"{first} {last}", "type": "contact",
         "attributes": {"first": first, "last": last, "origin": origin}}
        for n, (first, last, origin) in enumerate(found, start=1)
    ]  # fmt: skip


def places(taken: set[str]) -> list[Record]:
    """Shops and other places with a street address."""
    rng = random.Random(f"{SEED} places")
    drawn = distinct(lambda: place(rng), COUNTS["place"], taken, key=lambda found: found[0])
    return [
        {"id": f"place{n}", "name": name, "type": "place", "attributes": {"address": address}}
        for n, (name, address) in enumerate(drawn, start=1)
    ]


def named(taken: set[str]) -> list[Record]:
    """Companies, titles, numbered titles, initialisms."""
    makers: dict[str, Callable[[random.Random], str]] = {
        "company": company, "title": title, "numbered": numbered, "initialism": initialism
    }  # fmt: skip
    catalog: list[Record] = []
    for kind, make in makers.items():
        rng = random.Random(f"{SEED} {kind}")
        found = distinct(lambda make=make, rng=rng: make(rng), COUNTS[kind], taken, key=str)
        catalog += [
            {"id": f"{kind}{n}", "name": name, "type": kind}
            for n, name in enumerate(found, start=1)
        ]
    return catalog


def said(catalog: list[Record]) -> list[Record]:
    """What is said of a catalog: each entity once, and parts of people's names."""
    rng = random.Random(f"{SEED} said")
    by_name = fits((record["id"], record["name"]) for record in catalog)
    shops = [record for record in catalog if record["type"] == "place"]
    by_address = fits((record["id"], record["attributes"]["address"]) for record in shops)
    prompts = []
    for record in catalog:
        name, kind = record["name"], record["type"]
        if kind == "place":
            prompts.append(place_prompt(record, by_address, by_name, rng))
        else:
            text = spell(name) if kind == "initialism" else vary(name, rng)
            prompts.append(prompt(text, by_name[spoken(name)], kind, "name"))
    return prompts + [p for part, share in PARTS.items() for p in partial(catalog, part, share)]


def place_prompt(
    record: Record,
    by_address: dict[str, list[str]],
    by_name: dict[str, list[str]],
    rng: random.Random,
) -> Record:
    """A place is said by its name, its address or both."""
    name, address = record["name"], record["attributes"]["address"]
    how = rng.choice(["name", "name", "name", "address", "address", "both", "both", "both"])
    if how == "name":
        return prompt(name, by_name[spoken(name)], "place", how)
    if how == "address":
        return prompt(vary(address, rng), by_address[spoken(address)], "place", how)
    return prompt(vary(f"{name} {address}", rng), [record["id"]], "place", "name and address")


def partial(catalog: list[Record], part: str, share: float) -> list[Record]:
    """First or last names alone; right are all people who have that name."""
    texts = {r["id"]: r["attributes"][part] for r in catalog if r["type"] == "contact"}
    by_spoken = fits(texts.items())
    forms = random.Random(f"{SEED} {part}").sample(list(by_spoken), round(len(by_spoken) * share))
    return [prompt(texts[by_spoken[form][0]], by_spoken[form], "contact", part) for form in forms]


def distinct(make: Callable[[], object], n: int, taken: set[str], key: Callable[..., str]) -> list:
    """`n` values with new keys, which are then taken."""
    found = []
    while len(found) < n:
        value = make()
        if split_key(key(value)) not in taken:
            taken.add(split_key(key(value)))
            found.append(value)
    return found


def vary(text: str, rng: random.Random) -> str:
    """One of the ways to say a text with numbers ("four twenty eight"); other texts as written."""
    forms = spoken_forms(text)
    roman = text.split()[-1] in ROMANS
    return rng.choice(forms[:3]) if roman or any(c.isdigit() for c in text) else text


def spell(name: str) -> str:
    """Letters apart ("N C A A News"), so that the voice spells them and does not read a word."""
    first, _, rest = name.partition(" ")
    return " ".join([*first, *([rest] if rest else [])])


def prompt(text: str, ids: list[str], kind: str, said: str) -> Record:
    """One prompt."""
    return {"reference": text, "entity_ids": ids, "tags": {"kind": kind, "said": said}}


if __name__ == "__main__":
    main()
