"""The measurements of the service: what they send, how they count, where they write."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from benchmarks.service_client import Job, changes
from benchmarks.service_report import Tally, between, put_section

ENTITIES = [{"id": f"e{n}", "name": f"Alpha Bravo {n}", "aliases": []} for n in range(20)]


def test_a_section_replaces_itself_and_no_other(tmp_path: Path) -> None:
    """Written twice, a section is there once, in its place, and what others wrote is untouched."""
    file = tmp_path / "service.md"
    put_section(file, "## Load", ["old"])
    crash_test = "## Crash test\n\n| what | times |\n| --- | ---: |\n| kill | 320 |\n"
    file.write_text(file.read_text() + "\n" + crash_test)
    put_section(file, "## Soak", ["flat"])
    put_section(file, "## Load", ["new \\1"])
    text = file.read_text()
    assert crash_test in text
    assert "old" not in text
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert heads == ["# The service, measured", "## Load", "## Crash test", "## Soak"]
    assert text.count("new \\1") == 1


def test_refusals_are_no_errors_and_no_answers() -> None:
    """Answers, refusals and failures are told apart by status, each with its time."""
    answers = [
        (0.0, 0.0, 0.1, 200, None),
        (0.0, 0.0, 0.2, 503, "2"),
        (0.0, 0.0, 0.3, 429, None),
        (0.0, 0.0, 0.4, 0, None),
        (0.0, 0.0, 0.5, 500, None),
        (9.0, 0.0, 2.0, 204, None),
    ]
    tally = Tally.of(answers)
    assert tally.answered == [0.1, 2.0]
    assert tally.refused == [0.2, 0.3]
    assert tally.retry_after == ["2", None]
    assert tally.errors == 2
    assert between(answers, 0.0, 10.0) == answers[:5]


def test_changes_keep_the_size_of_the_catalog() -> None:
    """Only what the writer put is deleted, once, and new entities do not pile up."""
    job = Job("updates", "", "/entities", ENTITIES, 1.0)
    there: set[str] = set()
    most = 0
    for method, path, body in islice(changes(job), 5_000):
        new = path.startswith("/entities/soak-")
        if method == "DELETE":
            there.remove(path)
        elif new:
            assert path not in there
            there.add(path)
        assert (body is None) == (method == "DELETE")
        most = max(most, len(there))
    assert most < 600
