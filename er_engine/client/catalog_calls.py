"""Operations on catalogs as a whole."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from er_engine.client.calls import Call, Pause, Steps, ask, catalog_path, nothing
from er_engine.errors import ConfigError, RequestError
from er_engine.wire_entities import CatalogInfo, CatalogList, SnapshotInfo

_POLL_SECONDS = 0.5
_CONTENT_TYPES = {
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
}


def catalogs(_default: str | None) -> Steps[list[CatalogInfo]]:
    """Return every catalog, the default first."""
    return ask(
        Call(
            "GET",
            "/v1/catalogs",
            lambda answer: CatalogList.model_validate_json(answer.content).catalogs,
        )
    )


def describe(_default: str | None, catalog: str | None = None) -> Steps[CatalogInfo]:
    """Return one catalog, and how far it is made."""
    return ask(Call("GET", catalog_path(catalog or _default), _as_catalog))


def create_catalog(
    _default: str | None,
    name: str,
    file: Path | str,
    *,
    lang: str = "en",
    surface_forms: Sequence[str] = (),
) -> Steps[CatalogInfo]:
    """Upload a catalog file (`.jsonl`, `.csv` or `.parquet`); it is made in the background."""
    path = Path(file)
    kind = _CONTENT_TYPES.get(path.suffix)
    if kind is None:
        known = ", ".join(_CONTENT_TYPES)
        raise ConfigError(f"{path}: unknown kind of catalog file; known are {known}")
    return ask(
        Call(
            "POST",
            "/v1/catalogs",
            _as_catalog,
            params={"name": name, "lang": lang, "surface_form": list(surface_forms)},
            headers={"content-type": kind},
            content=path,
            repeatable=False,
        )
    )


def wait_for(_default: str | None, name: str, *, seconds: float = 3_600.0) -> Steps[CatalogInfo]:
    """Wait until an uploaded catalog is ready.

    Raises:
        RequestError: it could not be made, or not in this time.
    """
    end = time.monotonic() + seconds
    while True:
        info = yield from describe(None, name)
        if info.state == "ready":
            return info
        if info.state == "failed":
            raise RequestError(f"catalog {name!r} could not be made: {info.error}", None)
        if time.monotonic() > end:
            raise RequestError(f"catalog {name!r} is not ready after {seconds:g} s", None)
        yield Pause(_POLL_SECONDS)


def delete_catalog(_default: str | None, name: str) -> Steps[None]:
    """Delete a catalog with all it holds; NotFoundError where there is none."""
    return ask(Call("DELETE", catalog_path(name), nothing, gone_is_done=True))


def snapshot(_default: str | None, catalog: str | None = None) -> Steps[SnapshotInfo]:
    """Write an index folder that never changes, on the machine of the service."""
    return ask(
        Call(
            "POST",
            f"{catalog_path(catalog or _default)}/snapshot",
            lambda answer: SnapshotInfo.model_validate_json(answer.content),
        )
    )


def _as_catalog(answer: httpx.Response) -> CatalogInfo:
    return CatalogInfo.model_validate_json(answer.content)
