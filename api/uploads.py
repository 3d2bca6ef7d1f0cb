"""Catalogs made from uploaded files, one after the other, in the background."""

from __future__ import annotations

import logging
import queue
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from api.catalogs import Catalogs, ServedCatalog
from api.kept_uploads import KeptUploads, Upload
from api.live_catalogs import Models, open_live, open_or_report
from api.problems import BusyError
from er_engine.errors import (
    CatalogExistsError,
    ErEngineError,
    InputError,
    MissingExtraError,
    PhonemeError,
    StorageError,
)
from er_engine.wire_entities import CATALOG_NAME, BuildProgress, CatalogInfo, CatalogState

if TYPE_CHECKING:
    from index.live.lock import FolderLock

_log = logging.getLogger(__name__)
LOCK = ".lock"
LOOK_SECONDS = 1.0
MAX_WAITING_BUILDS = 8
BUSY_SECONDS = 30
# An upload that ends the service (it needs more memory than there is) must not do so for ever.
MAX_BEGUN = 3
_ENDED = (
    "the service ended {} times while this catalog was made, perhaps for lack of memory; make it "
    "of a smaller file, and put the rest into it in parts"
)
_FLAG_HINT = ", or leave them out with --skip-bad"


@dataclass(slots=True)
class _Build:
    """One upload on its way; written by the thread that builds."""

    name: str
    state: CatalogState = "building"
    progress: BuildProgress | None = None
    error: str | None = None

    def info(self) -> CatalogInfo:
        return CatalogInfo(
            name=self.name,
            state=self.state,
            entities=0,
            writable=False,
            default=False,
            progress=self.progress,
            error=self.error,
        )


