"""Ask the 20,000 contacts what the 200 were asked: python data/make/dev_queries.py

After data/make/record_dev.sh. The speech is the same; right are all of the larger catalog whom the
words fit.
"""

from __future__ import annotations

from common import read_jsonl, write_jsonl
from dev import DEV
from mentions import Mentions


def main() -> None:
    """Write contacts_20k_queries.jsonl.gz."""
    mentions = Mentions(read_jsonl(DEV / "contacts_20k.jsonl.gz"))
    queries = []
    for query in read_jsonl(DEV / "contacts_queries.jsonl.gz"):
        find = mentions.full if query["tags"]["said"] == "name" else mentions.part
        queries.append({**query, "entity_ids": find(query["reference"])})
    write_jsonl(DEV / "contacts_20k_queries.jsonl.gz", queries)


if __name__ == "__main__":
    main()
