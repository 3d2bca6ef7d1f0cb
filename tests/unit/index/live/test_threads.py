"""Several threads at once: each view is whole, and of two writers on one version one wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from er_engine.errors import VersionConflictError
from er_engine.types import Entity
from index.live.catalog import LiveCatalog
from tests.unit.index.builds import ENTITIES
from tests.unit.index.live.catalogs import MODEL, NAME, answers, assert_equals_fresh, new_catalog


def _together(*jobs: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_views_are_whole_while_others_write_and_merge(tmp_path: Path) -> None:
    """Every acknowledged change is there at the end, and none was seen by half."""
    data_dir = new_catalog(tmp_path / "data")
    catalog = LiveCatalog.open(data_dir, NAME, MODEL, merge_from=7)
    done = threading.Event()

    def write(letter: str) -> None:
        for number in range(12):
            catalog.upsert(Entity(f"{letter}{number % 5}", f"Alpha {letter} {number}"))

    def read() -> None:
        while not done.is_set():
            view = catalog.view()
            found = [entity.id for entity in view.all_entities()]
            assert len(found) == len(set(found)) == len(view)
            answers(view, ["alpha", "potato"])

    def write_all() -> None:
        _together(*(lambda letter=letter: write(letter) for letter in "xyz"))  # type: ignore[misc]
        done.set()

    try:
        _together(write_all, read)
        catalog.merge()
        expected = {f"{letter}{number % 5}": number for number in range(12) for letter in "xyz"}
        found = {entity.id: entity.name for entity in catalog.entities()}
        assert len(found) == len(ENTITIES) + len(expected)
        assert all(found[key] == f"Alpha {key[0]} {number}" for key, number in expected.items())
        assert_equals_fresh(catalog.view(), list(catalog.entities()))
    finally:
        done.set()
        catalog.close()


def test_of_two_writers_on_one_version_one_wins(tmp_path: Path) -> None:
    """The other one is told."""
    catalog = LiveCatalog.open(new_catalog(tmp_path / "data"), NAME, MODEL)
    outcomes = []

    def write(name: str) -> None:
        try:
            outcomes.append(catalog.upsert(Entity("tv1", name), if_version=1))
        except VersionConflictError as error:
            outcomes.append(-error.actual)

    try:
        names = ("Alpha", "Bravo", "Delta")
        _together(*(lambda name=name: write(name) for name in names))  # type: ignore[misc]
        won = max(outcomes)
        assert sorted(outcomes) == [-won, -won, won]
        assert catalog.get("tv1")[1] == won
    finally:
        catalog.close()