class Builds:
    """Makes live catalogs of uploads and serves them. Thread-safe."""

    def __init__(self, data_dir: Path, catalogs: Catalogs, models: Models) -> None:
        self.data_dir = data_dir
        self._catalogs = catalogs
        self._models = models
        self._builds: dict[str, _Build] = {}
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[Upload] = queue.SimpleQueue()
        self._kept = KeptUploads(data_dir)
        self._making: Upload | None = None
        self._folder_lock: FolderLock | None = None
        self._opening = threading.Lock()
        self._stopping = False

    def take_folder(self) -> None:
        """Be the one service of the data folder; go on with the uploads of the one before.

        Raises:
            CatalogLockedError: another service has it.
            StorageError: it can't be written.
        """
        from index.live.lock import FolderLock

        self._folder_lock = FolderLock(self.data_dir / LOCK)
        self._go_on()

    def _go_on(self) -> None:
        from index.live.creating import list_catalogs

        made = list_catalogs(self.data_dir)
        for upload in self._kept.left():
            if upload.name in made:
                self._kept.remove(upload.name)
            elif upload.begun >= MAX_BEGUN:
                error = _ENDED.format(upload.begun)
                self._builds[upload.name] = _Build(upload.name, "failed", error=error)
                self._kept.remove(upload.name)
            else:
                _log.info("going on with the upload %s", upload.name)
                self._builds[upload.name] = _Build(upload.name)
                self._waiting.put(upload)

    def leave_folder(self) -> None:
        """Let another service have the data folder."""
        if self._folder_lock is not None:
            self._folder_lock.release()

    def start(self) -> None:
        """Be ready for uploads, and serve what is restored or imported into the data folder."""
        # A service that stops does not wait for it: the next one goes on.
        threading.Thread(target=self._work, name="build-catalogs", daemon=True).start()

    def stop(self) -> None:
        """Open no more catalogs; what is being made will be made by the next service."""
        with self._opening:
            self._stopping = True
            if self._making is not None:
                # Its end is not the fault of the upload.
                with suppress(OSError):
                    self._kept.note(self._making)

    def remove(self, catalog: ServedCatalog) -> bool:
        """Serve a catalog no more, and remove it; False if it isn't served.

        Raises:
            StorageError: it can't be removed; it is then opened again, as any that is found.
        """
        from index.live.creating import remove_catalog

        with self._opening:
            if self._catalogs.get(catalog.name) is not catalog:
                return False
            self._catalogs.remove(catalog.name)
            if catalog.live is not None:
                catalog.live.close()
            remove_catalog(self.data_dir, catalog.name)
            return True

    def new_file(self, name: str, suffix: str) -> Path:
        """Return where an upload goes; its folder is there.

        Raises:
            InputError: the name can't be used.
            CatalogExistsError: there is a catalog of this name, or one is being made.
            BusyError: too many uploads wait.
        """
        self._reserve(name)
        try:
            return self._kept.new_file(name, suffix)
        except OSError as error:
            self.give_up(name)
            raise StorageError(f"not stored: {error}") from error

    def submit(self, upload: Upload) -> CatalogInfo:
        """Accept an upload whose file `new_file` named: it will be made, whatever ends the service.

        Raises:
            StorageError: it can't be written; nothing was accepted.
        """
        build = self._builds[upload.name]
        try:
            self._kept.keep(upload)
        except StorageError:
            self.give_up(upload.name)
            raise
        self._waiting.put(upload)
        return build.info()

    def give_up(self, name: str) -> None:
        """Forget an upload that never became complete."""
        with self._lock:
            self._builds.pop(name, None)
        self._kept.remove(name)

    def get(self, name: str) -> CatalogInfo | None:
        """How an upload is, until it is served."""
        build = self._builds.get(name)
        return None if build is None else build.info()

    def all(self) -> Sequence[CatalogInfo]:
        """Every upload that is not served yet or failed."""
        return [build.info() for build in list(self._builds.values())]

    def forget_failed(self, name: str) -> bool:
        """Forget an upload that failed; return whether there was one."""
        with self._lock:
            build = self._builds.get(name)
            if build is None or build.state != "failed":
                return False
            del self._builds[name]
            return True

    def _reserve(self, name: str) -> None:
        if not re.fullmatch(CATALOG_NAME, name):
            raise InputError(
                f"name: {name!r} can't be used; take 1 to 64 letters, digits, '-' and '_', and "
                "begin with a letter or a digit"
            )
        with self._lock:
            before = self._builds.get(name)
            if self._catalogs.get(name) is not None or (before and before.state == "building"):
                raise CatalogExistsError(
                    f"there is a catalog {name!r} already; delete it first, or choose another name"
                )
            waiting = sum(build.state == "building" for build in self._builds.values())
            if waiting >= MAX_WAITING_BUILDS:
                raise BusyError(BUSY_SECONDS)
            self._builds[name] = _Build(name)

    def _work(self) -> None:
        self._catalogs.wait()
        while not self._stopping:
            try:
                upload = self._waiting.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                self._serve_new()
            else:
                self._run(self._builds[upload.name], upload)

    def _serve_new(self) -> None:
        """Serve catalogs that somebody put into the data folder (`er-engine catalog restore`)."""
        from index.live.creating import list_catalogs

        with self._opening:
            for name in list_catalogs(self.data_dir) if self._catalogs.ready else ():
                if self._stopping or self._catalogs.get(name) is not None:
                    continue
                try:
                    self._catalogs.add(open_or_report(self.data_dir, name, self._models))
                except (ErEngineError, OSError) as error:
                    # It may be locked, or just gone: the next look may find it.
                    _log.debug("catalog %s can't be opened now: %s", name, error)

    def _run(self, build: _Build, upload: Upload) -> None:
        if not self._begin(upload):
            return
        try:
            self._kept.note(replace(upload, begun=upload.begun + 1))
            self._make(upload, _reporting(build))
            self._forget(upload)
            with self._opening:
                if self._stopping:
                    return
                self._catalogs.add(open_live(self.data_dir, upload.name, self._models))
            with self._lock:
                del self._builds[upload.name]
        except (InputError, PhonemeError, MissingExtraError) as error:
            build.error = _for_sender(str(error), upload.path)
            build.state = "failed"
        except Exception:
            _log.exception("making a catalog of an upload failed")
            build.error = "internal error; the log of the service has the details"
            build.state = "failed"
        if build.state == "failed":
            self._forget(upload)

    def _begin(self, upload: Upload) -> bool:
        """Whether to make it now; one of its name may have been on its way out."""
        with self._opening:
            self._making = None if self._stopping else upload
            return not self._stopping

    def _forget(self, upload: Upload) -> None:
        """What is a catalog now, or never will be, needs no file."""
        with self._opening:
            self._making = None
            self._kept.remove(upload.name)

    def _make(self, upload: Upload, progress: Callable[[str, int, int], None]) -> None:
        from er_engine.catalog import read_catalog
        from index.builder import BuildOptions
        from index.live.creating import create_catalog

        progress("reading", 0, 1)
        entities = read_catalog(upload.path).entities
        progress("loading the model", 0, 1)
        model = self._models.get(upload.lang)
        options = BuildOptions(lang=upload.lang, templates=upload.templates)
        create_catalog(entities, self.data_dir, upload.name, model, options, progress)


def _reporting(build: _Build) -> Callable[[str, int, int], None]:
    def report(phase: str, done: int, total: int) -> None:
        build.progress = BuildProgress(phase=phase, done=done, total=total)

    return report


def _for_sender(message: str, path: Path) -> str:
    """Leave out where the file lies on this machine, and options of the command line."""
    return message.replace(str(path), path.name).replace(_FLAG_HINT, "")
