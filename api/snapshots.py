"""Snapshots of live catalogs: index folders below the data folder, the newest ones of each."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from er_engine.errors import StorageError
from er_engine.wire_entities import SnapshotInfo

if TYPE_CHECKING:
    from index.live.catalog import LiveCatalog

FOLDER = ".snapshots"


def take(data_dir: Path, live: LiveCatalog, keep: int) -> SnapshotInfo:
    """Write a snapshot, unless there is one of this state; remove all but the newest of a catalog.

    Args:
        data_dir: folder of live catalogs.
        live: the catalog.
        keep: how many of its snapshots stay.

    Raises:
        CatalogError: there is no entity.
        StorageError: it can't be written.
    """
    from index.manifest import read_manifest

    target = data_dir / FOLDER / f"{live.name}-{live.moment}"
    with stored():
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if not target.is_dir():
            live.snapshot(target)
        for old in sorted(_of(live.name, target.parent))[:-keep]:
            shutil.rmtree(old[1], ignore_errors=True)
    return SnapshotInfo(
        catalog=live.name, snapshot=target.name, entities=read_manifest(target).entities
    )


@contextmanager
def stored() -> Iterator[None]:
    """Say of what the disk refuses that it could not be stored."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"not stored: {error}") from error


def _of(name: str, folder: Path) -> Iterator[tuple[int, Path]]:
    """The snapshots of a catalog, each with the number of its last change."""
    for path in folder.iterdir():
        found = re.fullmatch(rf"{re.escape(name)}-(\d+)-[0-9a-f]{{16}}", path.name)
        if found:
            yield int(found[1]), path
