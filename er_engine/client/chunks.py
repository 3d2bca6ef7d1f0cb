"""Long lists in the parts that the service takes at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from er_engine.wire_entities import BulkResult

T = TypeVar("T")
# Few enough that each request is done well within its time.
BULK_AT_ONCE = 1_000


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of up to `size` items, in order."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def joined(results: Sequence[BulkResult]) -> BulkResult:
    """One result of several requests; lines are numbered through."""
    lines = [line for result in results for line in result.lines]
    return BulkResult(
        stored=sum(result.stored for result in results),
        unchanged=sum(result.unchanged for result in results),
        rejected=sum(result.rejected for result in results),
        lines=[line.model_copy(update={"line": n}) for n, line in enumerate(lines, start=1)],
    )
