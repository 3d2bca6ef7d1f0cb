"""Uploads on the disk until they are catalogs: what was accepted survives a crash or a restart."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from er_engine.errors import StorageError
from er_engine.files import fsync_directory, fsync_file, write_atomically

FOLDER = ".uploads"
_NOTE = "upload.json"


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded catalog file and what to make of it.

    Attributes:
        name: of the catalog.
        path: the file; its extension says how to read it.
        lang: language of the catalog.
        templates: surface forms such as `{name} {city}`.
        begun: how often making it was begun and never ended, well or not.
    """

    name: str
    path: Path
    lang: str = "en"
    templates: tuple[str, ...] = ()
    begun: int = 0


class KeptUploads:
    """The folder of uploads; one for each, with the file and a note of what to make of it.

    An upload without a note never became complete.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    def new_file(self, name: str, suffix: str) -> Path:
        """Return where the file of an upload goes; its folder is there, and empty.

        Raises:
            OSError: it can't be written.
        """
        self.remove(name)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        (self._folder / name).mkdir()
        return self._folder / name / f"{name}{suffix}"

    def keep(self, upload: Upload) -> None:
        """Put the file and the note on the disk; afterwards the upload is accepted.

        Raises:
            StorageError: it can't be written.
        """
        try:
            fsync_file(upload.path)
            self.note(upload)
            fsync_directory(self._folder)
            fsync_directory(self._folder.parent)
        except OSError as error:
            raise StorageError(f"not stored: {error}") from error

    def note(self, upload: Upload) -> None:
        """Write down how an upload is.

        Raises:
            OSError: it can't be written.
        """
        values = {
            "file": upload.path.name,
            "lang": upload.lang,
            "surface_forms": list(upload.templates),
            "begun": upload.begun,
        }
        write_atomically(upload.path.with_name(_NOTE), json.dumps(values) + "\n")

    def remove(self, name: str) -> None:
        """Forget an upload, which is a catalog now, or never will be."""
        with suppress(OSError):
            # First, so that a crash in between leaves nothing that looks complete.
            (self._folder / name / _NOTE).unlink(missing_ok=True)
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def left(self) -> list[Upload]:
        """What a service before this one accepted and did not finish, by name; removes the rest."""
        found = list(self._read())
        names = {upload.name for upload in found}
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if path.name not in names:
                shutil.rmtree(path, ignore_errors=True)
        return found

    def _read(self) -> Iterator[Upload]:
        for note in sorted(self._folder.glob(f"*/{_NOTE}")):
            with suppress(OSError, ValueError, LookupError, TypeError):
                values: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
                path = note.with_name(Path(values["file"]).name)
                if path.is_file():
                    templates = tuple(str(item) for item in values["surface_forms"])
                    begun = int(values["begun"])
                    yield Upload(note.parent.name, path, str(values["lang"]), templates, begun)
