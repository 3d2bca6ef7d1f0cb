"""The logic of the accuracy benchmark: samples, bins, thresholds, parts; and its report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.accuracy.calibration import (
    answered,
    as_supposed,
    auroc_by_said,
    is_removed,
    refusal_threshold,
    removed_half,
    with_known_share,
    without,
)
from benchmarks.accuracy.full_names import as_contacts
from benchmarks.accuracy.ladder import TRAINED, WITHOUT_NBEST
from benchmarks.accuracy.measure import measure
from benchmarks.accuracy.parts import EDIT_COUNTS, range_name, region
from benchmarks.accuracy.report import write_report
from benchmarks.accuracy.sets import (
    LoadedSet,
    SetSpec,
    outside_training_half,
    sample,
    shipped_sets,
    speakable,
)
from benchmarks.accuracy.sizes import at_sizes, kept_of
from benchmarks.accuracy.systems import (
    Heard,
    Note,
    NotedEngine,
    Prepared,
    Remembering,
    TowerRetriever,
    note_of,
    prepare,
)
from benchmarks.accuracy.without_nbest import measure_without_nbest, with_step
from er_engine.evaluation.cases import NBEST
from er_engine.evaluation.systems import run_system
from er_engine.model import load_model
from er_engine.search import FloatArray
from er_engine.types import Candidate, Entity, Hypothesis, Query, Resolution
from training.confusion.halves import in_training_half

DATA = Path(__file__).resolve().parents[3] / "data"
NAMES = ("Maria Lopez", "Mario Lopes", "Chip and Potato", "Nexstar", "Janice Oneill", "Smilebit")


def _query(number: int, texts: Sequence[str], right: Sequence[str]) -> Query:
    return Query(
        f"q{number}",
        tuple(Hypothesis(text) for text in texts),
        tuple(right),
        reference=texts[0],
        tags={"voice": "slt", "snr_db": 20 + number},
    )


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    """A small catalog with the packaged model."""
    entities = [
        Entity(f"e{n}", name, attributes={"origin": "es_MX"}) for n, name in enumerate(NAMES)
    ]
    return prepare(entities, load_model())


@pytest.fixture(scope="module")
def queries() -> list[Query]:
    """Each name heard well and less well."""
    heard = [f"{name} uh" for name in NAMES]
    return [_query(n, [name, heard[n]], [f"e{n}"]) for n, name in enumerate(NAMES)]


def test_a_sample_is_seeded_and_in_order() -> None:
    """The same queries every time, in the order of the file; few queries stay as they are."""
    some = [_query(n, ["x"], ["e"]) for n in range(50)]
    drawn = sample(some, 10)
    assert drawn == sample(some, 10)
    assert [query.id for query in drawn] == sorted((q.id for q in drawn), key=lambda i: int(i[1:]))
    assert sample(some, 50) == some


def test_only_entities_outside_the_training_half_are_measured() -> None:
    """One right entity that may have been trained on is enough to leave a query out."""
    ids = [f"e{n}" for n in range(20)]
    trained = next(i for i in ids if in_training_half(i))
    unseen = next(i for i in ids if not in_training_half(i))
    assert outside_training_half(_query(1, ["x"], [unseen]))
    assert not outside_training_half(_query(1, ["x"], [unseen, trained]))


def test_queries_that_cannot_be_asked_are_left_out() -> None:
    """Nothing speakable in some hypothesis, or nothing right."""
    assert speakable(_query(1, ["a"], ["e"]))
    assert not speakable(_query(1, ["a", "?!"], ["e"]))
    assert not speakable(_query(1, ["a"], []))


def test_shipped_sets_have_files_and_say_their_split() -> None:
    """Every set of the data folder exists and says what training saw of it."""
    specs = shipped_sets(DATA)
    assert {"screen", "books", "contacts", "films", "people"} <= {spec.name for spec in specs}
    assert all(spec.catalog.exists() and spec.queries.exists() and spec.split for spec in specs)


def test_people_become_contacts_and_each_with_a_part_is_right() -> None:
    """Of a catalog full names of people stay; a single name means all who have it."""
    names = ("Brett Ponton", "Sue Brett", "Brett", "Nobody", "Monro Inc")
    entities = [
        Entity(id=name, name=name, type="ORG" if name == "Monro Inc" else "PERSON")
        for name in names
    ]
    queries = [_query(number, ("heard",), (name,)) for number, name in enumerate(names)]
    contacts, asked = as_contacts(entities, queries)
    assert [entity.name for entity in contacts] == ["Brett Ponton", "Sue Brett"]
    assert [(query.tags["said"], query.entity_ids) for query in asked] == [
        ("full name", ("Brett Ponton",)),
        ("full name", ("Sue Brett",)),
        ("part", ("Brett Ponton", "Sue Brett")),
    ]


def test_queries_without_an_answer_weigh_as_supposed() -> None:
    """One query of two that nothing fits weighs a tenth, the ones that something fits the rest."""
    right = Note(("e1",), 0.9, 0.1, "match", frozenset())
    wrong = Note(("e2",), 0.9, 0.1, "match", frozenset())
    heard = (Hypothesis("x"),)
    found = as_supposed(
        ([right], [Query("q1", heard, ("e1",))]), ([wrong], [Query("q2", heard, ())]), 0.1
    )
    assert found["error"] == pytest.approx(0.0)
    assert found["bins"][9]["count"] == pytest.approx(2.0)
    assert found["bins"][9]["right"] == pytest.approx(0.9)


def test_an_answer_is_all_that_share_the_first_score() -> None:
    """Two entities of one name share their probability; a third is another answer."""
    candidates = tuple(
        Candidate(Entity(i, i), score, probability, i)
        for i, score, probability in (("a", 0.9, 0.4), ("b", 0.9, 0.4), ("c", 0.5, 0.1))
    )
    note = note_of(Resolution("ambiguous", 0.1, candidates), np.array([4, 7]))
    assert note.ids == ("a", "b")
    assert note.probability == pytest.approx(0.8)
    said, right = answered([note, note], [_query(1, ["x"], ["b"]), _query(2, ["x"], ["c"])])
    assert said.tolist() == pytest.approx([0.8, 0.8])
    assert right.tolist() == [1.0, 0.0]


def test_no_candidate_is_a_wrong_answer() -> None:
    """Nothing answered: probability 0, not right."""
    note = note_of(Resolution("no_match", 1.0, ()), np.zeros(0, dtype=np.int64))
    assert note == Note((), 0, 1.0, "no_match", frozenset())
    assert answered([note], [_query(1, ["x"], ["b"])])[1].tolist() == [0.0]


def test_the_share_of_no_match_multiplies_its_odds() -> None:
    """What is left is shared as before; a share of 0 leaves nothing to no match."""
    note = Note(("a",), 0.6, 0.2, "match", frozenset())
    [even] = with_known_share([note], 0.5, 0.1)
    assert even.no_match_probability == pytest.approx(9 * 0.2 / (9 * 0.2 + 0.8))
    assert even.probability / (1 - even.no_match_probability) == pytest.approx(0.6 / 0.8)
    [never] = with_known_share([note], 0.0, 0.1)
    assert (never.no_match_probability, never.probability) == (0.0, pytest.approx(0.75))
    [same] = with_known_share([note], 0.1, 0.1)
    assert (same.no_match_probability, same.probability) == (
        pytest.approx(0.2),
        pytest.approx(0.6),
    )
    empty = Note((), 0.0, 1.0, "no_match", frozenset())
    [gone] = with_known_share([empty], 0.0, 0.1)
    assert (gone.no_match_probability, gone.probability) == (1.0, 0.0)


def test_the_threshold_refuses_at_most_the_share_that_is_allowed() -> None:
    """Of 40 answerable queries at 5 % two are refused, also where doubts tie."""
    doubts = np.arange(40) / 40
    assert (doubts > refusal_threshold(doubts)).sum() == 2
    assert (np.ones(40) > refusal_threshold(np.ones(40))).sum() == 0


def test_half_is_removed_by_id() -> None:
    """About half, the same every time; removed entities are right no more."""
    ids = [f"e{n}" for n in range(1000)]
    assert 450 < sum(map(is_removed, ids)) < 550
    (found,) = without([_query(1, ["x"], ["a", "b"])], {"a"})
    assert found.entity_ids == ("b",)


def test_ranges_are_named_by_their_ends() -> None:
    """One value, several, and the open end."""
    names = [range_name(value, EDIT_COUNTS) for value in (0, 1, 3, 11, 40)]
    assert names == ["0", "1", "2 to 3", "11 and more", "11 and more"]


def test_locales_are_put_into_groups() -> None:
    """By language, Indian names in English by country; an unknown language is itself."""
    found = [region(locale) for locale in ("cs_CZ", "en_US", "en_IN", "xx_XX")]
    assert found == ["Slavic and Baltic", "English", "South Asian", "xx"]


def test_a_remembering_retriever_asks_once() -> None:
    """Each text is scored once; order and repetitions are kept."""
    asked: list[str] = []

    def score(texts: Sequence[str]) -> FloatArray:
        asked.extend(texts)
        return np.array([[len(text)] for text in texts], dtype=np.float32)

    found = Remembering(SimpleNamespace(name="lengths", score=score))
    assert found.score(["a", "bb", "a"]).tolist() == [[1], [2], [1]]
    assert found.score(["bb", "ccc"]).tolist() == [[2], [3]]
    assert asked == ["a", "bb", "ccc"]


def test_nested_samples_hold_the_core() -> None:
    """The smaller sample is part of the larger one, and both have what is asked for."""
    entities = [Entity(str(n), str(n)) for n in range(100)]
    small, large = (kept_of(entities, {"7", "50"}, size) for size in (10, 40))
    assert (small.sum(), large.sum()) == (10, 40)
    assert small[[7, 50]].all()
    assert not (small & ~large).any()


def test_towers_agree_with_the_encoder(prepared: Prepared) -> None:
    """The kept weighted sum is what the model's encoder gives, and finds a name that was said."""
    encoded = prepared.model.encoder.encode(prepared.index.all_forms)
    np.testing.assert_allclose(prepared.vectors["sum"], encoded, atol=1e-6)
    for tower in prepared.vectors:
        retriever = TowerRetriever(prepared, Heard(prepared.model), tower)
        assert retriever.score(["chip and potato", "nexstar"]).argmax(axis=1).tolist() == [2, 3]


