"""Names that sound the same."""

from __future__ import annotations

import pytest

from er_engine.memory_index import index_in_memory
from er_engine.model import load_model
from er_engine.resolver import Resolver
from er_engine.types import Entity, Hypothesis


def answers(names: tuple[str, ...], *heard: str) -> dict[str, float]:
    """Scores of the names by the packaged model, best first."""
    model = load_model()
    entities = [Entity(id=name, name=name) for name in names]
    resolver = Resolver(index_in_memory(entities, model), model)
    found = resolver.resolve([Hypothesis(text) for text in heard], 3).candidates
    return {candidate.entity.name: candidate.score for candidate in found}


def first(names: tuple[str, ...], *heard: str) -> str:
    """The name that the packaged model answers first."""
    return next(iter(answers(names, *heard)))


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


def test_names_without_pronunciation_are_no_homophones() -> None:
    """One that was heard exactly does not lower another, as it would one of the same sounds."""
    alone, beside = (answers(names, "東京", "京都") for names in (("京都市",), ("京都市", "東京")))
    assert beside["京都市"] == pytest.approx(alone["京都市"], abs=0.03)
