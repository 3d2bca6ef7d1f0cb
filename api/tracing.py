"""OpenTelemetry traces, if the extra `otel` is installed: a span for a request and its stages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from api.envelope import Finished
from er_engine.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

_NANOSECONDS = 1_000_000_000
_SERVER_ERROR = 500
SERVICE = "er-engine"


class Tracing:
    """Makes the spans after the answer, from what was measured, so that it costs no request time.

    A `traceparent` header of the caller makes its span the parent.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        """Take what sends spans away, in the background.

        Raises:
            MissingExtraError: the extra `otel` is not installed.
        """
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError as error:
            raise MissingExtraError("otel", "sending traces") from error
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": SERVICE}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(SERVICE)
        self._propagator = TraceContextTextMapPropagator()

    def request_done(self, done: Finished) -> None:
        """Make the spans of one request."""
        from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

        end = time.time_ns()
        start = end - int(done.seconds * _NANOSECONDS)
        span = self._tracer.start_span(
            f"{done.method} {done.route}",
            context=self._propagator.extract(done.headers),
            kind=SpanKind.SERVER,
            start_time=start,
            attributes=_attributes(done),
        )
        if done.status >= _SERVER_ERROR:
            span.set_status(Status(StatusCode.ERROR))
        within = set_span_in_context(span)
        for stage, seconds in done.context.stages.items():
            child = self._tracer.start_span(stage, context=within, start_time=start)
            start += int(seconds * _NANOSECONDS)
            child.end(min(start, end))
        span.end(end)

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()


def _attributes(done: Finished) -> dict[str, Any]:
    found = {
        "http.request.method": done.method,
        "http.route": done.route,
        "http.response.status_code": done.status,
        "er_engine.request_id": done.context.id,
        "er_engine.catalog": done.context.catalog,
        "er_engine.decisions": done.context.decisions or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def otlp_tracing(endpoint: str, headers: str | None) -> Tracing:
    """Send traces to an OTLP/HTTP address.

    Raises:
        MissingExtraError: the extra `otel` is not installed.
        ConfigError: the headers are not `name=value` with commas between.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise MissingExtraError("otel", "sending traces") from error
    return Tracing(OTLPSpanExporter(endpoint=endpoint, headers=_headers(headers)))


def _headers(text: str | None) -> dict[str, str]:
    pairs = [item.partition("=") for item in (text or "").split(",") if item.strip()]
    if any(not name.strip() or not equals for name, equals, _ in pairs):
        raise ConfigError("otel_headers: give name=value, with commas between")
    return {name.strip(): value.strip() for name, _, value in pairs}
