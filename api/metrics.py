"""Numbers for Prometheus: requests, latency by stage, decisions, queue, catalogs.

Of several processes each one counts for itself, into files of a folder that the environment names
before this module is imported; whoever is asked adds them up.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from api.envelope import Finished

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# The library reads this, too.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_STAGE_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5)
_LOOKS = 20
_LOOK_SECONDS = 0.01
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
_REFUSALS = {401: "no_key", 403: "not_allowed", 413: "too_large", 429: "rate", 503: "unavailable"}


class WorkState(Protocol):
    """What the queue says of itself (`api.limits.WorkQueue`)."""

    refused: int

    @property
    def length(self) -> int:
        """How much work runs or waits."""


# Gauges of each catalog by short name.
CatalogNumbers = Callable[[], Iterable[tuple[str, Mapping[str, float]]]]
_GAUGES = {
    "entities": ("er_engine_catalog_entities", "Entities of a catalog."),
    "side_index": (
        "er_engine_side_index_entities",
        "Changed entities that are not merged into the large index yet.",
    ),
    "masked": ("er_engine_masked_forms", "Deleted forms that the large index still holds."),
    "merging": ("er_engine_merging", "Whether vectors are made or merged now."),
    "version": ("er_engine_catalog_version", "Number of the last change of a catalog."),
    "merged_version": (
        "er_engine_merged_version",
        "Number of the last change that is in the large index; moves with each merge.",
    ),
    "problem": ("er_engine_catalog_problem", "Whether the last work in the background failed."),
}


class Metrics:
    """The numbers of one service, in a registry of its own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a time for each number, which nobody asks for
        self.registry = CollectorRegistry()
        self._shared = SHARED_FOLDER in os.environ
        # Of what is counted in files, only the files are read: `text` adds them up.
        counted = None if self._shared else self.registry
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._requests = Counter(
            "er_engine_requests",
            "Answered requests.",
            ("method", "route", "status"),
            registry=counted,
        )
        self._seconds = Histogram(
            "er_engine_request_seconds",
            "Time from a request to the end of its answer.",
            ("route",),
            buckets=_BUCKETS,
            registry=counted,
        )
        self._stages = Histogram(
            "er_engine_stage_seconds",
            "Time of one stage of resolving a request.",
            ("stage",),
            buckets=_STAGE_BUCKETS,
            registry=counted,
        )
        self._decisions = Counter(
            "er_engine_decisions",
            "Decisions: match, ambiguous or no_match.",
            ("catalog", "decision"),
            registry=counted,
        )
        self._refused = Counter(
            "er_engine_refused",
            "Requests that were refused, by reason.",
            ("reason",),
            registry=counted,
        )
        self._queue = Gauge(
            "er_engine_queue_length",
            "Work that runs or waits.",
            registry=counted,
            multiprocess_mode="livesum",
        )
        self._queue_refused = Counter(
            "er_engine_queue_refused", "Work refused by a full queue.", registry=counted
        )
        self._work: WorkState | None = None
        self._refused_before = 0

    def request_done(self, done: Finished) -> None:
        """Count one request."""
        self._look_at_queue()
        method = done.method if done.method in _METHODS else "other"
        self._requests.labels(method, done.route, str(done.status)).inc()
        self._seconds.labels(done.route).observe(done.seconds)
        if done.status in _REFUSALS:
            self._refused.labels(_REFUSALS[done.status]).inc()
        for stage, seconds in done.context.stages.items():
            self._stages.labels(stage).observe(seconds)
        for decision in done.context.decisions:
            self._decisions.labels(done.context.catalog or "", decision).inc()

    def watch(self, work: WorkState, catalogs: CatalogNumbers) -> None:
        """Read the queue and the catalogs whenever somebody asks for the numbers."""
        self._work = work
        self.registry.register(_Now(catalogs))

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        self._look_at_queue()
        if not self._shared:
            return generate_latest(self.registry)
        return generate_latest(self.registry) + _of_all_processes()

    def _look_at_queue(self) -> None:
        if self._work is not None:
            self._queue.set(self._work.length)
            self._queue_refused.inc(self._work.refused - self._refused_before)
            self._refused_before = self._work.refused


def _of_all_processes() -> bytes:
    """What they counted, added up.

    The library does not expect that a process begins or ends at this moment: a file may be there
    and empty, or gone.
    """
    from prometheus_client.multiprocess import MultiProcessCollector

    everybody = CollectorRegistry()
    MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
    for _ in range(_LOOKS - 1):
        try:
            return generate_latest(everybody)
        except (struct.error, RuntimeError, FileNotFoundError):
            time.sleep(_LOOK_SECONDS)
    return generate_latest(everybody)


class _Now(Collector):
    """What catalogs say at this moment."""

    def __init__(self, catalogs: CatalogNumbers) -> None:
        self._catalogs = catalogs

    def collect(self) -> Iterable[Metric]:
        """Make the metrics."""
        families: dict[str, GaugeMetricFamily] = {}
        for catalog, numbers in self._catalogs():
            for name, value in numbers.items():
                if name not in families:
                    families[name] = GaugeMetricFamily(*_GAUGES[name], labels=["catalog"])
                families[name].add_metric([catalog], value)
        yield from families.values()


def known_numbers(numbers: Mapping[str, float]) -> dict[str, float]:
    """Those that have a name here."""
    return {name: value for name, value in numbers.items() if name in _GAUGES}
