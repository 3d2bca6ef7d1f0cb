"""Print what a recogniser may know of catalogs: python data/make/names.py CATALOG...

Names, towns, streets, authors, stars, series, one on each line: for the option --vocabulary
of er-engine simulate.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from common import Record, read_jsonl

_FIELDS = ("city", "street", "author", "director", "series", "cast")


def main() -> None:
    """Print the distinct names."""
    records = (record for path in sys.argv[1:] for record in read_jsonl(Path(path)))
    found = dict.fromkeys(name for record in records for name in names(record))
    sys.stdout.write("".join(f"{name}\n" for name in found))


def names(record: Record) -> Iterator[str]:
    """Everything in a record that is said as it is written."""
    yield record["name"]
    yield from record.get("aliases", ())
    for field in _FIELDS:
        value = record.get("attributes", {}).get(field, ())
        yield from [value] if isinstance(value, str) else value


if __name__ == "__main__":
    main()
