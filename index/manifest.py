"""The manifest of an index folder: what it holds, how it was made, and a hash of every file.

It is JSON for people and machines, and holds neither time nor path, so that the same build gives
the same bytes. Its last line is a hash of the rest, so that a changed byte in the manifest itself
is found, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from er_engine.errors import IndexFormatError
from er_engine.files import sha256_of
from index.layout import LAYOUT

FORMAT = "er-engine index"
FORMAT_VERSION = 1
_OWN_HASH = "manifest_sha256"
_REMEDY = "build the index again with `er-engine index build`"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """Size in bytes and hex SHA-256 of one file."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` says.

    Attributes:
        entities: number of entities.
        surface_forms: number of surface forms, which is the number of vectors.
        distinct_forms: how many of them were encoded; the others say the same as one of these.
        dimension: width of the vectors.
        lang: language of the catalog.
        g2p: name of the G2P that gave the pronunciations.
        inventory: version of the phoneme inventory that the phoneme ids belong to.
        encoder_fingerprint: of the encoder that made the vectors.
        templates: surface form templates beside names and aliases.
        index_kind: `flat`, `sq8` or `ivf`.
        faiss_factory: the factory string that FAISS made the vector index from.
        options: the options of the build command.
        files: every other file of the folder.
    """

    entities: int
    surface_forms: int
    distinct_forms: int
    dimension: int
    lang: str
    g2p: str
    inventory: str
    encoder_fingerprint: str
    templates: tuple[str, ...]
    index_kind: str
    faiss_factory: str
    options: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, FileEntry] = field(default_factory=dict)

    def render(self) -> str:
        """Return the text of the manifest file."""
        record = {"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(self)}
        record["files"] = {name: record["files"][name] for name in sorted(record["files"])}
        text = json.dumps(record, indent=2, ensure_ascii=False)
        record[_OWN_HASH] = hashlib.sha256(text.encode()).hexdigest()
        return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def describe_files(directory: Path) -> dict[str, FileEntry]:
    """Return size and hash of every data file of a folder."""
    entries = {}
    for name in LAYOUT.data_files():
        path = directory / name
        entries[name] = FileEntry(path.stat().st_size, sha256_of(path))
    return entries


def read_manifest(directory: Path) -> Manifest:
    """Read and check the manifest of an index folder, but none of the files that it names.

    Raises:
        IndexFormatError: there is no index, it has another format version, or its manifest is
            damaged.
    """
    path = directory / LAYOUT.manifest
    if not directory.is_dir():
        raise IndexFormatError(
            f"index {directory}: there is no such folder; check the path, or {_REMEDY}"
        )
    if not path.is_file():
        raise IndexFormatError(
            f"index {directory}: there is no {LAYOUT.manifest} in it, so it is no index; "
            f"check the path, or {_REMEDY}"
        )
    text, record = _load(path)
    version = record.get("format_version")
    if version != FORMAT_VERSION:
        raise IndexFormatError(
            f"index {directory}: format version {version}, but this er-engine reads version "
            f"{FORMAT_VERSION}; {_REMEDY}"
        )
    manifest = _parse(path, record)
    if manifest.render() != text:
        raise IndexFormatError(f"{path}: changed since it was built; {_REMEDY}")
    return manifest


def claimed_files(directory: Path) -> frozenset[str] | None:
    """Return the files that the folder's manifest claims, whatever its version and state.

    None where the folder has no manifest of an er-engine index. Nothing is checked: this tells
    an index that may be replaced from a folder that may not.
    """
    try:
        _, record = _load(directory / LAYOUT.manifest)
    except (OSError, IndexFormatError):
        return None
    files = record.get("files")
    return frozenset([LAYOUT.manifest, *files] if isinstance(files, dict) else [LAYOUT.manifest])


def check_files(directory: Path, manifest: Manifest) -> None:
    """Compare every file with the manifest.

    Raises:
        IndexFormatError: a file is missing, truncated or changed; names the first one.
    """
    for problem in file_problems(directory, manifest):
        raise IndexFormatError(f"index {directory}: {problem}; {_REMEDY}")


def file_problems(directory: Path, manifest: Manifest) -> list[str]:
    """Return what is wrong with the files, one sentence for each wrong one."""
    problems = []
    for name, entry in manifest.files.items():
        path = directory / name
        if not path.is_file():
            problems.append(f"the file {name} is missing")
        elif path.stat().st_size != entry.bytes:
            problems.append(
                f"the file {name} has {path.stat().st_size:,} bytes, but {entry.bytes:,} were "
                "written (truncated or changed)"
            )
        elif sha256_of(path) != entry.sha256:
            problems.append(f"the content of {name} has changed since it was built")
    return problems


def _load(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_bytes().decode("utf-8")
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise IndexFormatError(f"{path}: not readable ({error}); {_REMEDY}") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise IndexFormatError(f"{path}: this is not the manifest of an er-engine index")
    return text, record


def _parse(path: Path, record: dict[str, Any]) -> Manifest:
    try:
        values = {item.name: record[item.name] for item in fields(Manifest)}
        values["templates"] = tuple(values["templates"])
        values["files"] = {name: FileEntry(**entry) for name, entry in values["files"].items()}
        manifest = Manifest(**values)
        if manifest.files.keys() | LAYOUT.since_later() != set(LAYOUT.data_files()):
            raise ValueError("it doesn't name the files of an index")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IndexFormatError(f"{path}: damaged ({error}); {_REMEDY}") from error
    return manifest
