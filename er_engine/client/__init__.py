"""A typed client of the HTTP service: `Client`, and `AsyncClient` with the same methods.

    from er_engine.client import Client

    with Client("http://127.0.0.1:8000", catalog="screen") as client:
        answer = client.resolve(["shipping potato", "chip in potato"])

It needs the extra `client` (httpx). Requests that a busy service refuses, or that got lost, are
repeated where that is safe; see `er_engine.client.retries`.
"""

from er_engine.errors import MissingExtraError

try:
    import httpx as _httpx  # noqa: F401
except ModuleNotFoundError as error:
    raise MissingExtraError("client", "the HTTP client") from error

from er_engine.client.asynchronous import AsyncClient
from er_engine.client.query_calls import request_of
from er_engine.client.retries import Retries
from er_engine.client.synchronous import Client

__all__ = ["AsyncClient", "Client", "Retries", "request_of"]
