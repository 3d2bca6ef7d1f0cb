"""What the service knows about one request, kept in its ASGI scope for logs, metrics and errors."""

from __future__ import annotations

import re
import uuid
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

_SCOPE_KEY = "er_engine.request"
# A caller's request id goes into logs and answers: nothing but harmless characters.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Limiter(Protocol):
    """What a batch is charged to (`api.rate_limit.RateLimiter`)."""

    def take(self, owner: str, amount: int = 1) -> float:
        """Take tokens; return the seconds to wait if there are not enough."""


@dataclass(slots=True)
class RequestContext:
    """One request: who asked, what was decided, how long each stage took.

    Routes fill in `catalog`, `decisions`, `stages` (seconds) and `texts` (shown in logs only where
    the operator asked for it); the middlewares fill in and read the rest. What was forwarded is
    logged and counted by the process that answered. A request that was answered before the routes
    names its `route` here, and `logged` where it needs no line of its own.
    """

    id: str
    key_id: str | None = None
    can_write: bool = True
    limiter: Limiter | None = None
    forwarded: bool = False
    route: str | None = None
    logged: bool = False
    catalog: str | None = None
    decisions: list[str] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)


def new_context(scope: MutableMapping[str, Any], proposed_id: str | None) -> RequestContext:
    """Begin a request, under the caller's id if that is a harmless one."""
    accepted = proposed_id if proposed_id and _REQUEST_ID.fullmatch(proposed_id) else None
    context = RequestContext(accepted or uuid.uuid4().hex)
    scope[_SCOPE_KEY] = context
    return context


def context_of(scope: MutableMapping[str, Any]) -> RequestContext:
    """The context of this request (`context_of(request.scope)` in a route)."""
    context = scope.get(_SCOPE_KEY)
    return context if isinstance(context, RequestContext) else new_context(scope, None)


def header(scope: MutableMapping[str, Any], name: bytes) -> str | None:
    """The first header of this lower-case name, as text."""
    for key, value in scope.get("headers", ()):
        if key == name:
            return str(value.decode("latin-1"))
    return None


def route_of(scope: MutableMapping[str, Any]) -> str:
    """The template of the route that answered, so that logs and metrics hold no ids."""
    route = scope.get("route")
    return str(getattr(route, "path", "")).replace(":path}", "}") or "unmatched"
