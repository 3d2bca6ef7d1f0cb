"""Building a folder out of sight and putting it in place in one step.

A build writes to a hidden folder beside its target, locked while the build lives, then swaps the
two. A crash leaves the old target; what a dead build left behind is removed by the next one.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from er_engine.errors import InputError
from er_engine.files import fsync_directory, fsync_file, naming
from index.layout import LAYOUT
from index.manifest import claimed_files

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def check_target(target: Path) -> None:
    """Raise InputError where building to `target` would destroy something that is not an index."""
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError(f"output {target}: a file is there; name another folder")
    there = {path.name for path in target.iterdir()}
    if not there:
        return
    claimed = claimed_files(target)
    if claimed is None:
        raise InputError(
            f"output {target}: the folder holds something else than an index and is left alone; "
            "name another folder"
        )
    strangers = there - claimed - set(LAYOUT.data_files())
    if strangers:
        raise InputError(
            f"output {target}: the index folder also holds {sorted(strangers)[0]!r}, which would "
            "be lost; move it away, or name another folder"
        )


@contextmanager
def building_folder(target: Path) -> Iterator[Path]:
    """Yield a new folder; when the block succeeds it takes the place of `target`, all at once.

    Raises:
        OSError: no space left, or no permission; `target` is then as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{target.name}.building-"
    _remove_leftovers(target.parent, prefix)
    building = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    lock = os.open(building, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with naming(target):
            yield building
            building.chmod(0o755)
            for path in building.iterdir():
                path.chmod(0o644)
                fsync_file(path)
            fsync_directory(building)
            _put_in_place(building, target)
            fsync_directory(target.parent)
    finally:
        os.close(lock)
        # Now either the unfinished build, or what it replaced.
        shutil.rmtree(building, ignore_errors=True)


def _remove_leftovers(parent: Path, prefix: str) -> None:
    for path in parent.glob(f"{prefix}*"):
        try:
            lock = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue  # its build is alive
        finally:
            os.close(lock)


def _put_in_place(building: Path, target: Path) -> None:
    if not target.exists():
        building.rename(target)
    elif not _exchange(building, target):
        # Without the system call there is a moment without a target; a failure is undone.
        aside = building.with_name(f"{building.name}-old")
        target.rename(aside)
        try:
            building.rename(target)
        except OSError:
            aside.rename(target)
            raise
        shutil.rmtree(aside, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    """Swap two names in one step; False where the system or file system can't."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    old, new = os.fsencode(a), os.fsencode(b)
    if renameat2(_AT_FDCWD, old, _AT_FDCWD, new, _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(b))
