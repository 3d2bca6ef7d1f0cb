"""How often a recogniser was right, by kind and by voice: python data/make/rates.py QUERIES..."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from common import Record, read_jsonl, spoken_forms

from er_engine.phonemes.english import fold


def print_rates(queries: Sequence[Record]) -> None:
    """Print a table in Markdown: count, first hypothesis exact, some hypothesis exact."""
    print("| of | utterances | first exact | some exact |\n| --- | --- | --- | --- |")
    exact = {query["id"]: _exact(query) for query in queries}
    groups: list[Callable[[Record], str]] = [
        lambda query: "all",
        lambda query: str(query["tags"].get("kind", "")),
        lambda query: f"{query['tags'].get('kind', '')}: {query['tags']['said']}",
        lambda query: str(query["tags"]["voice"]),
    ]
    for group in groups:
        for name in sorted({group(query) for query in queries}):
            hits = [exact[query["id"]] for query in queries if group(query) == name]
            first, some = (sum(hit[n] for hit in hits) / len(hits) for n in (0, 1))
            print(f"| {name} | {len(hits):,} | {first:.0%} | {some:.0%} |")


def _exact(query: Record) -> tuple[bool, bool]:
    # The recogniser writes no accents.
    said = {fold(form) for form in spoken_forms(query["reference"])}
    right = [bool(said & set(spoken_forms(heard["text"])[:1])) for heard in query["nbest"]]
    return right[0], any(right)


def main() -> None:
    """Print the rates of the query files named."""
    for path in sys.argv[1:]:
        print(f"\n{Path(path).name}\n")
        print_rates(list(read_jsonl(Path(path))))


if __name__ == "__main__":
    main()
