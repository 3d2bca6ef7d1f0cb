"""Options of one query: filters, thresholds, context, explanations and timings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from er_engine.encoder.dummy import DummyEncoder
from er_engine.errors import QueryError
from er_engine.memory_index import index_in_memory
from er_engine.model import Model
from er_engine.options import NO_OPTIONS, ResolveOptions
from er_engine.rerank.prior import with_prior
from er_engine.rerank.settings import CalibrationSettings, ModelSettings
from er_engine.resolver import Resolver
from er_engine.types import Entity, Hypothesis, Resolution
from tests.unit.index.builds import SpellingG2P, many

CATALOG = (
    Entity("a", "Janice Oneill", "person", attributes={"city": "Alton", "floor": 3, "vip": True}),
    Entity("b", "Janice Oneil", "person", attributes={"city": "Derby", "floor": "3"}),
    Entity("c", "Janis O'Neil", "person", attributes={"city": ["Derby", "Alton"], "floor": 2.0}),
    Entity("d", "Arnold", "person"),
    Entity("e", "Smilebit", "shop", attributes={"city": "Alton"}),
)
MODEL = Model(
    DummyEncoder(),
    SpellingG2P(),
    settings=ModelSettings(calibration=CalibrationSettings(bias=4.0, score=-6.0, margin=-4.0)),
)
RESOLVER = Resolver(index_in_memory(CATALOG, MODEL), MODEL)


def ask(text: str = "janice oneill", k: int = 10, **options: object) -> Resolution:
    """Resolve one hypothesis with these options."""
    return RESOLVER.resolve([Hypothesis(text)], k, None, ResolveOptions(**options))  # type: ignore[arg-type]


def ids(answer: Resolution) -> list[str]:
    """The ids, best first."""
    return [candidate.entity.id for candidate in answer.candidates]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"city": "Alton"}, {"a", "c", "e"}),
        ({"city": "alton"}, set()),
        ({"city": ["Derby", "York"]}, {"b", "c"}),
        ({"city": "Alton", "floor": 3}, {"a"}),
        ({"floor": "3"}, {"a", "b"}),
        ({"floor": 2}, {"c"}),
        ({"vip": True}, {"a"}),
        ({"vip": 1}, set()),
        ({"colour": "red"}, set()),
    ],
)
def test_only_entities_with_all_attributes_are_found(
    wanted: dict[str, object], found: set[str]
) -> None:
    """Each attribute must have one of the wanted values; numbers equal their text."""
    answer = ask(attributes=wanted)
    assert set(ids(answer)) == found
    assert answer.decision == "no_match" or found


def test_type_and_attributes_both_filter() -> None:
    """An entity must have the type and the attributes."""
    options = ResolveOptions(attributes={"city": "Alton"})
    answer = RESOLVER.resolve([Hypothesis("janice")], 10, "shop", options)
    assert ids(answer) == ["e"]


def test_unlikely_candidates_are_left_out() -> None:
    """With `min_probability` exactly the candidates that reach it stay, with their numbers."""
    every = ask()
    limit = every.candidates[1].probability
    assert ask(min_probability=limit).candidates == every.candidates[:2]


def test_nothing_matches_without_a_candidate() -> None:
    """When no candidate is likely enough the decision is `no_match`."""
    answer = ask(min_probability=1.0)
    assert answer.candidates == ()
    assert answer.decision == "no_match"


def test_context_breaks_a_tie() -> None:
    """Of entities that sound nearly the same the one in the context comes first."""
    before, after = ask(), ask(context=("c",), context_boost=8.0)
    assert ids(before)[0] == "a"
    assert ids(after)[0] == "c"
    scores = [candidate.score for candidate in after.candidates]
    assert scores == sorted(scores, reverse=True)


def test_context_multiplies_the_odds() -> None:
    """The odds of an entity in the context against all else grow by exp(boost)."""

    def odds(answer: Resolution) -> float:
        likely = next(c.probability for c in answer.candidates if c.entity.id == "b")
        return likely / (1 - likely)

    before, after = ask(), ask(context=("b",), context_boost=1.5)
    assert odds(after) / odds(before) == pytest.approx(np.exp(1.5), rel=1e-4)
    assert after.no_match_probability < before.no_match_probability
    total = after.no_match_probability + sum(c.probability for c in after.candidates)
    assert total == pytest.approx(1.0, abs=1e-5)


def test_unknown_ids_in_the_context_change_nothing() -> None:
    """A context may name entities that are gone."""
    assert ask(context=("gone",)) == ask()


def test_context_can_hold_back() -> None:
    """A negative boost makes an entity less likely."""
    assert ids(ask(context=("a",), context_boost=-8.0))[0] != "a"


def test_context_is_among_the_candidates_of_a_large_catalog() -> None:
    """An entity of the context is compared even where the search finds hundreds of others first."""
    catalog = (*many(600), Entity("far", "Zzyzx"))
    resolver = Resolver(index_in_memory(catalog, MODEL), MODEL)
    heard = [Hypothesis(catalog[0].name)]
    options = ResolveOptions(context=("far",))
    assert "far" not in ids(resolver.resolve(heard, 100))
    assert "far" in ids(resolver.resolve(heard, 200, None, options))


def test_context_does_not_pass_a_filter() -> None:
    """A filter holds for the context too."""
    assert set(ids(ask(attributes={"city": "Derby"}, context=("a", "b")))) == {"b", "c"}


def test_match_needs_the_wished_precision() -> None:
    """`precision` takes the place of the threshold of the model; the numbers stay."""
    likely = ask().candidates[0].probability
    sure, unsure = ask(precision=likely - 0.01), ask(precision=likely + 0.01)
    assert (sure.decision, unsure.decision) == ("match", "ambiguous")
    assert sure.candidates == unsure.candidates


def test_no_match_is_likelier_where_it_is_meant_more_often() -> None:
    """The odds change by the ratio of the odds of the shares; how the rest is shared does not."""
    usual, often = ask(), ask(no_match_share=0.5)
    odds = [a.no_match_probability / (1 - a.no_match_probability) for a in (usual, often)]
    assert odds[1] == pytest.approx(9 * odds[0], rel=1e-4)
    shares = [
        [c.probability / (1 - a.no_match_probability) for c in a.candidates] for a in (usual, often)
    ]
    assert shares[1] == pytest.approx(shares[0], rel=1e-4)
    assert ids(often) == ids(usual)


def test_explanation_adds_up() -> None:
    """The contributions add up to the score of the pair, and the alignment spells both sides."""
    for candidate in ask("janis oneill", explain=True, context=("b",)).candidates:
        details = candidate.details
        assert details is not None
        assert details.pair_score == pytest.approx(
            sum(p.contribution for p in details.contributions)
        )
        heard = "".join(step[0] or "" for step in details.alignment)
        name = "".join(step[1] or "" for step in details.alignment)
        assert heard == details.heard_phonemes.replace(" ", "")
        assert name == details.name_phonemes.replace(" ", "")
        assert (details.hypothesis, details.heard) == (0, "janis oneill")
        assert (details.prior > 0) == (candidate.entity.id == "b")


def test_score_is_explained_in_full() -> None:
    """With one hypothesis, what the pair and the context give is the score."""
    candidate = ask(explain=True, context=("a",)).candidates[0]
    assert candidate.details is not None
    total = candidate.details.pair_score + candidate.details.prior
    assert candidate.score == pytest.approx(total, abs=1e-5)


def test_explanation_only_on_request() -> None:
    """Without being asked nothing is explained in detail."""
    assert all(candidate.details is None for candidate in ask().candidates)


def test_stages_are_timed() -> None:
    """Each stage has a time, and times don't make answers differ."""
    answer = ask()
    assert list(answer.timings) == ["hear", "encode", "retrieve", "compare", "decide"]
    assert all(value >= 0 for value in answer.timings.values())
    assert answer == replace(answer, timings={})


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_probability": 1.5},
        {"min_probability": float("nan")},
        {"precision": -0.1},
        {"no_match_share": 0.0},
        {"no_match_share": 1.0},
        {"context_boost": 11.0},
        {"context_boost": float("inf")},
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, float]) -> None:
    """A value out of range is named."""
    with pytest.raises(QueryError, match=next(iter(wrong))):
        ResolveOptions(**wrong)  # type: ignore[arg-type]


def test_without_options_nothing_changes() -> None:
    """The default options give the answer of a plain call."""
    plain = RESOLVER.resolve([Hypothesis("arnold")], 3)
    assert plain == RESOLVER.resolve([Hypothesis("arnold")], 3, None, NO_OPTIONS)


@given(
    st.lists(st.floats(0.0078125, 1, width=32), min_size=1, max_size=6),
    st.floats(0, 1),
    st.lists(st.floats(-10, 10, width=32), min_size=6, max_size=6),
)
def test_prior_keeps_a_distribution(
    shares: list[float], nothing: float, boosts: list[float]
) -> None:
    """After any boosts the probabilities add up to 1, and without boosts they stay."""
    likely = np.array(shares, dtype=np.float32)
    likely *= (1 - nothing) / likely.sum()
    boosted, rest = with_prior(likely, nothing, np.array(boosts[: len(shares)], dtype=np.float32))
    assert rest + boosted.sum() == pytest.approx(1.0, abs=1e-4)
    same, still = with_prior(likely, nothing, np.zeros(len(shares), dtype=np.float32))
    assert still == pytest.approx(nothing, abs=1e-5)
    assert same == pytest.approx(likely, abs=1e-5)
