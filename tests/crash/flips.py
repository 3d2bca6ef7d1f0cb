"""Damaged databases: what is found, and that nothing wrong is answered unnoticed."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path

from er_engine.errors import ErEngineError, StorageError
from er_engine.types import Entity
from index.live.catalog import LiveCatalog
from index.live.layout import LIVE
from tests.unit.index.live.catalogs import MODEL, NAME, new_catalog, open_catalog


def flip_often(folder: Path, seed: int, flips: int) -> Counter[str]:
    """Flip a bit of the database, or cut it, again and again.

    Returns:
        How often it was refused, found by `verify`, or changed nothing that is read.

    Raises:
        AssertionError: entities are other ones, and `verify` finds nothing.
    """
    data_dir = new_catalog(folder / "data")
    catalog = open_catalog(data_dir)
    catalog.upsert(Entity("n1", "Alpha", "tv", ("Bravo",)))
    catalog.delete("b1")
    catalog.merge()
    catalog.upsert(Entity("tv1", "Delta"))
    expected = list(catalog.entities())
    catalog.close()
    database = data_dir / NAME / LIVE.database
    good = database.read_bytes()
    outcomes: Counter[str] = Counter()
    for number in range(flips):
        database.write_bytes(_damaged(random.Random(f"{seed}-{number}"), good))
        outcomes[_outcome(data_dir, expected, f"seed {seed}, flip {number}")] += 1
        for path in database.parent.glob(f"{LIVE.database}-*"):
            path.unlink()
    shutil.rmtree(folder)
    return outcomes


def _damaged(chance: random.Random, good: bytes) -> bytes:
    data = bytearray(good)
    if chance.random() < 0.1:
        return bytes(data[: chance.randrange(len(data))])
    used = [place for place, byte in enumerate(data) if byte]
    data[chance.choice(used)] ^= 1 << chance.randrange(8)
    return bytes(data)


def _outcome(data_dir: Path, expected: list[Entity], where: str) -> str:
    try:
        catalog = LiveCatalog.open(data_dir, NAME, MODEL)
    except StorageError as error:
        # It says what to do; anything else is a fault of ours.
        return "refused with a message" if "backup" in str(error) else f"refused: {error}"
    try:
        found = catalog.verify()
        assert catalog.wait(60), f"{where}: it hangs"
        try:
            same = list(catalog.entities()) == expected
            same = same and catalog.view().all_entities() == expected
        except ErEngineError:
            same = False
        assert same or found, f"{where}: other entities, and nothing was found"
        return "found by verify" if found else "nothing of the catalog was changed"
    finally:
        catalog.close()
