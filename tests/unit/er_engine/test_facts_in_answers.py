"""Facts in answers: whom they find, what they leave alone, how they are explained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from er_engine.encoder.dummy import DummyEncoder
from er_engine.memory_index import index_in_memory
from er_engine.model import Model
from er_engine.options import ResolveOptions
from er_engine.resolver import Resolver
from er_engine.types import Entity, Hypothesis, Resolution
from tests.unit.index.builds import SpellingG2P

MODEL = Model(DummyEncoder(), SpellingG2P())
CATALOG = (
    Entity("d86", "Dream Lover", "film", attributes={"year": 1986, "cast": ["Kristy McNichol"]}),
    Entity("d93", "Dream Lover", "film", attributes={"year": 1993, "cast": ["James Spader"]}),
    Entity("c86", "Conductor 786", "film", attributes={"year": 2000}),
    Entity("big", "Big", "film", attributes={"year": 1988, "cast": ["Tom Hanks"], "g": "comedy"}),
    Entity("spl", "Splash", "film", attributes={"year": 1984, "cast": ["Tom Hanks"]}),
    Entity("thai", "Thai Basil", "place", attributes={"address": "44 Briar Avenue"}),
    Entity("iron", "Iron Basil", "place", attributes={"address": "17 Briar Road", "city": "Alton"}),
    Entity("stil", "Smilebit Dental", "place", attributes={"city": "Alton"}),
    *(Entity(f"n{n}", f"Station {n}", "station", attributes={"year": 1900 + n}) for n in range(20)),
)  # fmt: skip


def resolver(*catalog: Entity) -> Resolver:
    """Resolve in a catalog in memory."""
    return Resolver(index_in_memory(catalog, MODEL), MODEL)


FACTS = resolver(*CATALOG)


def resolve(*texts: str, by: Resolver = FACTS, **options: object) -> Resolution:
    """Resolve an n-best list."""
    asked = ResolveOptions(**options)  # type: ignore[arg-type]
    return by.resolve([Hypothesis(text) for text in texts], k=100, options=asked)


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("dream lover from nineteen eighty six", "d86"),
        ("dream lover from nineteen ninety three", "d93"),
        ("the james spader film dream lover", "d93"),
        ("the tom hanks comedy from nineteen eighty eight", "big"),
        ("forty four briar avenue", "thai"),
        ("smile bit in alton", "stil"),
    ],
)
def test_facts_decide(text: str, best: str) -> None:
    """Words that belong to an entity's attributes count for it, with its name or without."""
    answer = resolve(text)
    assert answer.candidates[0].entity.id == best
    assert answer.candidates[0].score > answer.candidates[1].score


def test_facts_of_one_hypothesis_count() -> None:
    """The year may be in one hypothesis, the name in another."""
    answer = resolve("dreamer from nineteen ninety three", "dream lover from nineteen ninety")
    assert answer.candidates[0].entity.id == "d93"


@pytest.mark.parametrize("text", ["dream lover", "big", "iron basil", "something else", "station"])
def test_names_score_as_without_attributes(text: str) -> None:
    """Where no fact was heard, scores and probabilities are those of a bare catalog."""
    bare = resolver(*(replace(entity, attributes={}) for entity in CATALOG))
    answer, expected = resolve(text), resolve(text, by=bare)
    assert [(c.entity.id, c.score, c.probability) for c in answer.candidates] == [
        (c.entity.id, c.score, c.probability) for c in expected.candidates
    ]


def test_scores_are_never_lower_for_facts() -> None:
    """A fact raises the scores of those who have it, and lowers none."""
    bare = resolver(*(replace(entity, attributes={}) for entity in CATALOG))
    text = "the tom hanks film splash"
    before = {c.entity.id: c.score for c in resolve(text, by=bare).candidates}
    after = {c.entity.id: c.score for c in resolve(text).candidates}
    assert all(after[entity] >= score for entity, score in before.items())
    assert after["spl"] > before["spl"]


def test_filters_hold_for_facts() -> None:
    """A fact finds no entity that is filtered out."""
    answer = FACTS.resolve([Hypothesis("forty four briar avenue")], k=100, type="film")
    assert {candidate.entity.type for candidate in answer.candidates} == {"film"}


@pytest.mark.parametrize("wanted", [{"year": 1700}, {"genre": "comedy"}])
def test_a_fact_with_nothing_left_after_filters_is_no_match(wanted: dict[str, object]) -> None:
    """Nothing has the attribute asked for: nothing is compared with the fact."""
    answer = resolve("dream lover from nineteen eighty six", attributes=wanted)
    assert (answer.decision, answer.candidates) == ("no_match", ())


def test_facts_are_explained() -> None:
    """The words that counted are named, and the contributions add up with them."""
    best = resolve("dream lover from nineteen eighty six", explain=True).candidates[0]
    assert "facts 'nineteen eighty six'" in best.explanation
    assert best.details is not None
    assert best.details.facts == "nineteen eighty six"
    assert best.details.contributions[-1].feature == "facts"
    added = sum(part.contribution for part in best.details.contributions)
    assert added == pytest.approx(best.details.pair_score)
    assert best.details.pair_score == pytest.approx(best.score, abs=1e-5)


def test_names_are_explained_without_facts() -> None:
    """Where the name alone scores higher, no facts are named."""
    best = resolve("dream lover", explain=True).candidates[0]
    assert best.details is not None
    assert best.details.facts == ""
    assert "facts" not in best.explanation
