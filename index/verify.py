"""Checks all of an index folder: every hash, every count, and that the parts fit together."""

from __future__ import annotations

from pathlib import Path

from er_engine.errors import IndexFormatError
from index.layout import LAYOUT
from index.manifest import file_problems, read_manifest
from index.reader import count_problems, open_index


def verify_index(directory: Path) -> list[str]:
    """Return everything that is wrong with an index, one sentence each; nothing when it is sound.

    Raises:
        IndexFormatError: there is no index at all, or its manifest can't be read.
    """
    manifest = read_manifest(directory)
    problems = file_problems(directory, manifest)
    known = {LAYOUT.manifest, *manifest.files}
    strangers = sorted({path.name for path in directory.iterdir()} - known)
    problems += [f"{name}: not a file of the index; move it away" for name in strangers]
    if not problems:
        problems = _content_problems(directory)
    return problems


def _content_problems(directory: Path) -> list[str]:
    try:
        opened = open_index(directory)
    except IndexFormatError as error:
        return [str(error)]
    return [
        *count_problems(opened),
        *opened.entities.problems(),
        *opened.types.problems(),
        *opened.form_reader.problems(len(opened.entities)),
    ]
