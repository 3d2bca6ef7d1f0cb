"""The resolver: what an answer promises, whatever the query and the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from er_engine.candidates import MAX_ENTITY_FORMS, scores_of
from er_engine.encoder.dummy import DummyEncoder
from er_engine.errors import IndexFormatError, QueryError
from er_engine.memory_index import index_in_memory
from er_engine.model import Model
from er_engine.options import ResolveOptions
from er_engine.rerank.settings import CalibrationSettings, ModelSettings
from er_engine.resolver import MAX_HYPOTHESES, MAX_TEXT_LENGTH, Resolver
from er_engine.types import Entity, Hypothesis, Resolution
from tests.unit.index.builds import SpellingG2P, many

CATALOG = (
    Entity("tv1", "Chip and Potato", "tv", ("Chip & Potato",)),
    Entity("tv2", "Schitt's Creek", "tv"),
    Entity("tv3", "Dawson's Creek", "tv", popularity=3.0),
    Entity("b1", "The Potato Eaters", "book"),
    Entity("b2", "Twin", "book", popularity=1.0),
    Entity("b3", "Twin", "book", popularity=2.0),
    Entity("x1", "Nexstar"),
    Entity("x2", "♥", "sign"),
)
CALIBRATED = ModelSettings(calibration=CalibrationSettings(bias=4.0, score=-6.0, margin=-4.0))
MODEL = Model(DummyEncoder(), SpellingG2P(), settings=CALIBRATED)


def resolver_of(entities: Sequence[Entity], model: Model = MODEL) -> Resolver:
    """Return a resolver over a catalog in memory."""
    return Resolver(index_in_memory(entities, model), model)


RESOLVER = resolver_of(CATALOG)


def resolve(*texts: str, k: int = 5, type: str | None = None) -> Resolution:  # noqa: A002
    """Resolve an n-best list in the small catalog."""
    return RESOLVER.resolve([Hypothesis(text) for text in texts], k, type)


def ids_of(answer: Resolution) -> list[str]:
    """Return the ids of the candidates, best first."""
    return [candidate.entity.id for candidate in answer.candidates]


def assert_holds(answer: Resolution, k: int) -> None:
    """What every answer promises."""
    scores = [candidate.score for candidate in answer.candidates]
    likely = [candidate.probability for candidate in answer.candidates]
    assert len(scores) <= k
    assert scores == sorted(scores, reverse=True)
    assert likely == sorted(likely, reverse=True)
    assert all(0 <= value <= 1 for value in (*likely, answer.no_match_probability))
    assert sum(likely) + answer.no_match_probability <= 1 + 1e-5
    assert len(set(ids_of(answer))) == len(scores)
    assert answer.decision in ("match", "ambiguous", "no_match")
    if answer.decision == "match":
        assert likely[0] >= MODEL.settings.calibration.match_probability
    assert all(isinstance(value, float) for value in (*scores, *likely))


@pytest.mark.parametrize("entity", [e for e in CATALOG if e.name not in ("Twin", "♥")])
def test_the_exact_name_is_a_match(entity: Entity) -> None:
    """Its entity comes first, with the surface form and why."""
    answer = resolve(entity.name)
    assert answer.decision == "match"
    best = answer.candidates[0]
    assert best.entity == entity
    assert best.surface_form == entity.name
    assert best.phonemes
    assert best.explanation.startswith("heard ")
    assert "vector 1.00" in best.explanation


def test_a_garbled_name_is_found() -> None:
    """Sounds and letters that are left find it."""
    assert ids_of(resolve("shipping potato"))[0] == "tv1"
    assert ids_of(resolve("next star"))[0] == "x1"


@pytest.mark.parametrize("k", [1, 3, 8, 10_000])
def test_k_candidates_or_all_that_there_are(k: int) -> None:
    """A catalog with fewer returns fewer; fewer of them are the first of more."""
    answer = resolve("creek", k=k)
    assert len(answer.candidates) == min(k, len(answer.candidates))
    assert_holds(answer, k)
    assert ids_of(answer) == ids_of(resolve("creek", k=10_000))[:k]


def test_a_small_catalog_is_returned_whole() -> None:
    """All probabilities then add up to 1 with that of no match."""
    answer = resolve("potato", k=100)
    assert sorted(ids_of(answer)) == sorted(entity.id for entity in CATALOG)
    total = sum(candidate.probability for candidate in answer.candidates)
    assert total + answer.no_match_probability == pytest.approx(1.0, abs=1e-5)


def test_a_stranger_is_no_match() -> None:
    """Candidates are still given, with their low probabilities."""
    answer = resolve("zulu jubilee bivouac")
    assert answer.decision == "no_match"
    assert answer.no_match_probability > 0.5
    assert answer.candidates


def test_type_filters_exactly() -> None:
    """Only that type, by its exact name; an unknown one matches nothing, without an error."""
    assert set(ids_of(resolve("potato", k=100, type="book"))) == {"b1", "b2", "b3"}
    assert ids_of(resolve("chip and potato", k=1, type="book")) == ["b1"]
    for unknown in ("Book", "boo", ""):
        assert resolve("potato", type=unknown) == Resolution("no_match", 1.0, ())


def test_popularity_breaks_ties_of_duplicates() -> None:
    """Both entities with one name come back, the more popular first; the decision is ambiguous."""
    answer = resolve("twin")
    assert ids_of(answer)[:2] == ["b3", "b2"]
    assert answer.candidates[0].score == answer.candidates[1].score
    assert answer.decision == "ambiguous"


def test_catalog_order_breaks_the_rest_of_the_ties() -> None:
    """Ten entities of one name and popularity come back in catalog order."""
    twins = [Entity(f"e{number}", "Twin") for number in range(10)]
    answer = resolver_of(twins).resolve([Hypothesis("twin")], 10)
    assert ids_of(answer) == [entity.id for entity in twins]
    assert answer.decision == "ambiguous"


def test_more_hypotheses_add_evidence() -> None:
    """What the first leaves open, the second decides; the whole list is used, not its best."""
    assert ids_of(resolve("creek", "dawsons"))[0] == "tv3"
    assert ids_of(resolve("creek", "shits"))[0] == "tv2"
    alone, backed = resolve("shipping potato"), resolve("shipping potato", "chip and potatoes")
    assert backed.candidates[0].score > alone.candidates[0].score


def test_digits_that_lost_their_point_are_found() -> None:
    """What a recogniser spelled out as one large number is compared digit by digit, too."""
    stations = [
        Entity("r1", "Ninety One Point Three"),
        Entity("r2", "Nine Hundred and Thirty Eight"),
    ]
    answer = resolver_of(stations).resolve([Hypothesis("nine hundred and thirteen")])
    heard = resolver_of(stations).compare([Hypothesis("nine hundred and thirteen")]).heard
    assert [form.spoken for form in heard] == ["nine hundred and thirteen", "nine one three"]
    assert len(answer.candidates) == 2


def test_hypotheses_without_speech_are_ignored() -> None:
    """Symbols among good hypotheses, and what comes after the last one that is read."""
    good = resolve("shipping potato")
    assert resolve("...", "shipping potato").candidates[0].entity.id == "tv1"
    assert resolve("shipping potato", "?!", "") == good
    assert resolve("shipping potato", *["?"] * (MAX_HYPOTHESES - 1), "nexstar") == good


def test_blank_hypotheses_count_for_nothing() -> None:
    """They take no place among those that are read; explanations name places of the whole list."""
    good = resolve("creek", "dawsons")
    assert resolve("", "creek", " \t", "dawsons") == good
    assert resolve(*[""] * (MAX_HYPOTHESES + 1), "creek", "dawsons") == good
    options = ResolveOptions(explain=True)
    n_best = [Hypothesis(text) for text in ("", " ", "dawsons creek")]
    details = RESOLVER.resolve(n_best, options=options).candidates[0].details
    assert details is not None
    assert (details.hypothesis, details.heard) == (2, "dawsons creek")


def test_a_blank_hypothesis_without_a_score_leaves_the_others_theirs() -> None:
    """Whether each has a score is asked of those with words alone."""
    scored = [Hypothesis("creek", -5.0), Hypothesis("chip", -1.0)]
    assert RESOLVER.resolve([Hypothesis(""), *scored]) == RESOLVER.resolve(scored)
    assert RESOLVER.resolve([*scored, Hypothesis(" ", 0.0)]) == RESOLVER.resolve(scored)


@pytest.mark.parametrize(
    "texts", [(), ("",), ("  ",), ("", " "), ("", "?!"), ("?!",), ("♥", "..."), ("\ud800",)]
)
def test_nothing_speakable_is_a_query_error(texts: tuple[str, ...]) -> None:
    """An empty list, and texts that nobody can say."""
    with pytest.raises(QueryError, match=r"nothing speakable|n-best list is empty"):
        resolve(*texts)


def test_wrong_numbers_are_query_errors() -> None:
    """A k below 1, and a text of a length that nobody speaks."""
    for k in (0, -1):
        with pytest.raises(QueryError, match=f"k must be at least 1, got {k}"):
            resolve("potato", k=k)
    with pytest.raises(QueryError, match=f"at most {MAX_TEXT_LENGTH} are read"):
        resolve("potato", "a" * (MAX_TEXT_LENGTH + 1))


def test_an_index_of_another_encoder_is_refused() -> None:
    """The message says what to do."""
    with pytest.raises(IndexFormatError, match="build the index again with this model"):
        Resolver(index_in_memory(CATALOG, MODEL), replace(MODEL, encoder=DummyEncoder(32)))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text(max_size=30), max_size=4),
    st.integers(1, 12),
    st.sampled_from([None, "tv", "book", "none"]),
)
@example(["a\ud800b", "\x00", "日本", "½ 🎉"], 3, None)
@example(["1" * 60, "a" * 1_500], 3, None)
def test_any_text_gives_an_answer_or_a_query_error(
    texts: list[str], k: int, type_name: str | None
) -> None:
    """Nothing else is ever raised, and every answer keeps its promises."""
    try:
        answer = resolve(*texts, k=k, type=type_name)
    except QueryError:
        assert not any(character.isalpha() for text in texts for character in text)
        return
    assert_holds(answer, k)
    if type_name is not None:
        assert all(candidate.entity.type == type_name for candidate in answer.candidates)


def test_every_alias_counts_however_many_there_are() -> None:
    """A form beyond the first ones of its entity is compared when it was retrieved."""
    aliases = tuple(
        f"{word} show"
        for word in (
            "alpha",
            "bravo",
            "delta",
            "foxtrot",
            "hotel",
            "india",
            "juliet",
            "kilo",
            "lima",
            "romeo",
        )
    )
    assert len(aliases) > MAX_ENTITY_FORMS
    entities = [*many(120), Entity("aka", "zebra", aliases=aliases), Entity("s", "romeo hotel")]
    found = resolver_of(entities).resolve([Hypothesis("romeo show")], 3)
    assert ids_of(found)[0] == "aka"
    assert found.candidates[0].surface_form == "romeo show"


def test_a_large_catalog_finds_each_name() -> None:
    """More entities than are reranked: retrieval has to bring the right ones."""
    entities = many(250)
    resolver = resolver_of(entities)
    for entity in entities[::97]:
        assert entity.id == ids_of(resolver.resolve([Hypothesis(entity.name)], 1))[0]


def test_scores_of_forms_that_were_not_found_are_the_worst_found() -> None:
    """Found rows get their scores, others each query's lowest, missing results are no rows."""
    rows = np.array([[7, 2, 4], [4, 9, -1]])
    scores = np.array([[0.9, 0.8, 0.5], [0.7, 0.2, -np.inf]], dtype=np.float32)
    found = scores_of(np.array([2, 4, 7, 11]), scores, rows)
    np.testing.assert_allclose(found, [[0.8, 0.5, 0.9, 0.5], [0.2, 0.7, 0.2, 0.2]])
    nothing = scores_of(np.zeros(0, np.int64), scores[:, :0], rows[:, :0])
    assert nothing.shape == (2, 0)


@pytest.mark.parametrize(
    "calibration", [{"similarities": {"text": -3.0}}, {"length_power": 1.5}, {"crowding": 1.0}]
)
def test_every_part_of_the_calibration_counts(calibration: dict[str, object]) -> None:
    """The best candidate's similarities, how much was heard, and how many names are as near."""
    fitted = replace(CALIBRATED.calibration, **calibration)  # type: ignore[arg-type]
    model = replace(MODEL, settings=replace(CALIBRATED, calibration=fitted))
    heard = [Hypothesis("creek")]
    plain, other = (resolver_of(CATALOG, one).resolve(heard, 8) for one in (MODEL, model))
    assert ids_of(plain) == ids_of(other)
    assert plain.candidates[0].probability != pytest.approx(
        other.candidates[0].probability, abs=1e-3
    )
