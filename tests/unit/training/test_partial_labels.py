"""Who is right when a part of a name was said."""

from __future__ import annotations

from er_engine.types import Entity, Hypothesis, Query
from training.partial_labels import with_all_who_have_it

NAMES = ("Riley Williams", "Diane Riley", "Rileyne Osei", "Sue Ann Petrov", "Ann Petrov Lee")


def right(reference: str | None, *given: str) -> tuple[str, ...]:
    """The entities, named by their names, that are right in the end."""
    entities = [Entity(id=name, name=name) for name in NAMES]
    query = Query("q", (Hypothesis("heard"),), given, reference=reference)
    return with_all_who_have_it([query], entities)[0].entity_ids


def test_everyone_with_the_part_is_right() -> None:
    """A word or some words in a row, however they are written; a part of a word is none."""
    assert right("Riley", "Diane Riley") == ("Diane Riley", "Riley Williams")
    assert right("ann petrov", "Ann Petrov Lee") == ("Ann Petrov Lee", "Sue Ann Petrov")


def test_other_queries_stay_as_they_are() -> None:
    """Whole names, no reference, and references that are no part of the right name."""
    assert right("Riley Williams", "Riley Williams") == ("Riley Williams",)
    assert right(None, "Diane Riley") == ("Diane Riley",)
    assert right("Riley", "Sue Ann Petrov") == ("Sue Ann Petrov",)
    assert right("Riley", "gone") == ("gone",)
