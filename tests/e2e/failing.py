"""Running `er-engine` where it should fail, and seeing that it fails well."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from er_engine.cli import main

FAILED = 1
WRONG_USAGE = 2

NAMES = ("Chip and Potato", "Breaking Bad", "Yellow Curry", "Knight Rider", "Nexstar")
LINES = tuple(
    json.dumps({"id": f"e{number}", "name": name, "type": "tv"})
    for number, name in enumerate(NAMES, start=1)
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Exit code and what was printed."""

    code: int
    out: str
    err: str

    def fails_saying(self, *words: str, code: int = FAILED) -> None:
        """Assert a failure with a message that has these words and no traceback."""
        assert self.code == code, self.err or self.out
        assert self.err.startswith("error: ") or code == WRONG_USAGE, self.err
        assert "Traceback" not in self.err + self.out
        assert [word for word in words if word not in self.err] == [], self.err


@dataclass(frozen=True, slots=True)
class Command:
    """Runs `er-engine` in this process; an exception that gets out fails the test."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str | Path) -> Outcome:
        """Run one command."""
        self.capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        printed = self.capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    def build(self, catalog: Path, output: Path, *options: str) -> Outcome:
        """Build an index with the encoder that needs no weights."""
        return self("index", "build", catalog, "-o", output, "--model", "dummy", *options)

    def resolve(self, index: Path, *arguments: str) -> Outcome:
        """Resolve with the encoder that needs no weights."""
        return self("resolve", index, *arguments, "--model", "dummy")


def write_catalog(path: Path, lines: Sequence[str | bytes] = LINES) -> Path:
    """Write a catalog file, a line for each."""
    raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
    path.write_bytes(b"".join(line + b"\n" for line in raw))
    return path


def content_of(folder: Path) -> dict[str, str]:
    """Hash of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
