"""Lines of a file that may be compressed, with every way it can be unreadable told plainly."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO

from er_engine.errors import InputError
from er_engine.files import atomic_file

# A longer line is no record of ours; reading on would fill the memory of the machine.
MAX_LINE_BYTES = 16 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def suffix_of(path: Path) -> tuple[str, bool]:
    """Return the lower-case extension below `.gz`, and whether there is a `.gz`."""
    name = path.name.lower()
    compressed = name.endswith(".gz")
    return Path(name.removesuffix(".gz")).suffix, compressed


def check_file(path: Path, what: str, error: type[InputError]) -> None:
    """Raise `error` unless `path` is a file with something in it."""
    if not path.exists():
        raise error(f"{what} {path}: there is no such file; check the path")
    if not path.is_file():
        raise error(f"{what} {path}: this is not a file; name the file itself")
    if path.stat().st_size == 0:
        raise error(f"{what} {path}: the file is empty; was it written to the end?")


def read_lines(path: Path, error: type[InputError]) -> Iterator[tuple[int, bytes]]:
    """Yield line numbers from 1 and the raw bytes of each line, its line end included.

    A byte order mark at the start of the file is left out.

    Raises:
        InputError: (as `error`) a `.gz` file is damaged, or a line is longer than
            `MAX_LINE_BYTES`.
    """
    number = 0
    try:
        with _open(path) as file:
            while raw := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(raw) > MAX_LINE_BYTES:
                    raise error(
                        f"{path}, line {number}: longer than {MAX_LINE_BYTES:,} bytes; "
                        "is this really one record on each line?"
                    )
                yield number, raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw
    except (gzip.BadGzipFile, EOFError, zlib.error) as damage:
        raise error(
            f"{path}: damaged gzip file after line {number} ({damage}); copy or compress it again"
        ) from damage


def decode(raw: bytes) -> str:
    """Return the text of a line.

    Raises:
        ValueError: not UTF-8; says which byte of the line, counted from 1.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"not UTF-8: byte {error.start + 1} of the line is 0x{raw[error.start]:02x}; "
            "save the file as UTF-8"
        ) from error


def _open(path: Path) -> BufferedIOBase:
    _, compressed = suffix_of(path)
    return gzip.open(path, "rb") if compressed else path.open("rb")


def pack(path: Path, text: str) -> bytes:
    """Return UTF-8, compressed where the name of `path` says so; same text, same bytes."""
    data = text.encode("utf-8")
    _, compressed = suffix_of(path)
    return gzip.compress(data, mtime=0) if compressed else data


@contextmanager
def packed_file(path: Path) -> Iterator[BinaryIO | gzip.GzipFile]:
    """Give a file for UTF-8 that need not fit into memory; it becomes `path` at the end.

    Compressed where the name of `path` says so; same text, same bytes.
    """
    with atomic_file(path) as file:
        if suffix_of(path)[1]:
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as compressed:
                yield compressed
        else:
            yield file