def test_a_subset_answers_like_a_catalog_of_its_own(prepared: Prepared) -> None:
    """Removing entities and indexing what is left is the same."""
    kept = np.array([True, False, True, False, True, True])
    subset = prepared.subset(kept)
    entities = [entity for entity, keep in zip(prepared.entities, kept, strict=True) if keep]
    alone = prepare(entities, prepared.model)
    nbest = [Hypothesis("mario lopes")]
    answers = [one.resolver().resolve(nbest).candidates for one in (subset, alone)]
    assert [c.entity.id for c in answers[0]] == [c.entity.id for c in answers[1]]
    assert [c.score for c in answers[0]] == pytest.approx([c.score for c in answers[1]], abs=1e-5)


def test_figures_of_a_set_become_a_report(
    prepared: Prepared, queries: list[Query], tmp_path: Path
) -> None:
    """Every system is measured, the figures are JSON, and the report names set, split and steps."""
    spec = SetSpec("small", "a small set", Path("c"), Path("q"), "nothing was trained on it")
    loaded = LoadedSet(spec, prepared.entities, queries, 9)
    found = json.loads(json.dumps(measure(loaded, prepared, lambda stage: None)))
    model = prepared.model  # compared with itself
    step = json.loads(json.dumps(measure_without_nbest(loaded, model, model, found["ladders"])))
    figures = with_step(found, step)
    systems = figures["ladders"][NBEST]["systems"]
    gain = systems[WITHOUT_NBEST].pop("gain")
    assert gain["p"] == 1.0
    assert systems[WITHOUT_NBEST] == {key: systems[TRAINED][key] for key in systems[WITHOUT_NBEST]}
    systems[WITHOUT_NBEST]["gain"] = gain
    assert systems["engine"]["error"]["1"] == 0.0
    assert {"sum", "phonetic vectors", "semantic vectors", "sum vectors"} <= set(systems)
    assert len(figures["curve"]["engine"]) == 5
    assert figures["retrieval"]["retrieved"] == 1.0
    ids = {entity.id for entity in prepared.entities}
    sizes = at_sizes(prepared, queries, ids, [6])
    assert sizes[0]["error"] == 0.0
    out = tmp_path / "accuracy.md"
    other = {"name": "sizes", "title": "small", "sizes": sizes}
    write_report(out, [figures, other], {"model": "f" * 64, "limit": 6})
    text = out.read_text("utf-8")
    for expected in (
        "small: a small set",
        "nothing was trained on it",
        "phonetic tower without n-best training",
        "## Training on n-best lists",
        "+ rerank = the engine",
    ):
        assert expected in text
    for plot in ("reductions", "hypotheses", "reliability"):
        assert (tmp_path / f"accuracy_{plot}.svg").read_text("utf-8").startswith("<svg xmlns=")


