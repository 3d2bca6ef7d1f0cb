import numpy as np
import pytest

from er_engine.encoder.dummy import DummyEncoder
from er_engine.evaluation.calibration import answered_right, error_by_chance, reliability
from er_engine.evaluation.evaluation import Evaluation
from er_engine.evaluation.summary import summarise
from er_engine.evaluation.systems import EngineSystem, SystemRun
from er_engine.evaluation.table import calibration_in_words
from er_engine.memory_index import index_in_memory
from er_engine.model import Model
from er_engine.resolver import Resolver
from er_engine.types import Entity, Hypothesis
from tests.unit.er_engine.evaluation.stand_ins import SpellingG2P, query


def test_reliability_by_hand() -> None:
    """Two bins of 90 % said, one right in two; the error is weighted by counts."""
    found = reliability(np.array([0.95, 0.95, 0.05, 1.0]), np.array([1.0, 0.0, 0.0, 1.0]))
    assert found["bins"][9] == {
        "from": 0.9,
        "count": 3,
        "said": pytest.approx(2.9 / 3),
        "right": pytest.approx(2 / 3),
    }
    assert found["bins"][5]["said"] is None
    assert found["error"] == pytest.approx((0.9 + 0.05) / 4)


def test_few_queries_look_badly_calibrated_by_chance() -> None:
    """Even with true probabilities, the less so the more there are; sure ones don't."""
    few, many = (error_by_chance(np.full(n, 0.5)) for n in (20, 2000))
    assert few == pytest.approx(np.sqrt(0.5 / np.pi) / np.sqrt(20), rel=0.2)
    assert many < few / 5
    assert error_by_chance(np.ones(20)) == 0.0


def test_an_answer_is_right_with_any_of_the_first_score() -> None:
    """Whoever shares the first score is of the answer; nobody else is, and nothing is not right."""
    candidates = [("a", 0.9), ("b", 0.9), ("c", 0.5)]
    assert answered_right(candidates, {"a"})
    assert answered_right(candidates, {"b"})
    assert not answered_right(candidates, {"c"})
    assert not answered_right([], {"a"})


def test_the_evaluation_reports_how_far_probabilities_can_be_trusted() -> None:
    """Two answers of 90 %, one right; one of 20 % to a query that nothing fits."""
    cases = [query("1", "a", right=["a"]), query("2", "b", right=["b"]), query("3", "c")]
    said = np.array([0.9, 0.9, 0.2])
    tops = [(("a", 0.8),), (("a", 0.8), ("b", 0.7)), (("b", 0.3),)]
    run = SystemRun("engine", np.array([1.0, 2.0, np.inf]), tops, [1.0], said, said)
    evaluation = Evaluation("nbest", (1,), cases, run, [])
    found = summarise(evaluation, [], [])["calibration"]
    assert found["error"] == pytest.approx((0.8 + 0.2) / 3, abs=1e-6)
    assert found["queries"] == 3
    assert found["bins"][9] == {"from": 0.9, "count": 2, "said": 0.9, "right": 0.5}
    words = calibration_in_words(evaluation)
    assert words.startswith(
        "probabilities: mean 66.7 %, right 33.3 %; expected calibration error 0.333"
    )


def test_nothing_is_reported_of_a_run_without_probabilities() -> None:
    """Baselines have none."""
    evaluation = Evaluation(
        "nbest", (1,), [query("1", "a", right=["a"])], SystemRun("x", np.ones(1), [()], [1.0]), []
    )
    assert evaluation.calibration is None
    assert calibration_in_words(evaluation) == ""
    assert "calibration" not in summarise(evaluation, [], [])


def test_all_who_tie_are_one_answer_however_few_are_asked_for() -> None:
    """The probability does not depend on how many candidates are listed."""
    model = Model(DummyEncoder(), SpellingG2P())
    entities = [Entity(f"e{n}", "Livia Berg") for n in range(25)] + [Entity("x", "Kurt Wolff")]
    resolver = Resolver(index_in_memory(entities, model), model)
    few, many = (
        EngineSystem(resolver, depth).answer([Hypothesis("livia berg")], None) for depth in (11, 60)
    )
    assert few.probability == pytest.approx(many.probability)
    assert answered_right(few.candidates, {"e24"})
