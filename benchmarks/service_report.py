"""Numbers and tables of `benchmarks.service`, and their place in a Markdown file."""

from __future__ import annotations

import os
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.service_client import Answer

TITLE = "# The service, measured\n"
OK = range(200, 300)
REFUSED = (429, 503)
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of requests: answered, refused, and all else."""

    answered: list[float]
    refused: list[float]
    retry_after: list[str | None]
    statuses: Counter[int]
    late: list[float]

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> Tally:
        """Sort answers by their status; times in seconds."""
        answered, refused, retry, statuses, lates = [], [], [], Counter[int](), []
        for _, late, seconds, status, wait in answers:
            statuses[status] += 1
            lates.append(late)
            if status in OK:
                answered.append(seconds)
            elif status in REFUSED:
                refused.append(seconds)
                retry.append(wait)
        return cls(answered, refused, retry, statuses, lates)

    @property
    def errors(self) -> int:
        """Neither answered nor refused."""
        return self.statuses.total() - len(self.answered) - len(self.refused)


def between(answers: Iterable[Answer], start: float, end: float) -> list[Answer]:
    """Those that came back in this time."""
    return [item for item in answers if start <= item[0] + item[2] < end]


def percentiles(seconds: Sequence[float], which: Sequence[float] = (50, 95, 99)) -> list[str]:
    """Percentiles in milliseconds, to read."""
    if not seconds:
        return ["–"] * len(which)
    return [f"{value * 1000:,.1f}" for value in np.percentile(seconds, which)]


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table whose cells after the first are numbers."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return [f"| {' | '.join(map(str, line))} |" for line in lines]


def paragraph(*sentences: str) -> list[str]:
    """Lines of text, and an empty one."""
    return [*textwrap.wrap(" ".join(sentences), WIDTH), ""]


def busy() -> str:
    """A sentence on what else the machine does; ask before a measurement."""
    load = os.getloadavg()[0]
    return f"Load average of the machine before: {load:.1f}, with {os.cpu_count()} cores."


def put_section(path: Path, heading: str, lines: Sequence[str]) -> None:
    """Put a section into a Markdown file, in place of the one with its heading; others stay."""
    text = path.read_text(encoding="utf-8") if path.exists() else TITLE
    section = "\n".join([heading, "", *lines]).rstrip("\n") + "\n\n"
    pattern = re.compile(rf"^{re.escape(heading)}$.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if pattern.search(text):
        text = pattern.sub(lambda _: section, text)
    else:
        text = text.rstrip("\n") + "\n\n" + section
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
