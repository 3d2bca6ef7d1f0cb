"""A resolver that asks a running service, so that changes of a live catalog are heard of."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from er_engine.client import Client, Retries
from er_engine.errors import QueryError, RequestError
from er_engine.options import NO_OPTIONS, ResolveOptions
from er_engine.types import Candidate, Entity, Hypothesis, Resolution

if TYPE_CHECKING:
    import httpx

# Somebody is waiting for an answer: what comes later than this is of no use.
TIMEOUT_SECONDS = 5.0
IMPATIENT = Retries(attempts=2, longest_delay=1.0)


class RemoteResolver:
    """See `er_engine.resolver.Resolver`; thread-safe."""

    def __init__(
        self,
        url: str,
        catalog: str | None = None,
        api_key: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connect at the first call; `transport` is for tests."""
        self._client = Client(
            url,
            api_key=api_key,
            catalog=catalog,
            timeout=TIMEOUT_SECONDS,
            retries=IMPATIENT,
            transport=transport,
        )

    def resolve(
        self,
        n_best: Sequence[Hypothesis],
        k: int = 5,
        type: str | None = None,  # noqa: A002 - the name of the option everywhere
        options: ResolveOptions = NO_OPTIONS,
    ) -> Resolution:
        """Ask the service.

        Raises:
            QueryError: the service finds the query wrong.
            RequestError: it can't be reached, or refuses for another reason.
        """
        try:
            answer = self._client.resolve(n_best, k=k, type=type, options=options)
        except RequestError as error:
            if error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                raise QueryError(str(error)) from error
            raise
        candidates = tuple(
            Candidate(
                Entity(found.id, found.name, found.type),
                found.score,
                found.probability,
                found.surface_form,
            )
            for found in answer.candidates
        )
        return Resolution(answer.decision, answer.no_match_probability, candidates)
