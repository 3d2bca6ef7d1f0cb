from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.wyoming.remote import RemoteResolver
from er_engine.errors import QueryError, RequestError
from er_engine.options import ResolveOptions
from er_engine.types import Entity, Hypothesis
from tests.unit.api.live import live_service
from tests.unit.api.test_client import forwarded_to


@pytest.fixture
def transport(tmp_path: Path) -> Iterator[httpx.BaseTransport]:
    """How to reach a service with the live catalog `shows`."""
    with live_service(tmp_path) as service:
        yield httpx.MockTransport(forwarded_to(service))


def test_service_answers_like_a_resolver(transport: httpx.BaseTransport) -> None:
    """Entities, type and precision go to the service and come back as a resolution."""
    resolver = RemoteResolver("http://testserver", "shows", transport=transport)
    n_best = [Hypothesis("xyz"), Hypothesis("breaking away")]
    (candidate,) = resolver.resolve(n_best, k=1, type="film").candidates
    assert candidate.entity == Entity("f1", "Breaking Away", "film")
    assert resolver.resolve(n_best, options=ResolveOptions(precision=1.0)).decision != "match"


def test_wrong_query_is_one(transport: httpx.BaseTransport) -> None:
    """What the service can't resolve is an error of the query, as with an index."""
    resolver = RemoteResolver("http://testserver", "shows", transport=transport)
    with pytest.raises(QueryError):
        resolver.resolve([Hypothesis("!!!")])


def test_unknown_catalog_is_an_error(transport: httpx.BaseTransport) -> None:
    """A refusal of another kind stays what it is."""
    resolver = RemoteResolver("http://testserver", "other", transport=transport)
    with pytest.raises(RequestError, match="other"):
        resolver.resolve([Hypothesis("heat")])
