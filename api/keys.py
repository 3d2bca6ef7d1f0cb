"""API keys: made once, shown once, kept as hashes in one file that may change while it is served.

A key is `ere_<id>_<secret>`. The secret has 256 random bits, so that a plain SHA-256 of it can't be
searched; a slow hash would only slow down every request.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import logging
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from er_engine.errors import ServiceError
from er_engine.files import write_atomically

Scope = Literal["read", "write"]
SCOPES: tuple[Scope, ...] = ("read", "write")
VERSION = 1
MAX_NAME = 100
_PREFIX = "ere"
_SECRET_BYTES = 32
_ID_BYTES = 4
_KEY = re.compile(rf"{_PREFIX}_([0-9a-f]{{{2 * _ID_BYTES}}})_([A-Za-z0-9_-]{{43}})")
_MODE = 0o600
# Compared with when the id is unknown, so that this takes as long.
_NO_HASH = "0" * 64
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key without its secret; `sha256` is of the whole key, in hex."""

    id: str
    name: str
    scope: Scope
    sha256: str
    created: str

    @property
    def can_write(self) -> bool:
        """Whether the key may change catalogs."""
        return self.scope == "write"


def new_key(name: str, scope: Scope, created: str) -> tuple[ApiKey, str]:
    """Make a key; the second value is what its owner presents, and is kept nowhere."""
    key_id = secrets.token_hex(_ID_BYTES)
    text = f"{_PREFIX}_{key_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return ApiKey(key_id, name, scope, _digest(text), created), text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def read_keys(path: Path) -> list[ApiKey]:
    """Read a key file.

    Raises:
        ServiceError: it can't be read or is not a key file; the message names the place.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ServiceError(
            f"{path}: there is no such key file; make one: er-engine keys create NAME --file {path}"
        ) from error
    except (OSError, ValueError) as error:
        raise ServiceError(f"{path}: not a readable key file: {error}") from error
    if not isinstance(record, dict) or record.get("version") != VERSION:
        raise ServiceError(f"{path}: not a key file of version {VERSION}")
    listed = record.get("keys")
    if not isinstance(listed, list):
        raise ServiceError(f"{path}: 'keys' is missing or not a list")
    return [_key_of(item, f"{path}: keys[{number}]") for number, item in enumerate(listed)]


def _key_of(item: Any, where: str) -> ApiKey:
    fields = ApiKey.__slots__
    if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in fields):
        raise ServiceError(f"{where}: needs the text fields {', '.join(fields)}")
    if item["scope"] not in SCOPES:
        raise ServiceError(f"{where}.scope: {item['scope']!r} is none of {', '.join(SCOPES)}")
    if not re.fullmatch(r"[0-9a-f]{64}", item["sha256"]):
        raise ServiceError(f"{where}.sha256: not a SHA-256 in hex")
    return ApiKey(**{name: item[name] for name in fields})


def write_keys(path: Path, keys: Sequence[ApiKey]) -> None:
    """Replace a key file; its owner stays the same, and nobody else may read it."""
    record = {"version": VERSION, "keys": [asdict(key) for key in keys]}
    before = path.stat() if path.exists() else None
    write_atomically(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    path.chmod(_MODE)
    if before is not None and before.st_uid != os.geteuid():
        os.chown(path, before.st_uid, before.st_gid)


@contextmanager
def changing(path: Path) -> Iterator[list[ApiKey]]:
    """The keys of a file, to be changed in place and written back; one change at a time."""
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, _MODE)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keys = read_keys(path) if path.exists() else []
        yield keys
        write_keys(path, keys)
    finally:
        os.close(lock)


class KeyRing:
    """The keys of a file; when the file changes, so do they, without a restart."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            ServiceError: it can't be read, or holds no key.
        """
        self._path = path
        self._seen = self._signature()
        self._keys = {key.id: key for key in read_keys(path)}
        if not self._keys:
            raise ServiceError(f"{path}: holds no key; er-engine keys create NAME --file {path}")

    def find(self, presented: str) -> ApiKey | None:
        """The key that was presented, or None; compared in constant time."""
        self._refresh()
        parts = _KEY.fullmatch(presented)
        key = self._keys.get(parts[1]) if parts else None
        expected = key.sha256 if key else _NO_HASH
        same = hmac.compare_digest(expected, _digest(presented))
        return key if same else None

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _refresh(self) -> None:
        seen = self._signature()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._keys = {key.id: key for key in read_keys(self._path)}
        except ServiceError as error:
            # A half-written or missing file must not lock everybody out.
            _log.error("the API keys stay as they were: %s", error)
        else:
            _log.warning("read %d API keys again", len(self._keys))
