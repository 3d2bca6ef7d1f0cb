"""Names that sound the same."""

from __future__ import annotations

import pytest

from er_engine.memory_index import index_in_memory
from er_engine.model import load_model
from er_engine.resolver import Resolver
from er_engine.types import Entity, Hypothesis


def first(names: tuple[str, ...], *heard: str) -> str:
    """The name that the packaged model answers first."""
    model = load_model()
    entities = [Entity(id=name, name=name) for name in names]
    resolver = Resolver(index_in_memory(entities, model), model)
    return resolver.resolve([Hypothesis(text) for text in heard], 3).candidates[0].entity.name


@pytest.mark.parametrize("names", [("Audiobook", "Audio Book"), ("Audio Book", "Audiobook")])
def test_spelled_as_heard_comes_first(names: tuple[str, ...]) -> None:
    """Of two homophones the one that a hypothesis spells is first, whatever a part says."""
    assert first(names, "audiobook", "audio") == "Audiobook"


def test_both_spelled() -> None:
    """Where both homophones were spelled, all that was heard decides."""
    names = ("Audiobook", "Audio Book")
    assert first(names, "audio book", "audiobook", "audio book now") == "Audio Book"


def test_others_are_untouched() -> None:
    """A name that sounds otherwise than the one that is spelled may come first."""
    assert first(("Anna", "Hannah Montana"), "hannah montanna", "anna") == "Hannah Montana"
