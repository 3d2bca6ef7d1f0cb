import numpy as np
import pytest

from er_engine.errors import QueryError
from er_engine.evaluation.baseline_runs import BATCH_BYTES, run_baseline, strongest
from er_engine.evaluation.cases import check_queries, entity_group, expand
from er_engine.evaluation.judged_catalog import JudgedCatalog
from er_engine.evaluation.ranking import NOT_FOUND
from er_engine.evaluation.systems import SystemRun, run_system
from er_engine.types import Entity, Hypothesis
from tests.unit.er_engine.evaluation.stand_ins import (
    TableRetriever,
    TableSystem,
    memory_index,
    nothing,
    query,
)

CATALOG = JudgedCatalog(
    memory_index(
        [Entity("a", "Abba", "band"), Entity("b", "Babel", "film"), Entity("c", "Cars", "film")]
    )
)


def test_modes_ask_the_first_each_or_all() -> None:
    """`each` keeps duplicate hypotheses and what is right, under an id of its own."""
    queries = [query("q", "x", "x", "y", right=["a"], type="band"), query("r", "z")]
    assert [len(case.nbest) for case in expand(queries, "first")] == [1, 1]
    assert expand(queries, "nbest") == queries
    each = expand(queries, "each")
    assert [(case.id, case.nbest[0].text) for case in each] == [
        ("q#1", "x"),
        ("q#2", "x"),
        ("q#3", "y"),
        ("r#1", "z"),
    ]
    assert all(case.entity_ids == ("a",) and case.type == "band" for case in each[:3])


def test_blank_hypotheses_are_asked_in_no_mode() -> None:
    """What comes after them keeps its number."""
    queries = [query("q", "", "x", " ", "y")]
    assert [case.nbest for case in expand(queries, "first")] == [(Hypothesis("x"),)]
    assert [case.nbest for case in expand(queries, "nbest")] == [(Hypothesis("x"), Hypothesis("y"))]
    each = [(case.id, case.nbest[0].text) for case in expand(queries, "each")]
    assert each == [("q#2", "x"), ("q#4", "y")]


def test_unknown_ids_stop_the_evaluation() -> None:
    """The message counts them and names the first."""
    queries = [query("q1", "x", right=["a", "zz"]), query("q2", "x", right=["yy"])]
    with pytest.raises(QueryError, match=r"2 entity_ids in 2 of 2 queries.*'q1' names 'zz'"):
        check_queries(queries, CATALOG.rows)


def test_unknown_ids_can_be_left_out() -> None:
    """What remains is right; a query of which nothing remains has no right entity."""
    queries = [query("q1", "x", right=["a", "zz"]), query("q2", "x", right=["yy"])]
    checked = check_queries(queries, CATALOG.rows, allow_missing=True)
    assert checked.missing == 2
    assert [found.entity_ids for found in checked.queries] == [("a",), ()]


def test_an_error_rate_needs_a_right_entity() -> None:
    """Queries without any right entity measure no error rate."""
    with pytest.raises(QueryError, match="no query has a right entity"):
        check_queries([query("q", "x")], CATALOG.rows)


def test_equally_right_entities_are_one_group() -> None:
    """The order of right ids does not matter to what is resampled."""
    assert entity_group(query("q", "x", right=["a", "b"])) == entity_group(
        query("r", "y", right=["b", "a"])
    )


def test_a_system_is_asked_once_and_timed() -> None:
    """Every query gives a rank, a time and a probability; the first is asked once more, untimed."""
    system = TableSystem({"x": [("a", 0.9), ("b", 0.9)], "y": [("c", 0.5)], "z": []})
    cases = [
        query("q1", "x", right=["a"]),
        query("q2", "y", right=["c", "b"]),
        query("q3", "z", right=["a"]),
        query("q4", "y"),
    ]
    done: list[int] = []
    run = run_system(system, cases, done.append)
    assert system.asked == ["x", "x", "y", "z", "y"]
    assert run.ranks.tolist() == [2, 1, NOT_FOUND, NOT_FOUND]
    assert len(run.latencies_ms) == 4
    assert run.no_match is not None
    assert run.no_match.tolist() == [0.25] * 4
    assert sum(done) == 4


def test_a_refused_query_is_an_error_and_no_match() -> None:
    """A system that can't answer counts as wrong, and the message is kept."""
    run = run_system(TableSystem({"?": None}), [query("q1", "?", right=["a"])], nothing)
    assert run.ranks.tolist() == [NOT_FOUND]
    assert run.no_match is not None
    assert run.no_match.tolist() == [1.0]
    assert run.refusals == ("query 'q1': nothing speakable",)


def test_a_baseline_takes_the_better_fusion() -> None:
    """Here the mean finds what one loud hypothesis hides, and it is said which was used."""
    scores = {"x": [0.9, 0.5, 0.0], "y": [0.0, 0.6, 0.0]}
    run = run_baseline(
        TableRetriever("table", scores), [query("q", "x", "y", right=["b"])], CATALOG, 2, nothing
    )
    assert run.fusion == "mean"
    assert run.ranks.tolist() == [1]
    assert [id_ for id_, _ in run.tops[0]] == ["b", "a"]
    assert run.tops[0][0][1] == pytest.approx(0.55)
    assert len(run.latencies_ms) == 1


def test_a_type_filters_exactly() -> None:
    """Entities of other types are not in the list of a baseline."""
    scores = {"x": [0.9, 0.5, 0.1]}
    cases = [query("q", "x", right=["c"], type="film"), query("r", "x", right=["c"], type="Film")]
    run = run_baseline(TableRetriever("table", scores), cases, CATALOG, 9, nothing)
    assert run.ranks.tolist() == [2, NOT_FOUND]
    assert [[id_ for id_, _ in top] for top in run.tops] == [["b", "c"], []]
    assert run.fusion is None


def test_batches_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks are the same whether queries are scored together or one by one."""
    rng = np.random.default_rng(0)
    scores = {str(number): rng.random(3).tolist() for number in range(20)}
    cases = [query(f"q{i}", str(i), str(i + 1), right=["abc"[i % 3]]) for i in range(19)]
    together = run_baseline(TableRetriever("t", scores), cases, CATALOG, 3, nothing)
    assert BATCH_BYTES > 1
    monkeypatch.setattr("er_engine.evaluation.baseline_runs.BATCH_BYTES", 1)
    alone = run_baseline(TableRetriever("t", scores), cases, CATALOG, 3, nothing)
    assert together.ranks.tolist() == alone.ranks.tolist()
    assert together.tops == alone.tops


def test_the_strongest_has_the_lowest_error_at_one() -> None:
    """Error @1 decides, then the mean reciprocal rank, over scored queries only."""
    runs = [
        SystemRun(name, np.array(ranks, dtype=np.float64), [], [])
        for name, ranks in {"x": [1, 9, 1], "y": [1, 2, 9], "z": [3, 3, 1]}.items()
    ]
    assert strongest(runs, np.array([True, True, False])).name == "y"
