"""One writer for each catalog folder: a lock that the system frees when its process ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from er_engine.errors import CatalogLockedError, StorageError


class FolderLock:
    """An exclusive lock on a file; also refused inside the same process."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            CatalogLockedError: somebody has it; the message names the process.
            StorageError: the file can't be opened for writing.
        """
        self._path = path
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageError(
                f"{path}: can't be opened for writing ({error.strerror}); a writer needs a data "
                "folder that it may write to"
            ) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._handle, 20, 0).decode("ascii", "replace").strip()
            os.close(self._handle)
            raise CatalogLockedError(
                f"catalog folder {path.parent}: process {holder or 'unknown'} writes to it "
                "already; stop that service first, or serve another data folder"
            ) from error
        self._write_holder()

    def _write_holder(self) -> None:
        try:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)
        except OSError:
            pass  # a full disk: the number only helps people

    def release(self) -> None:
        """Free the lock; harmless when repeated."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
