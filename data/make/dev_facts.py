"""Make the development set of queries from catalog facts: python data/make/dev_facts.py MOVIES

MOVIES is a catalog of films (JSONL: name, year, genres, cast), of which names of the held-out tenth
are taken. The templates here are for measuring: nothing that trains may use them.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from common import TRAINING, Record, held_out, people, read_jsonl, sample_texts, split_key
from dev import OLDER, SEED, write
from mentions import Mentions, prompt, say
from titles import ordinal, title
from wordlists import LISTS

COUNTS = {"alias": 42, "series": 42, "creator": 42, "star": 42, "year": 40, "description": 42}
FILMS, INVENTED = 700, 240
TEMPLATES: dict[str, dict[str, tuple[str, ...]]] = {
    "alias": {"": ("{alias}", "{alias}", "the {type} {alias}", "put on {alias}")},
    "series": {"": ("{series} {number}", "the {nth} {series} {type}", "{series} part {number}",
                    "{series} {type} number {number}", "the {nth} one in {series}")},
    "creator": {"": ("{name} by {creator}", "{creator}'s {name}", "the {creator} {type} {name}",
                     "{name} the one by {creator}")},
    "star": {"": ("{name} with {star}", "{name} starring {star}", "the {star} {type} {name}",
                  "{name} the one that {star} is in")},
    "year": {"": ("{name} from {year}", "the {year} {type} {name}", "{name} the one from {year}")},
    "description": {
        "star": ("{genre} {type} with {star}", "a {year} {genre} {type} starring {star}",
                 "the {genre} that {star} made in {year}"),
        "series": ("the {nth} {type} of {series} by {creator}",
                   "{creator}'s {nth} {series} {type}"),
        "creator": ("{genre} {type} by {creator} from {year}", "a {genre} {type} by {creator}"),
    },
}  # fmt: skip
NEEDS = {"alias": "alias", "series": "series", "creator": "creator", "star": "star", "year": "year"}
_QUIET = {"Silent", "Short", "Performance", "Live Action", "Independent"}


def main() -> None:
    """Write the catalog and the prompts."""
    rng = random.Random(f"{SEED} facts")
    trained = {split_key(text) for text in trained_names()}
    catalog = [*known(), *films(Path(sys.argv[1]), rng), *books(rng)]
    catalog = [r for r in catalog if split_key(r["name"]) not in trained]
    catalog = [{"id": f"f{n}", **record} for n, record in enumerate(catalog, start=1)]
    facts = Facts(catalog, rng)
    prompts = [p for kind, n in COUNTS.items() for p in facts.prompts(kind, n)]
    rng.shuffle(prompts)
    write("facts", catalog, prompts)


def trained_names() -> set[str]:
    """Names of the training catalogs, and what the samples say."""
    texts = sample_texts()
    texts = {text for text in texts if text not in book_names()}
    for kind in OLDER:
        texts |= {record["name"] for record in read_jsonl(TRAINING / f"{kind}.jsonl.gz")}
    return texts


def book_names() -> set[str]:
    """Names in lists/books.txt: in the samples, but never in training."""
    return {line.split("|")[0] for line in (LISTS / "books.txt").read_text().splitlines()}


def known() -> list[Record]:
    """Well-known books and films with series, other titles, authors, directors and stars."""
    catalog = []
    for line in (LISTS / "facts.txt").read_text().splitlines():
        kind, name, year, creator, series, number, aliases, genre, *cast = line.split("|")
        stars = [star for star in "".join(cast).split(";") if star]
        catalog.append(
            entity(kind, name, int(year), creator, [genre], stars, series, number, aliases)
        )
    return catalog


def entity(
    kind: str,
    name: str,
    year: int | None,
    creator: str = "",
    genres: Iterable[str] = (),
    stars: Iterable[str] = (),
    series: str = "",
    number: str = "",
    aliases: str = "",
) -> Record:
    """A catalog record without id; unknown facts are left out."""
    role = "author" if kind == "book" else "director"
    facts = {"year": year, role: creator, "series": series, "number": number and int(number),
             "genres": list(genres), "cast": list(stars)}  # fmt: skip
    attributes = {key: value for key, value in facts.items() if value}
    other = [alias for alias in aliases.split(";") if alias]
    return {"name": name, "type": kind, "aliases": other, "attributes": attributes}


def films(movies: Path, rng: random.Random) -> list[Record]:
    """Films of the held-out tenth; all that share a title, so that the year or star decides."""
    by_name: dict[str, list[Record]] = {}
    for record in read_jsonl(movies):
        if held_out(record["name"]) and record["name"].isascii() and record["attributes"]["cast"]:
            by_name.setdefault(split_key(record["name"]), []).append(record)
    shared = [key for key, found in by_name.items() if len(found) > 1]
    single = rng.sample(sorted(by_name.keys() - set(shared)), FILMS)
    return [_film(record) for key in [*shared, *single] for record in by_name[key]]


def _film(record: Record) -> Record:
    facts = record["attributes"]
    genres = [g.lower() for g in facts["genres"] if g not in _QUIET]
    return entity("film", record["name"], facts["year"], "", genres, facts["cast"][:3])


def books(rng: random.Random) -> list[Record]:
    """Well-known books with authors, and invented ones with authors, years and genres."""
    lines = [line.split("|") for line in (LISTS / "books.txt").read_text().splitlines()]
    catalog = [entity("book", name, None, author) for name, author in lines]
    names = {split_key(record["name"]) for record in catalog}
    for first, last, _ in people(SEED + 3, ("en_US", "en_GB", "fr_FR", "en_IN"), INVENTED // 3):
        genre = rng.choice(["crime", "romance", "fantasy", "historical", "horror"])
        year = rng.randint(1950, 2015)
        for number in range(3):
            name = title(rng)
            if split_key(name) not in names and " " in name:
                names.add(split_key(name))
                catalog.append(entity("book", name, year + 2 * number, f"{first} {last}", [genre]))
    return catalog


class Facts:
    """Prompts from the facts of a catalog, with all entities for which they hold."""

    def __init__(self, catalog: list[Record], rng: random.Random) -> None:
        self._catalog = catalog
        self._rng = rng
        self._mentions = Mentions(catalog)

    def prompts(self, kind: str, n: int) -> list[Record]:
        """`n` prompts of one kind, each about another entity."""
        found: list[Record] = []
        pool = self._rng.sample(self._catalog, len(self._catalog))
        if kind == "year":  # first those of which the title alone does not say which
            pool.sort(key=lambda record: len(self._mentions.full(record["name"])) < 2)
        for record in pool:
            made = self._prompt(kind, record)
            if made and len(found) < n:
                found.append(made)
        return found

    def _prompt(self, kind: str, record: Record) -> Record | None:
        facts = self._values(record)
        needs = [need for need in TEMPLATES[kind] if (need or NEEDS[kind]) in facts]
        if not needs:
            return None
        template = self._rng.choice(TEMPLATES[kind][self._rng.choice(needs)])
        used = {key for key in facts if "{" + key + "}" in template}
        if any("{" + key + "}" in template for key in ("genre", "year", "nth") if key not in facts):
            return None
        ids = [r["id"] for r in self._catalog if self._holds(r, used, facts)]
        text = template.format(**facts)
        return prompt(say(text, self._rng, 1), ids, kind, template) if len(ids) <= 5 else None

    def _values(self, record: Record) -> dict[str, str]:
        """What templates may say of an entity; of aliases, genres and stars one each."""
        own = record["attributes"]
        drawn: dict[str, Callable[[], object]] = {
            "name": lambda: record["name"],
            "type": lambda: self._rng.choice(_TYPES[record["type"]]),
            "alias": lambda: self._one(record["aliases"]),
            "creator": lambda: own.get("author", own.get("director")),
            "star": lambda: self._one(own.get("cast", [])),
            "genre": lambda: self._one(own.get("genres", [])),
            "year": lambda: own.get("year"),
            "series": lambda: own.get("series"),
            "number": lambda: own.get("number"),
            "nth": lambda: ordinal(own["number"]) if "number" in own else None,
        }
        values = {key: draw() for key, draw in drawn.items()}
        return {key: str(value) for key, value in values.items() if value}

    def _one(self, items: list[str]) -> str | None:
        return self._rng.choice(items) if items else None

    def _holds(self, record: Record, used: set[str], facts: dict[str, str]) -> bool:
        own = record["attributes"]
        tests: dict[str, Callable[[str], bool]] = {
            "name": lambda text: record["id"] in self._mentions.full(text),
            "alias": lambda text: record["id"] in self._mentions.full(text),
            "type": lambda text: text in _TYPES[record["type"]],
            "creator": lambda text: own.get("author", own.get("director")) == text,
            "star": lambda text: text in own.get("cast", []),
            "genre": lambda text: text in own.get("genres", []),
            "year": lambda text: str(own.get("year")) == text,
            "series": lambda text: own.get("series") == text,
            "number": lambda text: str(own.get("number")) == text,
            "nth": lambda text: "number" in own and ordinal(own["number"]) == text,
        }
        return all(tests[key](facts[key]) for key in used)


_TYPES = {"book": ("book", "novel"), "film": ("movie", "film")}


if __name__ == "__main__":
    main()