def test_gaps_are_measured_with_half_the_catalog(prepared: Prepared, queries: list[Query]) -> None:
    """Names that are gone count as unanswerable, and the engine tells them from the others."""
    gone = sum(is_removed(f"e{n}") for n in range(len(NAMES)))
    engine = NotedEngine(prepared.resolver())
    run_system(engine, queries, lambda _: None)
    found = removed_half(prepared, queries, "rapidfuzz_ratio", engine.notes[1:])
    assert found is not None
    assert found["as_supposed"]["queries"] == len(NAMES) + gone
    assert (found["with_right"], found["without_right"]) == (len(NAMES) - gone, gone)
    assert found["auroc"]["engine"] == 1.0
    assert set(found["error"]) == {"engine", "rapidfuzz_ratio", "sum"}


def test_gaps_are_counted_by_what_was_said() -> None:
    """Ten queries with and ten without a right entity at least; others are left out."""
    doubt = np.array([*np.linspace(0.6, 0.9, 10), *np.linspace(0.1, 0.4, 10), 0.5])
    cases = [
        replace(_query(n, ["x"], [] if n < 10 else ["a"]), tags={"said": "name"}) for n in range(20)
    ]
    cases.append(replace(_query(20, ["x"], ["a"]), tags={"said": "part"}))
    [found] = auroc_by_said(doubt, cases)
    assert found == {"said": "name", "with_right": 10, "without_right": 10, "auroc": 1.0}
