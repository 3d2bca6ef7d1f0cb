"""Catalogs come and go: imported from an index, built, restored from a backup, removed."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from er_engine.errors import (
    CatalogExistsError,
    InputError,
    StorageError,
    UnknownCatalogError,
)
from er_engine.files import fsync_directory, fsync_file
from er_engine.model import Model
from er_engine.types import Entity
from index.builder import BuildOptions, Progress, build_index
from index.live.backup import check_backup
from index.live.importing import fill
from index.live.layout import LIVE
from index.live.lock import FolderLock
from index.live.schema import translated
from index.live.used_versions import keep_last_version, last_version, skip_versions
from index.live.write_points import Reached, nothing
from index.reader import open_index

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
_NEW, _BUILT, _REMOVED = ".new-", ".built-", ".removed-"


def check_name(name: str) -> None:
    """Raise InputError unless a catalog may have this name, which is a folder and part of a URL."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise InputError(
            f"catalog name {name!r}: use 1 to 64 letters, digits, '-' and '_', and begin with a "
            "letter or a digit"
        )


def list_catalogs(data_dir: Path | str) -> list[str]:
    """Return the names of all catalogs, sorted."""
    folder = Path(data_dir)
    if not folder.is_dir():
        return []
    return sorted(
        path.name
        for path in folder.iterdir()
        if not path.name.startswith(".") and (path / LIVE.database).is_file()
    )


def import_index(
    built_index_dir: Path | str, data_dir: Path | str, name: str, reached: Reached = nothing
) -> None:
    """Make a live catalog of a built index, which stays as it is.

    Vectors of a quantised index (`sq8`, `ivf`) are imported as its quantised ones.

    Raises:
        CatalogExistsError: there is a catalog of this name; it is left alone.
        IndexFormatError: the index can't be read.
        InputError: the name can't be used.
        StorageError: it can't be written.
    """
    check_name(name)
    opened = open_index(built_index_dir)
    with _new_catalog(Path(data_dir), name, reached) as folder:
        fill(folder, opened, last_version(Path(data_dir), name), reached)


def create_catalog(
    entities: Sequence[Entity],
    data_dir: Path | str,
    name: str,
    model: Model,
    options: BuildOptions | None = None,
    progress: Progress = lambda phase, done, total: None,
) -> None:
    """Build an index of entities and import it.

    Raises:
        CatalogExistsError: there is a catalog of this name.
        CatalogError, ConfigError, OSError: see `index.builder.build_index`.
        StorageError: it can't be written.
    """
    check_name(name)
    parent = Path(data_dir)
    _refuse_existing(parent, name)
    with translated(parent / name):
        parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(parent)
        temporary = tempfile.TemporaryDirectory(dir=parent, prefix=f"{_BUILT}{name}-")
        lock = FolderLock(Path(temporary.name) / LIVE.lock)
    with closing(_Releasing(lock)), temporary as scratch:
        built = Path(scratch) / "built"
        build_index(
            entities,
            built,
            model.encoder,
            model.g2p,
            options or BuildOptions(lang=model.lang),
            progress,
        )
        import_index(built, parent, name)


def restore_catalog(
    backup: Path | str, data_dir: Path | str, name: str, reached: Reached = nothing
) -> None:
    """Make a catalog of a backup file; its vectors are made when it is opened.

    Raises:
        CatalogExistsError: there is a catalog of this name; remove it first.
        CatalogDamagedError: the backup is not what was written.
        InputError: the name can't be used.
        StorageError: it can't be read or written.
    """
    check_name(name)
    source = Path(backup)
    if not source.is_file():
        raise UnknownCatalogError(f"{source}: there is no such backup file")
    check_backup(source)
    with _new_catalog(Path(data_dir), name, reached) as folder:
        shutil.copyfile(source, folder / LIVE.database)
        skip_versions(folder / LIVE.database, last_version(Path(data_dir), name))
        reached("restore: copied")


def remove_catalog(data_dir: Path | str, name: str, reached: Reached = nothing) -> None:
    """Remove a catalog that nobody has open for writing.

    Raises:
        UnknownCatalogError: there is none of this name.
        CatalogLockedError: somebody has it open.
        StorageError: it can't be removed.
    """
    check_name(name)
    folder = Path(data_dir) / name
    if not (folder / LIVE.database).is_file():
        raise UnknownCatalogError(f"{folder}: there is no catalog {name!r}")
    lock = FolderLock(folder / LIVE.lock)
    try:
        with translated(folder):
            keep_last_version(folder)
            aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{_REMOVED}{name}-"))
            # In one step: a crash leaves the catalog, or none.
            folder.rename(aside / name)
            fsync_directory(folder.parent)
            reached("remove: out of sight")
            shutil.rmtree(aside, ignore_errors=True)
    finally:
        lock.release()


@contextmanager
def _new_catalog(data_dir: Path, name: str, reached: Reached) -> Iterator[Path]:
    """Yield a hidden folder; when the block succeeds it becomes the catalog, in one step.

    Only its owner may look into it: it will hold what users said.
    """
    _refuse_existing(data_dir, name)
    with translated(data_dir / name):
        data_dir.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(data_dir)
        folder = Path(tempfile.mkdtemp(dir=data_dir, prefix=f"{_NEW}{name}-"))
        try:
            with closing(_Releasing(FolderLock(folder / LIVE.lock))):
                yield folder
                for path in folder.iterdir():
                    fsync_file(path) if path.is_file() else fsync_directory(path)
                fsync_directory(folder)
                reached("create: before in place")
                try:
                    folder.rename(data_dir / name)
                except OSError as error:
                    raise StorageError(f"{data_dir / name}: something is there already") from error
                fsync_directory(data_dir)
            reached("create: in place")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class _Releasing:
    def __init__(self, lock: FolderLock) -> None:
        self.close = lock.release


def _refuse_existing(data_dir: Path, name: str) -> None:
    if (data_dir / name).exists():
        raise CatalogExistsError(
            f"{data_dir / name}: there is a catalog {name!r} already; remove it first, or choose "
            "another name"
        )


def _remove_leftovers(data_dir: Path) -> None:
    """Remove what processes that died while they made or removed a catalog left behind."""
    hidden = [path for mark in (_NEW, _BUILT, _REMOVED) for path in data_dir.glob(f"{mark}*")]
    for path in hidden:
        try:
            lock = FolderLock(path / LIVE.lock)
        except StorageError:
            continue  # it is alive, or about to take its lock
        shutil.rmtree(path, ignore_errors=True)
        lock.release()
