"""Puts around an app what every request has to pass: id, log, keys, queue, time, audit, size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from fastapi import FastAPI

from api.admission import Admission, RefusalLog
from api.audit import Audit, AuditLog
from api.auth import LOOPBACK_HOSTS, Checks, Guard
from api.catalogs import Catalogs
from api.envelope import Account, Envelope, Observer
from api.keys import KeyRing
from api.limits import BodyLimit, WorkQueue
from api.metrics import Metrics, known_numbers
from api.quick_refusals import QuickRefusals
from api.rate_limit import RateLimiter
from api.settings import Settings
from api.timeouts import Timeouts
from api.tracing import Tracing, otlp_tracing
from er_engine.errors import ErEngineError

AUDIT_NAME = "audit.jsonl"


def install(app: FastAPI, settings: Settings, catalogs: Catalogs) -> None:
    """Add the middlewares, and what `app.state` has of them: `.work`, `.limiter`, `.metrics`, ...

    Raises:
        ServiceError: the key file or the audit log can't be used.
        MissingExtraError: traces are wanted and the extra is missing.
    """
    keys = KeyRing(settings.api_keys) if settings.api_keys else None
    tracing = _tracing(settings)
    metrics = Metrics()
    app.state.metrics = metrics
    app.state.needs_key = keys is not None
    app.state.tracing = tracing
    app.state.work = WorkQueue(
        max_waiting=settings.max_waiting, max_wait_seconds=settings.max_wait_seconds
    )
    limiter = RateLimiter(settings.rate_limit, settings.rate_burst)
    app.state.limiter = limiter
    metrics.watch(app.state.work, lambda: catalog_numbers(catalogs))
    observers: tuple[Observer, ...] = (metrics, tracing) if tracing else (metrics,)
    # The last one added is the outermost.
    app.add_middleware(
        BodyLimit,
        max_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.max_upload_bytes,
        body_seconds=settings.body_seconds,
        upload_seconds=settings.upload_seconds,
    )
    path = audit_path(settings)
    app.state.audit = None if path is None else AuditLog(path)
    if app.state.audit is not None:
        app.add_middleware(Audit, log=app.state.audit)
    app.add_middleware(
        Timeouts,
        request_seconds=settings.request_seconds,
        upload_seconds=settings.upload_seconds,
        send_seconds=settings.send_seconds,
    )
    log = RefusalLog()
    app.add_middleware(Admission, queue=app.state.work, log=log)
    checks = Checks(keys, limiter, settings.allowed_hosts)
    app.add_middleware(Guard, checks=checks)
    account = Account(observers, settings.log_texts)
    app.add_middleware(Envelope, account=account)
    app.state.refusals = QuickRefusals(
        app.state.work, checks, account, log, settings.max_body_bytes
    )


def close(app: FastAPI) -> None:
    """Send what waits to be sent."""
    if app.state.tracing is not None:
        app.state.tracing.close()


def served_hosts(settings: Settings) -> list[str]:
    """The host names to answer to: without keys only those of loopback, if none are given."""
    if settings.allowed_hosts or settings.api_keys:
        return list(settings.allowed_hosts)
    return list(dict.fromkeys([*LOOPBACK_HOSTS, settings.host]))


def audit_path(settings: Settings) -> Path | None:
    """Where changes are recorded; nowhere if nothing can change."""
    if settings.audit_log or settings.data_dir is None:
        return settings.audit_log
    return settings.data_dir / AUDIT_NAME


def _tracing(settings: Settings) -> Tracing | None:
    if settings.otel_endpoint is None:
        return None
    secret = settings.otel_headers
    return otlp_tracing(settings.otel_endpoint, secret.get_secret_value() if secret else None)


def catalog_numbers(catalogs: Catalogs) -> Iterable[tuple[str, Mapping[str, float]]]:
    """What each catalog says of itself; a live one says more than its size."""
    for catalog in catalogs.all():
        try:
            more = getattr(catalog, "numbers", None)
            numbers = dict(more()) if callable(more) else {}
            found = known_numbers({"entities": catalog.entities, **numbers})
        except (ErEngineError, OSError):
            # It is being deleted, or can't be read now: the others' numbers are still wanted.
            continue
        yield catalog.name, found
