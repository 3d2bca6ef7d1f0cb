"""The head of a query as clients send it, read without the parser of HTTP.

What is not exactly that is left to the parser: another version, a folded line, a length that is
given twice, an upgrade, a body in chunks. So no request can be read in two ways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEAD = re.compile(
    rb"POST (/v1/(?:catalogs/[\w.~-]+/)?resolve) HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+.^`|~\w-]++:[\t\x20-\x7e]*+\r\n)++)\r\n"
)
_LONGEST_LENGTH = 18
# What changes how a body or a connection is read.
_UNUSUAL = frozenset((b"transfer-encoding", b"expect", b"upgrade"))


@dataclass(frozen=True, slots=True)
class PlainHead:
    """One request to resolve.

    Attributes:
        path: as it was sent.
        headers: names in lower case, with their values.
        size: bytes of the head.
        length: bytes of the body, which follow.
    """

    path: str
    headers: list[tuple[bytes, bytes]]
    size: int
    length: int


def read_plain_head(data: bytes) -> PlainHead | None:
    """Read the head that `data` begins with; None if it is not all there, or no plain one."""
    found = _HEAD.match(data)
    if found is None:
        return None
    headers = [_header(line) for line in found[2][:-2].split(b"\r\n")]
    names = [name for name, _ in headers]
    lengths = [value for name, value in headers if name == b"content-length"]
    if names.count(b"host") != 1 or len(lengths) != 1 or not _is_length(lengths[0]):
        return None
    if any(_is_unusual(name, value) for name, value in headers):
        return None
    return PlainHead(found[1].decode("ascii"), headers, found.end(), int(lengths[0]))


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.lower(), value.strip(b" \t")


def _is_unusual(name: bytes, value: bytes) -> bool:
    return name in _UNUSUAL or (name == b"connection" and value.lower() != b"keep-alive")


def _is_length(value: bytes) -> bool:
    return value.isdigit() and len(value) <= _LONGEST_LENGTH
