"""Writing files so that a crash leaves either the old content or the new, never half of it."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from er_engine.errors import ConfigError

_CHUNK = 1 << 20


def check_not_read(option: str, output: Path, read: Iterable[Path]) -> None:
    """Find out before the work that an output file is none of the files that are read for it.

    Raises:
        ConfigError: it is; names the option.
    """
    if output.resolve() in {path.resolve() for path in read}:
        raise ConfigError(f"{option} {output}: this file is read; name another one")


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write to a temporary name beside `path`, fsync, rename.

    Raises:
        OSError: no space left, or no permission; `path` is then as it was.
    """
    with atomic_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to, which becomes `path` at the end; after an error nothing is left.

    Raises:
        OSError: no space left, or no permission; `path` is then as it was.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with naming(path):
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    fsync_directory(path.parent)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an OSError that doesn't say where it happened name `path`.

    A write that failed doesn't, and libraries don't even say why (NumPy: "131072 requested and 8176
    written"): what has no number either counts as no space left.

    Raises:
        OSError: with a number, a sentence and a file name.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        said = error.strerror or f"it can't be written in full; is the disk full? ({error})"
        raise OSError(error.errno or errno.ENOSPC, said, str(path)) from error


def fsync_file(path: Path) -> None:
    """Flush a file that another library wrote to the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def fsync_directory(path: Path) -> None:
    """Make renames inside `path` durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
