"""Catalogs of a data folder, which change while they are served."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from api.catalogs import (
    Catalogs,
    DamagedCatalog,
    EntitySource,
    Loader,
    ResolvesNBest,
    ServedCatalog,
    catalog_names,
    folder_loader,
)
from api.default_catalog import default_of, note_default, with_first
from api.shared_encoder import SharedEncoder
from er_engine.errors import CatalogDamagedError, ServiceError
from er_engine.model import Model

_log = logging.getLogger(__name__)
_DAMAGED = (
    "the database of catalog {!r} is damaged; delete the catalog, then restore it from a backup"
)

if TYPE_CHECKING:
    from api.settings import Settings
    from index.live.catalog import LiveCatalog


class LiveServed:
    """A live catalog as it is served."""

    def __init__(self, live: LiveCatalog, model: Model) -> None:
        self.live = live
        self._model = model

    @property
    def name(self) -> str:
        """See `ServedCatalog.name`."""
        return self.live.name

    @property
    def entities(self) -> int:
        """See `ServedCatalog.entities`."""
        return self.live.status().entities

    @property
    def resolver(self) -> ResolvesNBest:
        """A resolver of all that was acknowledged; CatalogNotReadyError while vectors are made."""
        from er_engine.resolver import Resolver

        return Resolver(self.live.view(), self._model)

    @property
    def source(self) -> EntitySource:
        """See `ServedCatalog.source`."""
        return self.live

    def numbers(self) -> Mapping[str, float]:
        """What metrics say of it."""
        status = self.live.status()
        return {
            "entities": status.entities,
            "version": status.sequence,
            "side_index": status.side_entities,
            "masked": status.gone,
            "merging": float(status.phase is not None),
            "merged_version": status.merged_sequence,
            "problem": float(status.problem is not None),
        }


class Models:
    """Models by language, each loaded once and shared by all catalogs of that language."""

    def __init__(self, location: str | None) -> None:
        self._location = location
        self._by_lang: dict[str, Model] = {}

    def get(self, lang: str) -> Model:
        """Return the model for a language.

        Raises:
            EncoderError, MissingExtraError: see `load_model`.
        """
        from er_engine.model import load_model

        if lang not in self._by_lang:
            model = load_model(self._location, lang)
            self._by_lang[lang] = replace(model, encoder=SharedEncoder(model.encoder))
        return self._by_lang[lang]


def open_live(data_dir: Path, name: str, models: Models) -> LiveServed:
    """Open one catalog as its only writer; raises what `LiveCatalog.open` raises."""
    from index.live.catalog import LiveCatalog
    from index.live.layout import LIVE
    from index.live.schema import connect, read_settings

    path = data_dir / name / LIVE.database
    with closing(connect(path, read_only=True)) as database:
        lang = read_settings(database, path).lang
    model = models.get(lang)
    return LiveServed(LiveCatalog.open(data_dir, name, model), model)


def live_loader(data_dir: Path, directories: Sequence[Path], models: Models) -> Loader:
    """Return a loader of every catalog in a data folder.

    Index folders are imported first, each once: what was changed since then stays.

    Args:
        data_dir: folder of live catalogs; made if it isn't there.
        directories: built indexes; the first one is the default catalog, without any the one that
            was it before.
        models: where models come from.
    """
    names = catalog_names(directories)

    def load() -> list[ServedCatalog]:
        from index.live.creating import import_index, list_catalogs

        data_dir.mkdir(parents=True, exist_ok=True)
        known = set(list_catalogs(data_dir))
        for name, directory in zip(names, directories, strict=True):
            if name not in known:
                import_index(directory, data_dir, name)
        others = [name for name in list_catalogs(data_dir) if name not in names]
        return [
            open_or_report(data_dir, name, models)
            for name in (*names, *with_first(others, default_of(data_dir)))
        ]

    return load


def open_or_report(data_dir: Path, name: str, models: Models) -> ServedCatalog:
    """Open a catalog; a damaged one must not keep the others from being served."""
    try:
        return open_live(data_dir, name, models)
    except CatalogDamagedError as error:
        _log.error("catalog %s can't be opened: %s", name, error)
        return DamagedCatalog(name, _DAMAGED.format(name))


def catalogs_of(settings: Settings, on_failure: Callable[[], None]) -> tuple[Catalogs, Models]:
    """Return the catalogs that the settings name, not loaded yet, and the models they will share.

    With a data folder all its catalogs are served and can be changed; without, index folders.

    Raises:
        ServiceError: two folders have the same name, or none has that of the default.
    """
    models = Models(settings.model)
    if settings.data_dir is None:
        _check_default(settings)
        loader = folder_loader(settings.directories, settings.model)
        return Catalogs(loader, on_failure, settings.default_catalog), models
    loader = live_loader(settings.data_dir, settings.directories, models)
    note = note_default(settings.data_dir)
    return Catalogs(loader, on_failure, settings.default_catalog, note), models


def _check_default(settings: Settings) -> None:
    """Raise ServiceError where the default is none of the folders, which will never change."""
    names = catalog_names(settings.directories)
    if settings.default_catalog not in (None, *names):
        raise ServiceError(
            f"default_catalog: {settings.default_catalog!r} is none of those served: "
            f"{', '.join(names)}"
        )
