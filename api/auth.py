"""Who may ask: API keys with a scope, a rate for each key, and no help from strange web pages.

Without keys the service listens on loopback only. There, a web page that a user of this machine
visits is the stranger: it can send requests to loopback, and can point a host name of its own at
it. So a request must name a loopback host, and one that comes from another page is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.context import RequestContext, context_of, header
from api.keys import KeyRing
from api.problems import problem
from api.rate_limit import RATE_MESSAGE, RateLimiter, retry_after

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_SAFE = ("GET", "HEAD", "OPTIONS")
# What tells nothing about any catalog: the page itself, the documents, and whether it runs.
_OPEN = re.compile(r"/|/healthz|/readyz|/docs|/openapi\.json|/favicon\.ico|/static/.*")
# POST that changes nothing. An id of an entity may end alike: the whole path counts.
_ASKS = re.compile(r"/v1/resolve|/v1/catalogs/[^/]+/(resolve|lexical)")
# GET that shows what users said: more than a key that only resolves may see. Whatever follows: what
# a route takes for the same path must not pass for another one here.
_PRIVATE = re.compile(r"/v1/catalogs/[^/]+/(feedback|proposals).*", re.DOTALL)
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="er-engine"'}
_CROSS_SITE = ("cross-site", "same-site")


class Checks:
    """What a request has to pass: host, origin, key, rate, and the right to write."""

    def __init__(
        self, keys: KeyRing | None, limiter: RateLimiter, allowed_hosts: Sequence[str] = ()
    ) -> None:
        """Take the keys (None: anybody may do anything) and the host names that are served."""
        self._keys = keys
        self._hosts = frozenset(host.lower() for host in allowed_hosts)
        self.limiter = limiter

    def refusal(self, scope: Scope, context: RequestContext) -> Response | None:
        """Take note of the key, and of its rate; return a problem where the request must end."""
        context.limiter = self.limiter
        return (
            _ambiguous(scope, context)
            or self._misled(scope, context)
            or self._stranger(scope, context)
        )

    def over_rate(self, scope: Scope) -> bool:
        """Whether the request has a key that asked too often; takes nothing of its rate."""
        key = self._keys.find(_presented(scope)) if self._keys else None
        return key is not None and self.limiter.is_short(key.id)

    def _misled(self, scope: Scope, context: RequestContext) -> Response | None:
        """Refuse what a web page of somebody else made a browser send."""
        host = (header(scope, b"host") or "").lower()
        if self._hosts and _without_port(host) not in self._hosts:
            return problem(403, "this host name is not served here (allowed_hosts)", context.id)
        if scope["method"] in _SAFE:
            return None
        origin = header(scope, b"origin")
        foreign = origin is not None and urlsplit(origin).netloc.lower() != host
        if foreign or header(scope, b"sec-fetch-site") in _CROSS_SITE:
            return problem(403, "requests from other web pages are refused", context.id)
        return None

    def _stranger(self, scope: Scope, context: RequestContext) -> Response | None:
        if self._keys is None:
            return None
        key = self._keys.find(_presented(scope))
        if key is None:
            if _OPEN.fullmatch(scope["path"]):
                return None
            said = "an API key is needed: send the header 'Authorization: Bearer KEY'"
            return problem(401, said, context.id, _CHALLENGE)
        context.key_id = key.id
        context.can_write = key.can_write
        seconds = self.limiter.take(key.id)
        if seconds:
            return problem(429, RATE_MESSAGE, context.id, retry_after(seconds))
        if needs_write(scope) and not key.can_write:
            return problem(403, "this API key may only read; use one of scope write", context.id)
        return None


class Guard:
    """ASGI middleware: refuses what has no valid key, no right to write, or asks too often."""

    def __init__(self, app: ASGIApp, checks: Checks) -> None:
        self._app = app
        self._checks = checks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a problem, or let the request pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._checks.refusal(scope, context_of(scope))
        await (refusal or self._app)(scope, receive, send)


def _ambiguous(scope: Scope, context: RequestContext) -> Response | None:
    """Refuse line ends: routes overlook one at the end, and `x` and a line end would be `x`."""
    if "\n" not in scope["path"]:
        return None
    return problem(400, "an address can't have a line end in it", context.id)


def needs_write(scope: Scope) -> bool:
    """Whether this request changes something, or shows what only an owner may see."""
    if scope["method"] in _SAFE:
        return _PRIVATE.fullmatch(scope["path"]) is not None
    return scope["method"] != "POST" or _ASKS.fullmatch(scope["path"]) is None


def changes(scope: Scope) -> bool:
    """Whether this request may change something."""
    return scope["method"] not in _SAFE and needs_write(scope)


def _presented(scope: Scope) -> str:
    scheme, _, value = (header(scope, b"authorization") or "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    return header(scope, b"x-api-key") or ""


def _without_port(host: str) -> str:
    bracketed = re.fullmatch(r"(\[[^]]*\])(:\d*)?", host)
    return bracketed[1] if bracketed else host.partition(":")[0]
