"""What the scripts here share: files, spoken forms, the split by entity, titles, people."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1]
SAMPLES = DATA / "samples"
TRAINING = DATA / "training"
HELD_OUT = TRAINING / "held_out"
sys.path.insert(0, str(DATA.parent))

from er_engine.text import spoken_forms  # noqa: E402

Record = dict[str, Any]


def read_jsonl(path: Path) -> Iterator[Record]:
    """Records of a .jsonl or .jsonl.gz file."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return (json.loads(line) for line in text.split("\n") if line.strip())


def write_jsonl(path: Path, records: Iterable[Record]) -> None:
    """Write .jsonl or .jsonl.gz; the same records give the same bytes (no time in the header)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode()
    path.write_bytes(gzip.compress(data, 9, mtime=0) if path.suffix == ".gz" else data)
    lines = data.count(b"\n")
    print(f"{path.relative_to(DATA)}: {lines:,} lines, {path.stat().st_size:,} bytes")


def spoken(text: str) -> str:
    """First spoken form."""
    return next(iter(spoken_forms(text)), "")


def held_out(name: str) -> bool:
    """True for the tenth of names that training never sees.

    The key is the letters and digits of the name, accents folded: it stays the same when the
    spoken-form normalisation is improved, so that the split never moves.
    """
    return int(hashlib.sha256(split_key(name).encode()).hexdigest(), 16) % 10 == 0


def split_key(name: str) -> str:
    """Letters and digits only, accents folded, lower case."""
    folded = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    return re.sub(r"[^\w]|_", "", "".join(c for c in folded if not unicodedata.combining(c)))


def sample_texts() -> set[str]:
    """All that the samples name or say: training must have none of it."""
    catalogs = [p for p in sorted(SAMPLES.glob("*.jsonl")) if "_" not in p.stem]
    names = [n for p in catalogs for r in read_jsonl(p) for n in [r["name"], *r.get("aliases", [])]]
    prompts = sorted((SAMPLES / "prompts").glob("*.jsonl"))
    return {*names, *(r["reference"] for path in prompts for r in read_jsonl(path))}


def fits(texts_by_id: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Ids of all entities with the same spoken form, from (id, text) pairs."""
    found: dict[str, list[str]] = {}
    for entity_id, text in texts_by_id:
        ids = found.setdefault(spoken(text), [])
        if entity_id not in ids:
            ids.append(entity_id)
    return found


def people(seed: int, locales: Sequence[str], n: int) -> list[tuple[str, str, str]]:
    """Invented (first name, last name, origin), distinct when spoken, locales in equal parts."""
    from faker import Faker

    fakers = {locale: Faker(locale) for locale in locales}
    for number, locale in enumerate(locales):
        fakers[locale].seed_instance(seed * 1000 + number)
    found: dict[str, tuple[str, str, str]] = {}
    for attempt in range(n * 50):
        locale = locales[attempt % len(locales)]
        first, last = fakers[locale].first_name(), fakers[locale].last_name()
        if latin(first + last) and len(first) > 1 and len(last) > 1:
            found.setdefault(split_key(first + last), (first, last, locale))
        if len(found) == n:
            return list(found.values())
    raise SystemExit(f"only {len(found)} of {n} distinct names")


def latin(text: str) -> bool:
    """Only letters that an English voice can be given (after folding accents)."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return len(plain) >= len(text) * 0.9 and bool(re.fullmatch(r"[A-Za-z .'-]+", plain))
