"""What was acknowledged, and whether a catalog that is opened again has exactly that."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from er_engine.types import Entity
from index.live.backup import check_backup
from index.live.layout import LIVE
from index.live.lost_changes import lost_changes
from index.live.records import entity_from, entity_record
from index.reader import open_index
from tests.unit.index.builds import ENTITIES, build, content
from tests.unit.index.live.catalogs import NAME, assert_equals_fresh, open_catalog

_WORDS = ("alpha", "bravo", "chip", "delta", "potato", "creek", "hotel", "juliet", "and", "♥")
_IDS = tuple(f"e{number}" for number in range(24))
_TYPES = (None, "tv", "book")
# An entity and the version that it was acknowledged with; None where nobody can know it.
State = dict[str, tuple[Entity, int | None]]


@dataclass(slots=True)
class Operation:
    """A command, and the entities that it puts or deletes."""

    do: str
    arguments: tuple[Any, ...] = ()
    puts: tuple[Entity, ...] = ()
    deletes: str | None = None


@dataclass(slots=True)
class Expected:
    """The state after all acknowledged changes, in catalog order."""

    state: State = field(default_factory=dict)
    sequence: int = 0
    feedback: int = 0

    @classmethod
    def imported(cls) -> Expected:
        """The state after the import of the test catalog."""
        return cls(
            {entity.id: (entity, row) for row, entity in enumerate(ENTITIES, start=1)},
            len(ENTITIES),
        )

    def acknowledge(self, operation: Operation, answer: Any) -> None:
        """Take what was answered to an operation."""
        if operation.do == "feedback":
            self.feedback += 1
        elif operation.do == "forget":
            assert answer in (self.feedback, 0), f"{answer} of {self.feedback} were deleted"
            self.feedback = 0
        elif operation.do == "bulk":
            self.state = self.after(operation, answer)
            self.sequence = max([self.sequence, *answer])
        elif operation.puts or operation.deletes:
            version, visible = answer
            assert visible in (True, None), f"{operation} was acknowledged and can't be found"
            self.state = self.after(operation, [version])
            self.sequence = max(self.sequence, version)

    def after(self, operation: Operation, versions: Sequence[int] | None = None) -> State:
        """Return the state with all of an operation; None for versions that aren't known."""
        state = dict(self.state)
        if operation.deletes:
            state.pop(operation.deletes, None)
        for number, entity in enumerate(operation.puts):
            if entity.id not in state or state[entity.id][0] != entity:
                state.pop(entity.id, None)
                state[entity.id] = (entity, versions[number] if versions else None)
        return state

    def take_if_there(self, operation: Operation, sequence: int) -> None:
        """Take an operation that failed after it was committed."""
        if sequence > self.sequence:
            self.state = self.after(operation)
            self.sequence = sequence

    def check(
        self, data_dir: Path, pending: Operation | None, thoroughly: bool, name: str = NAME
    ) -> None:
        """Open the catalog and compare; takes over a pending operation that turns out to be done.

        Raises:
            AssertionError: something acknowledged is missing, or half of something else is there.
        """
        catalog = open_catalog(data_dir, name, merge_from=1_000_000)
        try:
            assert lost_changes(data_dir / name / LIVE.database) is None, "a false alarm"
            found = dict(self._read(catalog.page(None, 1_000)))
            entities = list(catalog.entities())
            possible = [self.state, *([self.after(pending)] if pending else [])]
            self.state = _fitting(found, [entity.id for entity in entities], possible)
            assert catalog.sequence >= self.sequence
            self.sequence = catalog.sequence
            self._check_feedback(len(catalog.feedback(0, 10_000)), pending)
            assert catalog.view().all_entities() == entities
            assert_equals_fresh(catalog.view(), entities)
            catalog.merge()
            assert catalog.view().all_entities() == entities
            assert_equals_fresh(catalog.view(), entities)
            if thoroughly and entities:
                catalog.snapshot(data_dir.parent / "checked")
                build(data_dir.parent / "fresh", entities)
                assert content(data_dir.parent / "checked") == content(data_dir.parent / "fresh")
        finally:
            catalog.close()
        _check_out(data_dir.parent / "out")

    def _check_feedback(self, found: int, pending: Operation | None) -> None:
        possible = {self.feedback}
        if pending is not None and pending.do == "feedback":
            possible.add(self.feedback + 1)
        if pending is not None and pending.do == "forget":
            possible.add(0)
        assert found in possible
        self.feedback = found

    @staticmethod
    def _read(page: Sequence[tuple[Entity, int]]) -> State:
        return {entity.id: (entity, version) for entity, version in page}


def random_operation(chance: random.Random, state: Mapping[str, Any]) -> Operation:
    """Return something to do."""
    kind = chance.choices(
        ("upsert", "delete", "bulk", "feedback", "forget", "merge", "beside", "snapshot", "backup"),
        (40, 15, 12, 8, 3, 8, 12, 4, 4),
    )[0]
    if kind == "upsert":
        entity = random_entity(chance)
        return Operation(kind, (entity_record(entity),), (entity,))
    if kind == "bulk":
        entities = tuple(random_entity(chance) for _ in range(chance.randint(1, 12)))
        return Operation(kind, ([entity_record(entity) for entity in entities],), entities)
    if kind in ("delete", "feedback") and state:
        entity_id = chance.choice(sorted(state))
        if kind == "delete":
            return Operation(kind, (entity_id,), deletes=entity_id)
        return Operation(kind, (chance.choice(_WORDS[:-1]), entity_id))
    if kind == "forget":
        return Operation(kind)
    if kind == "beside":
        return Operation(kind, (chance.choice(("merge", "snapshot", "backup")),))
    return Operation(kind if kind in ("snapshot", "backup") and state else "merge")


def random_entity(chance: random.Random) -> Entity:
    """Return an entity that often replaces another one."""
    texts = [" ".join(chance.choices(_WORDS, k=chance.randint(1, 3))) for _ in range(3)]
    entity = Entity(
        chance.choice(_IDS),
        texts[0],
        chance.choice(_TYPES),
        tuple(texts[1 : chance.randint(1, 3)]),
        popularity=float(chance.randint(0, 3)),
    )
    return entity_from(entity_record(entity))


def _fitting(found: State, order: list[str], possible: Sequence[State]) -> State:
    for state in possible:
        if list(state) == order and all(_same(found[key], state[key]) for key in state):
            return {key: found[key] for key in state}
    raise AssertionError(
        f"found {sorted(found.items())} in the order {order}, but acknowledged were {possible}"
    )


def _same(found: tuple[Entity, int | None], expected: tuple[Entity, int | None]) -> bool:
    return found[0] == expected[0] and expected[1] in (None, found[1])


def _check_out(out: Path) -> None:
    """A snapshot or a backup is there completely, or not at all."""
    if (out / "snapshot").exists():
        open_index(out / "snapshot")
    if (out / "backup.sqlite").exists():
        check_backup(out / "backup.sqlite")
    with suppress(FileNotFoundError):
        for path in (out / "restored").iterdir():
            assert path.name.startswith(".") or (path / "catalog.sqlite").is_file()
