from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import pytest

from api.context import RequestContext
from api.envelope import Finished
from er_engine.errors import ConfigError, MissingExtraError

pytest.importorskip("opentelemetry.sdk")

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collected:
    """An exporter that keeps the spans."""

    def __init__(self) -> None:
        self.spans: list[Any] = []

    def export(self, spans: Sequence[Any]) -> Any:
        """Keep them."""
        from opentelemetry.sdk.trace.export import SpanExportResult

        self.spans += spans
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing to do."""

    def force_flush(self, timeout_millis: int = 0) -> bool:
        """Nothing to do."""
        return True


def test_request_makes_spans_of_its_stages() -> None:
    """A request is a span under the caller's, with its stages inside, and without what was said."""
    from api.tracing import Tracing

    collected = Collected()
    tracing = Tracing(collected)  # type: ignore[arg-type]
    context = RequestContext(
        "r1", catalog="films", decisions=["match"], stages={"hear": 0.1, "encode": 0.2}
    )
    context.texts = ["something private"]
    parent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    tracing.request_done(Finished("POST", "/v1/resolve", 200, 0.5, context, parent))
    tracing.request_done(Finished("POST", "/v1/resolve", 500, 0.5, RequestContext("r2"), {}))
    tracing.close()
    hear, encode, request, failed = collected.spans
    assert [span.name for span in (hear, encode, request)] == [
        "hear",
        "encode",
        "POST /v1/resolve",
    ]
    assert f"{request.context.trace_id:032x}" == TRACE
    assert hear.parent.span_id == encode.parent.span_id == request.context.span_id
    assert request.attributes["er_engine.decisions"] == ("match",)
    assert request.end_time - request.start_time == 500_000_000
    assert encode.start_time == hear.end_time
    assert not failed.status.is_ok
    assert "private" not in str([span.to_json() for span in collected.spans])


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, wanting traces is an error that says what to install."""
    from api.tracing import otlp_tracing

    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("opentelemetry.exporter"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"er-engine\[otel\]"):
        otlp_tracing("http://localhost:4318/v1/traces", None)


def test_wrong_headers_are_refused_unseen() -> None:
    """Headers of the wrong shape are an error that doesn't show them."""
    from api.tracing import otlp_tracing

    with pytest.raises(ConfigError, match="name=value") as raised:
        otlp_tracing("http://localhost:4318/v1/traces", "hunter2")
    assert "hunter2" not in str(raised.value)
