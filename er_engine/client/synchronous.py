"""The client for threads; `er_engine.client.asynchronous` has the same for asyncio."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx

from er_engine.client import calls
from er_engine.client.chunks import BULK_AT_ONCE, chunks, joined
from er_engine.client.exchange import (
    DEFAULT_TIMEOUT,
    Attempts,
    Done,
    arguments,
    headers_of,
    parts_of,
)
from er_engine.client.retries import PATIENT, Retries
from er_engine.errors import RequestError
from er_engine.options import NO_OPTIONS, ResolveOptions
from er_engine.types import Entity
from er_engine.wire import DEFAULT_K, MAX_BATCH, ResolveRequest, ResolveResponse
from er_engine.wire_entities import (
    MAX_PAGE,
    BulkResult,
    CatalogInfo,
    SnapshotInfo,
    WireEntity,
)
from er_engine.wire_feedback import (
    AcceptAliases,
    AcceptedAlias,
    AliasChoice,
    AliasProposal,
    DismissAliases,
    FeedbackKind,
    FeedbackReceipt,
    FeedbackRequest,
    StoredFeedback,
)

T = TypeVar("T")
_POLL_SECONDS = 0.5


class Client:
    """Talks to one service; may be used from several threads.

    Methods take `catalog`, the name of one; without it the catalog of the constructor is asked.
    All raise `RequestError` (`status` is the HTTP status; see its kinds in `er_engine.errors`)
    when the service refuses or can't be reached.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        catalog: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        retries: Retries = PATIENT,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Connect at the first call.

        Args:
            url: of the service, such as `http://127.0.0.1:8000`.
            api_key: where the service asks for one.
            catalog: the catalog of every call that names none.
            timeout: seconds to wait for each attempt.
            retries: when and how often a request is sent again.
            transport: how requests travel; for tests.
            sleep: how to wait between attempts; for tests.
        """
        self._http = httpx.Client(
            base_url=url, headers=headers_of(api_key), timeout=timeout, transport=transport
        )
        self._catalog = catalog
        self._retries = retries
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # --- queries

    def resolve(
        self,
        nbest: calls.NBest,
        *,
        k: int = DEFAULT_K,
        type: str | None = None,  # noqa: A002
        options: ResolveOptions = NO_OPTIONS,
        catalog: str | None = None,
    ) -> ResolveResponse:
        """Resolve one utterance: a text, or the n-best list, best first."""
        request = calls.request_of(nbest, k=k, type=type, options=options)
        return self._send(calls.resolve(catalog or self._catalog, request))

    def resolve_many(
        self, requests: Iterable[ResolveRequest], *, catalog: str | None = None
    ) -> list[ResolveResponse]:
        """Resolve many utterances, some at a time; `er_engine.client.calls.request_of` helps."""
        return [
            answer
            for some in chunks(requests, MAX_BATCH)
            for answer in self._send(calls.resolve_many(catalog or self._catalog, some))
        ]

    # --- entities

    def get(self, entity_id: str, *, catalog: str | None = None) -> WireEntity:
        """Return an entity and its version; NotFoundError where there is none."""
        return self._send(calls.get(catalog or self._catalog, entity_id))

    def put(
        self, entity: Entity, *, if_version: int | None = None, catalog: str | None = None
    ) -> WireEntity:
        """Put an entity; the next query sees it.

        Args:
            entity: all of it; nothing is kept of what was there.
            if_version: the version that it must have now, 0 for none; None asks nothing.
            catalog: see the class.

        Raises:
            VersionConflictError: somebody else changed it.
        """
        return self._send(calls.put(catalog or self._catalog, entity, if_version))

    def delete(
        self, entity_id: str, *, if_version: int | None = None, catalog: str | None = None
    ) -> None:
        """Delete an entity; NotFoundError where there is none, VersionConflictError as in `put`."""
        self._send(calls.delete(catalog or self._catalog, entity_id, if_version))

    def put_many(self, entities: Iterable[Entity], *, catalog: str | None = None) -> BulkResult:
        """Put many entities; each is stored or rejected by itself. Safe to repeat."""
        return joined(
            [
                self._send(calls.put_many(catalog or self._catalog, some))
                for some in chunks(entities, BULK_AT_ONCE)
            ]
        )

    def entities(self, *, catalog: str | None = None) -> Iterator[WireEntity]:
        """Yield every entity, by id."""
        cursor: str | None = None
        while True:
            page = self._send(calls.page(catalog or self._catalog, MAX_PAGE, cursor))
            yield from page.entities
            cursor = page.next_cursor
            if cursor is None:
                return

    # --- catalogs

    def catalogs(self) -> list[CatalogInfo]:
        """Return every catalog, the default first."""
        return self._send(calls.list_catalogs())

    def describe(self, catalog: str | None = None) -> CatalogInfo:
        """Return one catalog, and how far it is made."""
        return self._send(calls.describe_catalog(catalog or self._catalog))

    def create_catalog(
        self,
        name: str,
        file: Path | str,
        *,
        lang: str = "en",
        surface_forms: Sequence[str] = (),
    ) -> CatalogInfo:
        """Upload a catalog file (`.jsonl`, `.csv` or `.parquet`); it is made in the background."""
        return self._send(calls.create_catalog(name, Path(file), lang, surface_forms))

    def wait_for(self, name: str, *, seconds: float = 3_600.0) -> CatalogInfo:
        """Wait until an uploaded catalog is ready.

        Raises:
            RequestError: it could not be made, or not in this time.
        """
        end = time.monotonic() + seconds
        while True:
            info = self.describe(name)
            if info.state == "ready":
                return info
            if info.state == "failed":
                raise RequestError(f"catalog {name!r} could not be made: {info.error}", None)
            if time.monotonic() > end:
                raise RequestError(f"catalog {name!r} is not ready after {seconds:g} s", None)
            self._sleep(_POLL_SECONDS)

    def delete_catalog(self, name: str) -> None:
        """Delete a catalog with all it holds; NotFoundError where there is none."""
        self._send(calls.delete_catalog(name))

    def snapshot(self, catalog: str | None = None) -> SnapshotInfo:
        """Write an index folder that never changes, on the machine of the service."""
        return self._send(calls.snapshot(catalog or self._catalog))

    # --- feedback

    def add_feedback(
        self,
        nbest: calls.NBest,
        entity_id: str,
        *,
        kind: FeedbackKind = "correction",
        answered_id: str | None = None,
        type: str | None = None,  # noqa: A002
        catalog: str | None = None,
    ) -> FeedbackReceipt:
        """Say which entity the user meant in the end by what was heard at first."""
        feedback = FeedbackRequest(
            nbest=calls.request_of(nbest).nbest,
            entity_id=entity_id,
            kind=kind,
            answered_id=answered_id,
            type=type,
        )
        return self._send(calls.add_feedback(catalog or self._catalog, feedback))

    def feedback(self, *, catalog: str | None = None) -> Iterator[StoredFeedback]:
        """Yield all feedback, oldest first."""
        cursor: str | None = None
        while True:
            page = self._send(calls.feedback_page(catalog or self._catalog, MAX_PAGE, cursor))
            yield from page.feedback
            cursor = page.next_cursor
            if cursor is None:
                return

    def export_feedback(self, *, catalog: str | None = None) -> str:
        """Return all feedback as a query file (JSONL), to train and to evaluate with."""
        return self._send(calls.export_feedback(catalog or self._catalog))

    def delete_feedback(
        self,
        *,
        before: datetime | None = None,
        number: int | None = None,
        everything: bool = False,
        catalog: str | None = None,
    ) -> int:
        """Delete feedback for good; return how much. Aliases that were made of it stay.

        Args:
            before: what was stored before this time, which has a zone.
            number: the one with this number.
            everything: all there is. Give exactly one of the three.
            catalog: see the class.
        """
        return self._send(
            calls.delete_feedback(catalog or self._catalog, before, number, everything)
        )

    def proposals(self, *, min_count: int = 2, catalog: str | None = None) -> list[AliasProposal]:
        """Return the aliases that feedback proposes, most often meant first."""
        return self._send(calls.proposals(catalog or self._catalog, min_count))

    def accept(
        self, choices: Sequence[AliasChoice], *, catalog: str | None = None
    ) -> list[AcceptedAlias]:
        """Make these proposals aliases; the next query finds them. Safe to repeat."""
        accepted = AcceptAliases(choices=list(choices))
        return self._send(calls.accept_proposals(catalog or self._catalog, accepted))

    def accept_all(
        self, min_count: int, *, min_share: float = 0.8, catalog: str | None = None
    ) -> list[AcceptedAlias]:
        """Make all proposals of at least this count and share aliases. Safe to repeat.

        Returns:
            All that are accepted now; `new` is false where one was before this call.
        """
        accepted = AcceptAliases(min_count=min_count, min_share=min_share)
        return self._send(calls.accept_proposals(catalog or self._catalog, accepted))

    def dismiss(self, choices: Sequence[AliasChoice], *, catalog: str | None = None) -> None:
        """Propose these no more."""
        dismissed = DismissAliases(choices=list(choices))
        self._send(calls.dismiss_proposals(catalog or self._catalog, dismissed))

    def _send(self, call: calls.Call[T]) -> T:
        attempts = Attempts(call, self._retries)
        while True:
            parts = parts_of(call.content) if isinstance(call.content, Path) else None
            found = arguments(call) if parts is None else {**arguments(call), "content": parts}
            request = self._http.build_request(**found)
            outcome: httpx.Response | httpx.TransportError
            try:
                outcome = self._http.send(request)
            except httpx.TransportError as error:
                outcome = error
            judged = attempts.judge(request, outcome)
            if isinstance(judged, Done):
                return judged.value
            self._sleep(judged.seconds)
